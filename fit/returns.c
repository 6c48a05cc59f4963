/* returns.c: the diminishing-returns table: what each further factor of compute buys on the
 * compute-optimal frontier
 *
 *     L*(C) = E + R(C),   R(C) = K C^-eta
 *     a factor f removes the share 1 - f^-eta of R, always; gains are a geometric series, ratio f^-eta
 *     elasticity  -d ln L / d ln C = eta (1 - E/L)        marginal  -dL/dC = eta R / C
 *     cost of a millinat  0.001 C / (eta R)               doublings to halve R  1 / eta
 */
#include <math.h>

#include "fit/fit.h"

typedef struct {
    double flops, before, first; // before: the row above (NaN in the first), first: the first row
} Step;

static double reducible(const Fit *fit, const double *theta, double flops) {
    const Frontier f = fit_frontier(fit, theta);
    return exp(f.ln_K - f.eta * log(flops));
}

static double loss_of(const Fit *fit, const double *theta, const void *step) {
    return fit_frontier(fit, theta).E + reducible(fit, theta, ((const Step *)step)->flops);
}

static double gain_of(const Fit *fit, const double *theta, const void *argument) {
    const Step *s = argument;
    return reducible(fit, theta, s->before) - reducible(fit, theta, s->flops);
}

static double removed_of(const Fit *fit, const double *theta, const void *argument) {
    const Step *s = argument;
    return gain_of(fit, theta, argument) / reducible(fit, theta, s->before);
}

static double removed_so_far_of(const Fit *fit, const double *theta, const void *argument) {
    const Step *s = argument;
    return 1 - reducible(fit, theta, s->flops) / reducible(fit, theta, s->first);
}

static double elasticity_of(const Fit *fit, const double *theta, const void *argument) {
    const Frontier f = fit_frontier(fit, theta);
    return f.eta * (1 - f.E / loss_of(fit, theta, argument));
}

static double doublings_of(const Fit *fit, const double *theta, const void *argument) {
    (void)argument;
    return 1 / fit_frontier(fit, theta).eta;
}

static Return row_at(const Fit *fit, const Step *s, bool measured) {
    const double slope =
        fit_frontier(fit, fit->theta).eta * reducible(fit, fit->theta, s->flops) / s->flops;
    const Optimum o = fit_optimum(fit, s->flops);
    return (Return){
        .flops = s->flops,
        .measured = measured,
        .loss = fit_interval(fit, loss_of, s),
        .gain = fit_interval(fit, gain_of, s),
        .removed = fit_interval(fit, removed_of, s),
        .removed_so_far = fit_interval(fit, removed_so_far_of, s),
        .elasticity = fit_interval(fit, elasticity_of, s),
        .params = o.params.value,
        .tokens = o.tokens.value,
        .marginal_nat_per_flop = slope,
        .flop_per_millinat = 1e-3 / slope,
    };
}

Returns returns_table(Arena *arena, const Fit *fit, double factor) {
    Returns table = {.factor = factor, .doublings_to_halve = {NAN, NAN, NAN}};
    if (!fit->law->frontier || isnan(fit_frontier(fit, fit->theta).eta)) return table;
    double lo = INFINITY, hi = 0;
    for (size_t i = 0; i < fit->points->n; i++) {
        lo = fmin(lo, fit->points->rows[i].flops);
        hi = fmax(hi, fit->points->rows[i].flops);
    }
    /* Rows within the range that was run, then two doublings or one factor of ten beyond: no
     * further is worth much. */
    const int measured = 1 + (int)floor(log(hi / lo) / log(factor) + 1e-9),
              beyond = factor < 4 ? 2 : 1;
    table.rows = ARENA_ARRAY(arena, Return, (size_t)(measured + beyond));
    for (int i = 0; i < measured + beyond; i++) {
        const Step s = {lo * pow(factor, i), i ? lo * pow(factor, i - 1) : NAN, lo};
        table.rows[table.n++] = row_at(fit, &s, i < measured);
    }
    table.doublings_to_halve = fit_interval(fit, doublings_of, NULL);
    return table;
}
