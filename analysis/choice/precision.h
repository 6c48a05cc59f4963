/* precision.h: `tinyscale fit --expect RUNS.csv`: how precise the forecast of a far run will be,
 * told before any of the runs that it is made from.
 *
 *     role,params,tokens,flops,trunk
 *     grid,20736,250000,4.1e10,a1
 *     hero,459264,4000000,1.1e13,b7
 *
 * Laws that may be true (possible.h) make the losses of all runs but the heroes, noise is added,
 * and forecast.h foretells the heroes from each such sweep as it would from a real one. So all that
 * widens a sealed interval is in the answer as it is in the seal: coefficients that few runs leave
 * uncertain, laws that these runs cannot tell apart, what they miss at the edges and how far
 * beyond these a hero lies, and the noise of the hero's own run. Nothing is drawn anew from call
 * to call: equal tables get equal answers.
 */
#ifndef ANALYSIS_CHOICE_PRECISION_H
#define ANALYSIS_CHOICE_PRECISION_H

#include "analysis/choice/choice.h"

/* Runs that are planned. A row of RUNS.csv is a run; seeds of one cell are several rows. */
typedef struct {
    Points runs;   // losses are NaN
    Point *heroes; // (n_heroes) that differ in size, length or FLOPs
    size_t n_heroes;
    bool trunks; // some runs share a trunk
} PlannedRuns;

/* What is expected of the forecast of one hero. */
typedef struct {
    Point at;
    double cost; // its FLOPs over those of the costliest run
    /* Half the width of the sealed interval over its value: the median of the simulated sweeps, and
     * what it lies between in eight of ten of them. */
    Interval half_width;
} HeroPrecision;

typedef struct {
    size_t n_runs, n_laws; // runs that are planned; laws that may be true
    int n_sweeps;          // that were simulated
    bool trunks;           // some runs share a trunk
    double level;          // of the interval
    double noise, trunk;   // assumed: standard deviations in ln L, as Possible's
    double of_noise;       // half width that the noise of one run alone makes
    HeroPrecision *heroes; // (n_heroes)
    size_t n_heroes;
} Precision;

/* Read planned runs. Rows whose role is hero are to be foretold, rows that tune are passed over,
 * all others are runs; without a column flops, FLOPs are 6 N D. A column that is missing or a cell
 * that is no number above 0 is E_FORMAT with line and column; no hero and no run are E_USAGE.
 * Memory is the arena's. */
Status planned_runs_open(Arena *arena, const char *path, PlannedRuns *out, Err *err);

/* Tell how precise forecasts will be, by the laws that fit->law asks for, at fit->level. Runs from
 * which nothing can be foretold are E_FAILED, with the forecast's reason. */
Status precision_of(Arena *arena, const PlannedRuns *planned, const FitOptions *fit,
                    const ChoiceOptions *o, Precision *out, Err *err);
void precision_put(Sheet *s, const void *precision);

#endif
