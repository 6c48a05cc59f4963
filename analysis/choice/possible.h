/* possible.h: the laws that may be true of runs not yet made, and what each law would make of each
 * of the others if those were measured.
 *
 *     Possible p;
 *     TRY(possible_from_laws(arena, laws, n_laws, &cells, 6, &p, err));    // nothing measured yet
 *     TRY(possible_from_rows(arena, &forecast, &cells, &p, err));          // or the rows so far
 *     TRY(possible_see(arena, &p, &cells, &target, err));
 *
 * A truth is a law with its coefficients. Before any run, truths are the law's own starts (law.h),
 * which are spread over what is typical, as far as they are credible: over all cells the loss falls
 * by a factor of 1.15 to 4. With rows, truths are the laws as fitted to them, in their weights,
 * none of which is less than 0.05 before they are made to add up to 1.
 *
 * A view is one law as fitted to one truth: its theta is the least-squares fit to the losses of all
 * places (rows, then cells) without noise, and all else is linear about that. `miss`, the truth
 * less the fit, is 0 where both are one law.
 */
#ifndef ANALYSIS_CHOICE_POSSIBLE_H
#define ANALYSIS_CHOICE_POSSIBLE_H

#include "analysis/choice/cells.h"
#include "analysis/forecast/forecast.h"

typedef struct {
    const Law *law;
    double theta[LAW_MAX_PARAMS];
    double weight; // of all truths it is 1
} Truth;

typedef struct {
    size_t truth;                 // index of the truth that is fitted
    const Law *law;               // that is fitted to it
    int k;                        // free coefficients
    double prior[LAW_MAX_PARAMS]; // (k) precision with which each is known beforehand
    double *gradient; // (n_places + 1, k) of ln L, in the minimiser's coordinates; last the target
    double *miss;     // (n_places + 1) ln L of the truth less ln L of the fit; last the target
} View;

typedef struct {
    Truth *truths; // (n_truths)
    size_t n_truths;
    const Law **laws; // (n_laws) that are fitted to each truth
    size_t n_laws;
    const Points *rows;  // measured already; n is 0 where nothing is
    double noise, trunk; // standard deviations in ln L of a run, and of what a trunk's runs share
    double
        drift; // standard deviation in ln L by which a law misses, per unit of ln N D to the target
    View *views; // (n_truths, n_laws); n_views of them
    size_t n_views;
    size_t n_places; // rows, then cells
} Possible;

/* Make `each` truths of every law. E_FAILED where these cells carry none. */
Status possible_from_laws(Arena *arena, const Law *const *laws, size_t n_laws, const Cells *cells,
                          int each, Possible *out, Err *err);
/* Make a truth of every law of a forecast; noise and trunk are those of its laws, in their
 * weights. */
Status possible_from_rows(Arena *arena, const Forecast *f, Possible *out, Err *err);

/* Return the entropy of one token, which every corpus tells and runs not yet made do not: what the
 * truth says, or a little more than the worst loss of these places. */
double possible_one_token(const Truth *t, const Points *places);

/* Return the size that the truths together find best for these FLOPs, C = 6 N D: the geometric
 * mean, in their weights, of those that tell one. NaN where none does. */
double possible_best_size(const Possible *p, double flops);

/* Fill the views. A law that the places cannot carry is left out of all of them; E_FAILED where
 * none is left. */
Status possible_see(Arena *arena, Possible *p, const Cells *cells, const Point *target, Err *err);

#endif
