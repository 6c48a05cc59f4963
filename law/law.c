/* law.c: the table of laws, and what all of them share. */
#include <math.h>
#include <string.h>

#include "law/law.h"
#include "base/err.h"
#include "base/text.h"

const Law *const LAWS[] = {
    &LAW_CHINCHILLA,
    &LAW_POWER_OFFSET_FLOPS,
    &LAW_POWER_OFFSET_PARAMS,
    &LAW_POWER_OFFSET_TOKENS,
    &LAW_MOE_CLARK,
    &LAW_MOE_GRANULARITY,
    NULL,
};

const Law *law_find(const char *name) {
    for (size_t i = 0; LAWS[i]; i++)
        if (strcmp(LAWS[i]->name, name) == 0) return LAWS[i];
    return NULL;
}

const Law *law_find_x(const char *name, const char *x) {
    for (size_t i = 0; LAWS[i]; i++)
        if (strcmp(LAWS[i]->name, name) == 0 && strcmp(LAWS[i]->x, x) == 0) return LAWS[i];
    return law_find(name);
}

const char *law_nearest(const char *name) {
    const char *names[COUNT_OF(LAWS)];
    size_t n = 0;
    for (; LAWS[n]; n++) names[n] = LAWS[n]->name;
    return text_nearest(name, names, n);
}

double law_loss(const Law *law, const double *theta, const Point *p) {
    return exp(law->log_loss(theta, p, NULL));
}

double law_param(const Law *law, const double *theta, int i) {
    return law->params[i].logged ? exp(theta[i]) : theta[i];
}

int law_param_index(const Law *law, const char *name) {
    for (int i = 0; i < law->n_params; i++)
        if (strcmp(law->params[i].name, name) == 0) return i;
    return -1;
}

double ln_params(const Point *p) {
    return log(p->params);
}
double ln_tokens(const Point *p) {
    return log(p->tokens);
}
double ln_flops(const Point *p) {
    return log(p->flops);
}

double ln_active(const Point *p) {
    return log(point_active(p));
}
double ln_expansion(const Point *p) {
    return log(point_expansion(p));
}
double ln_granularity(const Point *p) {
    return p->granularity > 0 ? log(p->granularity) : point_dense(p) ? 0 : NAN;
}

const char *law_x_name(double (*ln_x)(const Point *p)) {
    static const struct {
        double (*ln_x)(const Point *);
        const char *name;
    } NAMES[] = {{ln_params, "params"},
                 {ln_tokens, "tokens"},
                 {ln_flops, "flops"},
                 {ln_active, "params_active"},
                 {ln_expansion, "experts / top_k"},
                 {ln_granularity, "granularity"}};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        if (NAMES[i].ln_x == ln_x) return NAMES[i].name;
    BUG("a variable without a name");
}

/* Powers of 1/phi_3, phi_3 = 1.2207... the root of x^4 = x + 1: Roberts' generalised golden ratio
 * for three dimensions. */
double law_unit(int i, int dimension) {
    static const double STEP[] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703};
    MUST(i >= 0 && dimension >= 0 && dimension < (int)COUNT_OF(STEP));
    return fmod(0.5 + i * STEP[dimension], 1.0);
}

Spread law_spread(const Points *points) {
    Spread s = {.min_loss = INFINITY};
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        s.min_loss = fmin(s.min_loss, p->loss);
        s.mean_loss += p->loss / (double)points->n;
        s.mean_ln_params += ln_params(p) / (double)points->n;
        s.mean_ln_tokens += ln_tokens(p) / (double)points->n;
        s.mean_ln_flops += ln_flops(p) / (double)points->n;
    }
    return s;
}
