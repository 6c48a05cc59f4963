/* variables.c: the variables of laws, and what they are called. */
#include "analysis/laws/variables.h"

#include <math.h>

#include "base/err.h"

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

double ln_unique(const Point *p) {
    return log(p->unique_tokens > 0 ? p->unique_tokens : p->tokens);
}

double ln_epochs(const Point *p) {
    return fmax(0, ln_tokens(p) - ln_unique(p));
}

double ln_batch(const Point *p) {
    return p->batch_tok > 0 ? log(p->batch_tok) : NAN;
}

double ln_steps(const Point *p) {
    return ln_tokens(p) - ln_batch(p);
}

double ln_per_flop(const Point *p) {
    return log(6 / p->flops);
}

double ln_tokens_per_size(const Point *p) {
    return ln_tokens(p) - ln_params(p);
}
double ln_size_per_token(const Point *p) {
    return ln_params(p) - ln_tokens(p);
}

const char *law_x_name(double (*ln_x)(const Point *p)) {
    static const struct {
        double (*ln_x)(const Point *);
        const char *name;
    } NAMES[] = {{ln_params, "params"},
                 {ln_tokens, "tokens"},
                 {ln_flops, "flops"},
                 {ln_per_flop, "flops"},
                 {ln_active, "params_active"},
                 {ln_expansion, "experts / top_k"},
                 {ln_granularity, "granularity"},
                 {ln_unique, "unique_tokens"},
                 {ln_batch, "batch_tok"},
                 {ln_steps, "steps (tokens / batch_tok)"},
                 {ln_tokens_per_size, "tokens / params"},
                 {ln_size_per_token, "params / tokens"},
                 {ln_epochs, "epochs (tokens / unique_tokens)"}};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        if (NAMES[i].ln_x == ln_x) return NAMES[i].name;
    BUG("a variable without a name");
}
