/* law_isoflop.c: N* = G (C/6)^a, read off the lowest points of loss against size at equal compute
 * (isoflop.h). It says which size is best and predicts no loss.
 *
 * theta = (ln G, a). G is the size at six FLOPs, far from all data. What the data determine is
 * G (C/6)^a at their middle, which as a term G / x^a has x = 6/C for its variable. D* follows from
 * C = kappa N^q D.
 */
#include <math.h>

#include "analysis/laws/isoflop.h"
#include "analysis/laws/optimal_size.h"

enum { LN_G, A };

static const char *read_off(Arena *scratch, const Points *points, const double *weights,
                            const char *how, double *theta) {
    const IsoFlops iso = isoflop_optima(scratch, points, weights, how);
    if (iso.n_used < 2)
        return arena_printf(scratch,
                            "it needs two budgets with an optimum among their sizes, here %s %zu "
                            "(of %zu at which three sizes or more were run)",
                            iso.n_used == 1 ? "is" : "are", iso.n_used, iso.n);
    theta[LN_G] = iso.ln_g;
    theta[A] = iso.exponent;
    return NULL;
}

const Law LAW_ISOFLOP = {
    .name = "isoflop",
    .x = "",
    .formula = "N* = G (C/6)^a",
    .source = "Hoffmann et al. 2022, arXiv:2203.15556, sec. 3.2; Porian et al. 2024, "
              "arXiv:2406.19146",
    .n_params = 2,
    .params = {{.name = "G",
                .unit = "parameters",
                .logged = true,
                .lo = -100,
                .hi = 100,
                .ln_x = ln_per_flop,
                .x_exponent = 1},
               {.name = "a", .unit = "", .lo = -3, .hi = 3}},
    .variables = {{ln_params, 3}, {ln_flops, 2}},
    .read_off = read_off,
    .approach = APPROACH_ISOFLOP,
    .hows = ISOFLOP_HOWS,
    .frontier = frontier_of_size,
    .doubt = isoflop_doubt,
};
