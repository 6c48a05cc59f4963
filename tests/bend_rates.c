/* bend_rates.c: how often the test of bends finds one, where there is none and where there is.
 *
 *     build/release/tests/bend_rates [SETS]      400 of each, some 40 minutes of one core
 *
 * Fails when a bend is found in more straight sets than the stated level allows by three standard
 * errors.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bent.h"

#include "analysis/questions/bend.h"

static const Bent CASES[] = {
    {16, 2.5, 1, 1, 0.30, 0.30, 0.003, 0}, {16, 2.5, 1, 1, 0.30, 0.30, 0.010, 0},
    {12, 1.5, 1, 1, 0.30, 0.30, 0.005, 0}, {16, 2.5, 0, 1, 0.15, 0.15, 0.003, 0},
    {16, 2.5, 1, 1, 0.30, 0.15, 0.003, 0}, {16, 2.5, 1, 1, 0.30, 0.20, 0.003, 0},
    {16, 2.5, 1, 1, 0.30, 0.15, 0.010, 0}, {16, 2.5, 1, 1, 0.30, 0.20, 0.010, 0},
};

int main(int argc, char **argv) {
    const int sets = argc > 1 ? atoi(argv[1]) : 400;
    int failed = 0;
    printf("runs  decades  E  exponent      noise   sets  found  said of a straight law: half, two "
           "thirds\n");
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        Bent plan = CASES[c];
        int found = 0;
        double half = 0, thirds = 0;
        for (int k = 0; k < sets; k++) {
            Arena *arena = arena_open();
            plan.seed = (uint64_t)k + 1;
            const Points points = bent_points(arena, &plan);
            const Bend *b = bend_of(arena, &points, "params", plan.seed);
            found += b->p <= BEND_LEVEL;
            half += b->power[0].power / sets, thirds += b->power[1].power / sets;
            arena_close(arena);
        }
        const double share = (double)found / sets;
        const bool straight = plan.before == plan.after;
        printf("%4d  %7.1f  %g  %.2f -> %.2f  %.3f   %4d  %.3f", plan.n, plan.decades, plan.E,
               plan.before, plan.after, plan.noise, sets, share);
        printf(straight ? "  %.2f  %.2f\n" : "\n", half, thirds);
        fflush(stdout);
        failed += straight && share > BEND_LEVEL + 3 * sqrt(BEND_LEVEL * (1 - BEND_LEVEL) / sets);
    }
    return failed > 0;
}
