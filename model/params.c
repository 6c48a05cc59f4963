/* params.c: what follows from the parameter table. */
#include "model/params.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

const char *const PARAM_GROUP_NAMES[N_PARAM_GROUPS] = {"embedding", "head",   "attention", "mlp",
                                                       "router",    "expert", "norm"};

int param_slices(const Dims *d, ParamSlices where) {
    switch (where) {
    case ONCE:
        return 1;
    case EACH:
        return d->L;
    case DENSE:
        return d->L - moe_layers(d);
    case MOE:
        return moe_layers(d);
    case EXPERT:
        return moe_layers(d) * d->moe.E;
    }
    BUG("no such place");
}

int param_slice(const Dims *d, ParamSlices where, int layer) {
    const int before = moe_before(d, layer);
    switch (where) {
    case ONCE:
        return 0;
    case EACH:
        return layer;
    case DENSE:
        return layer - before;
    case MOE:
        return before;
    case EXPERT:
        return before * d->moe.E;
    }
    BUG("no such place");
}

void params_table(const Dims *d, ParamInfo out[N_PARAMS]) {
    size_t offset = 0;
#define PARAM_ROW(name, where, rows, cols, group, init, rate, decay)                               \
    out[PARAM_##name] = (ParamInfo){                                                               \
        #name, offset, where, param_slices(d, where), rows, cols, group, init, rate, decay};       \
    offset += param_size(&out[PARAM_##name]);
    PARAM_TABLE(PARAM_ROW)
#undef PARAM_ROW
}

size_t param_size(const ParamInfo *info) {
    return (size_t)info->slices * (size_t)info->rows * (size_t)info->cols;
}

size_t params_size(const Dims *d) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    return table[N_PARAMS - 1].offset + param_size(&table[N_PARAMS - 1]);
}

Params params_view(const Dims *d, real *storage) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
#define PARAM_POINTER(name, ...)                                                                   \
    .name = param_size(&table[PARAM_##name]) ? storage + table[PARAM_##name].offset : NULL,
    return (Params){PARAM_TABLE(PARAM_POINTER)};
#undef PARAM_POINTER
}

Params params_layer(const Params *p, const Dims *d, int layer) {
    Params at = *p;
#define PARAM_MOVE(name, where, rows, cols, ...)                                                   \
    if (at.name) at.name += (size_t)param_slice(d, where, layer) * (size_t)(rows) * (size_t)(cols);
    PARAM_TABLE(PARAM_MOVE)
#undef PARAM_MOVE
    return at;
}

static void fill(real *w, size_t n, real value) {
    for (size_t i = 0; i < n; i++) w[i] = value;
}

static void fill_normal(real *w, size_t n, double std, const Stream *stream) {
    for (size_t i = 0; i < n; i += 2) {
        double pair[2];
        stream_normal_pair(stream, i / 2, pair);
        w[i] = (real)(std * pair[0]);
        if (i + 1 < n) w[i + 1] = (real)(std * pair[1]);
    }
}

static void init_tensor(const ParamInfo *info, real *w, uint64_t seed, double embed_std) {
    const Stream stream = stream_open(seed, "init", hash_bytes(info->name, strlen(info->name), 0));
    const size_t n = param_size(info);
    switch (info->init) {
    case INIT_ZERO:
        fill(w, n, 0);
        break;
    case INIT_ONE:
        fill(w, n, 1);
        break;
    case INIT_EMBED:
        fill_normal(w, n, embed_std, &stream);
        break;
    case INIT_FAN_IN:
        fill_normal(w, n, 1 / sqrt(info->rows), &stream);
        break;
    }
}

void params_init(const Dims *d, real *storage, uint64_t seed, double embed_std) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    for (int i = 0; i < N_PARAMS; i++)
        init_tensor(&table[i], storage + table[i].offset, seed, embed_std);
}

/* nextafter() of the type that parameters have. */
static real next_real(real x, real towards) {
#ifdef TINYSCALE_DOUBLE
    return nextafter(x, towards);
#else
    return nextafterf(x, towards);
#endif
}

void params_nudge(const Dims *d, real *storage, uint64_t which) {
    const size_t n = which ? params_size(d) : 0;
    const Stream stream = stream_open(which, "perturb", 0);
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++, bits >>= 1) {
        if (i % 64 == 0) bits = stream_u64(&stream, i / 64);
        if (storage[i] != 0) storage[i] = next_real(storage[i], bits & 1 ? INFINITY : -INFINITY);
    }
}

double param_rate(const ParamInfo *info, const Dims *d, bool mup, int d_base, double embed_lr) {
    if (!mup) return 1;
    switch (info->rate) {
    case RATE_HIDDEN:
    case RATE_HEAD:
        return (double)d_base / d->C;
    case RATE_EMBED:
        return embed_lr;
    case RATE_GAIN:
        return 1;
    }
    BUG("no such rate");
}
