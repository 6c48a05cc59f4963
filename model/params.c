/* params.c: what follows from the parameter table. */
#include "model/params.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

void params_table(const Dims *d, ParamInfo out[N_PARAMS]) {
    size_t offset = 0;
#define PARAM_ROW(name, layers, rows, cols, group, init, rate, decay)                              \
    out[PARAM_##name] = (ParamInfo){#name, offset, layers, rows, cols, group, init, rate, decay};  \
    offset += param_size(&out[PARAM_##name]);
    PARAM_TABLE(PARAM_ROW)
#undef PARAM_ROW
}

size_t param_size(const ParamInfo *info) {
    return (size_t)info->layers * (size_t)info->rows * (size_t)info->cols;
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
    .name = table[PARAM_##name].rows ? storage + table[PARAM_##name].offset : NULL,
    return (Params){PARAM_TABLE(PARAM_POINTER)};
#undef PARAM_POINTER
}

Params params_layer(const Params *p, const Dims *d, int layer) {
    Params at = *p;
#define PARAM_MOVE(name, layers, rows, cols, ...)                                                  \
    if ((layers) > 1 && at.name) at.name += (size_t)layer * (size_t)(rows) * (size_t)(cols);
    PARAM_TABLE(PARAM_MOVE)
#undef PARAM_MOVE
    return at;
}

static void init_tensor(const ParamInfo *info, real *w, uint64_t seed, double embed_std) {
    const Stream stream = stream_open(seed, "init", hash_bytes(info->name, strlen(info->name), 0));
    const double std = info->init == INIT_EMBED ? embed_std : 1 / sqrt(info->rows);
    for (size_t i = 0; i < param_size(info); i++) switch (info->init) {
        case INIT_ZERO:
            w[i] = 0;
            break;
        case INIT_ONE:
            w[i] = 1;
            break;
        case INIT_EMBED:
        case INIT_FAN_IN:
            w[i] = (real)(std * stream_normal(&stream, i));
            break;
        }
}

void params_init(const Dims *d, real *storage, uint64_t seed, double embed_std) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    for (int i = 0; i < N_PARAMS; i++)
        init_tensor(&table[i], storage + table[i].offset, seed, embed_std);
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
