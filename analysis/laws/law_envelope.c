/* law_envelope.c: N* = G (C/6)^a, read off the lower envelope of all sizes' losses along compute
 * (envelope.h). It says which size is best and predicts no loss. theta = (ln G, a), with G and C/6
 * as in law_isoflop.c. */
#include <math.h>

#include "analysis/laws/envelope.h"
#include "analysis/laws/optimal_size.h"

enum { LN_G, A };

static const char *read_off(Arena *scratch, const Points *points, const double *weights,
                            const char *how, double *theta) {
    const Envelope e = envelope_of(scratch, points, weights, how);
    if (e.n_used < 2)
        return arena_printf(scratch,
                            "it needs two sizes that are best between crossings with others, here "
                            "%s %zu",
                            e.n_used == 1 ? "is" : "are", e.n_used);
    theta[LN_G] = e.ln_g;
    theta[A] = e.exponent;
    return NULL;
}

const Law LAW_ENVELOPE = {
    .name = "envelope",
    .x = "",
    .formula = "N* = G (C/6)^a",
    .source = "Hoffmann et al. 2022, arXiv:2203.15556, sec. 3.1",
    .n_params = 2,
    .params = {{.name = "G",
                .unit = "parameters",
                .logged = true,
                .lo = -100,
                .hi = 100,
                .ln_x = ln_per_flop,
                .x_exponent = A},
               {.name = "a", .unit = "", .lo = -3, .hi = 3}},
    .variables = {{ln_params, 3}, {ln_flops, 2}},
    .read_off = read_off,
    .approach = APPROACH_ENVELOPE,
    .hows = ENVELOPE_HOWS,
    .frontier = frontier_of_size,
    .doubt = envelope_doubt,
};
