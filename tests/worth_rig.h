/* worth_rig.h: experts planted beside dense models, and what they are worth by the planted law. */
#ifndef TESTS_WORTH_RIG_H
#define TESTS_WORTH_RIG_H

#include <string.h>

#include "tests/planted.h"

#include "analysis/questions/worth.h"

static const double EXPERTS[] = {2, 4, 8};
static const double WORTH[] = {1.2311, 1.5157, 1.8661}; // experts^0.3
#define GRID_VALUES                                                                                \
    { {0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 3e5, 1e5, 6e6, 6, 4, 0, 1 }
static const Planted GRID = GRID_VALUES;
static const PlantedExperts PLAN = {GRID_VALUES, EXPERTS, WORTH, 3, 0.5};

static inline FitOptions options(int resamples) {
    FitOptions o = fit_options_default();
    o.starts = 8;
    o.resamples = resamples;
    return o;
}

/* The compute that a dense model takes for the loss of one `worth` times as large, C = 6 N D: by
 * bisection along the direction in which the best N and D grow. */
static inline double planted_gain(const Surface *s, double params, double tokens, double worth) {
    const double a = s->beta / (s->alpha + s->beta),
                 wanted = planted_loss(s, worth * params, tokens);
    double lo = 0.01, hi = 1000;
    for (int i = 0; i < 100; i++) {
        const double g = sqrt(lo * hi);
        const double loss = planted_loss(s, params * pow(g, a), tokens * pow(g, 1 - a));
        if (loss > wanted)
            lo = g;
        else
            hi = g;
    }
    return lo;
}

/* Geometric mean over the sizes [from, to) and all lengths. */
static inline double planted_mean(const Planted *p, double worth, int from, int to) {
    double sum = 0;
    for (int n = from; n < to; n++)
        for (int d = 0; d < p->n_lengths; d++)
            sum += log(planted_gain(
                &p->surface, p->n_lo * pow(p->n_hi / p->n_lo, (double)n / (p->n_sizes - 1)),
                p->d_lo * pow(p->d_hi / p->d_lo, (double)d / (p->n_lengths - 1)), worth));
    return exp(sum / ((to - from) * p->n_lengths));
}

/* What is told without being asked. */
static inline Worths worths(Arena *arena, const Points *points, const FitOptions *o) {
    WorthContrast contrast;
    Err err = {0};
    assert_int_equal(worth_contrast(arena, points, &(WorthAsked){0}, &contrast, &err), OK);
    return worths_of(arena, points, &contrast, o);
}

static inline bool noted(const Worths *g, const char *part) {
    for (size_t i = 0; i < g->n_notes; i++)
        if (strstr(g->notes[i], part)) return true;
    return false;
}

#endif
