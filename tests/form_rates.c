/* form_rates.c: how often a form is called wrong, where it is right and where it is not.
 *
 *     build/release/tests/form_rates [SETS]      400 of each, two minutes of one core
 *
 * Prints the table of docs/coverage.md. Fails when an additive surface is called wrong in more than
 * 2 % of the sets, or when with five sizes or more one of the forms that must be found is missed in
 * more than 5 %; both by more than three standard errors.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/formed.h"

static const struct {
    const char *name;
    double q, steps;
    bool must; // be found
} SURFACES[] = {
    {"additive", 1, 0, false},      {"q 0.7", 0.7, 0, false},    {"q 0.9", 0.9, 0, false},
    {"q 1.2", 1.2, 0, false},       {"q 1.5", 1.5, 0, true},     {"q 3", 3, 0, true},
    {"steps 0.03", 1, 0.03, false}, {"steps 0.1", 1, 0.1, true},
};
enum { N_SURFACES = COUNT_OF(SURFACES) };

static const struct {
    int n_sizes, n_lengths, n_seeds;
    bool trunks;
} DESIGNS[] = {
    {4, 4, 1, true}, {5, 4, 1, true},  {6, 4, 1, true},  {8, 4, 1, true},  {12, 4, 1, true},
    {5, 4, 2, true}, {4, 4, 1, false}, {5, 4, 1, false}, {8, 4, 1, false},
};
static const double TRUNK_NOISES[] = {0, 0.003, 0.005, 0.01};

static bool called_wrong(const Formed *f) {
    Arena *arena = arena_open();
    const Points points = formed_points(arena, f);
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    o.resamples = 0;
    o.starts = 4;
    MUST(fit_points(arena, &points, NULL, &o, &fit, &err) == OK);
    const bool wrong = fit.reasons & 1u << FIT_WRONG_FORM;
    arena_close(arena);
    return wrong;
}

static double share_wrong(Formed f, int sets) {
    int found = 0;
#pragma omp parallel for firstprivate(f) reduction(+ : found)
    for (int k = 0; k < sets; k++) {
        f.seed = (uint64_t)k + 1;
        found += called_wrong(&f);
    }
    return (double)found / sets;
}

/* Print the row of a design. Return how many of its cells are not what they must be. */
static int row(size_t design, double trunk, int sets) {
    Formed f = {.noise = 0.003,
                .trunk = trunk,
                .n_sizes = DESIGNS[design].n_sizes,
                .n_lengths = DESIGNS[design].n_lengths,
                .n_seeds = DESIGNS[design].n_seeds,
                .trunks = DESIGNS[design].trunks};
    int failed = 0;
    if (f.trunks)
        printf("| %d trunks%s, noise %.1f %% |", f.n_sizes * f.n_seeds,
               f.n_seeds > 1 ? " of 5 sizes" : "", 100 * trunk);
    else
        printf("| %d independent runs |", f.n_sizes * f.n_lengths);
    for (size_t s = 0; s < N_SURFACES; s++) {
        f.q = SURFACES[s].q, f.steps = SURFACES[s].steps;
        const int n = s == 0 ? 5 * sets : sets; // a rare thing wants more sets
        const double share = share_wrong(f, n);
        printf(s == 0 ? " %.4f |" : " %.2f |", share);
        fflush(stdout);
        if (s == 0) failed += share > 0.02 + 3 * sqrt(0.02 * 0.98 / n);
        if (SURFACES[s].must && f.n_sizes >= 5) failed += share < 0.95 - 3 * sqrt(0.05 * 0.95 / n);
    }
    printf("\n");
    return failed;
}

int main(int argc, char **argv) {
    const int sets = argc > 1 ? atoi(argv[1]) : 400;
    int failed = 0;
    printf("| sizes of 4 lengths |");
    for (size_t s = 0; s < N_SURFACES; s++) printf(" %s |", SURFACES[s].name);
    printf("\n|---|");
    for (size_t s = 0; s < N_SURFACES; s++) printf("---:|");
    printf("\n");
    for (size_t d = 0; d < COUNT_OF(DESIGNS); d++)
        for (size_t t = 0; t < (DESIGNS[d].trunks ? COUNT_OF(TRUNK_NOISES) : 1); t++)
            failed += row(d, TRUNK_NOISES[t], sets);
    return failed > 0;
}
