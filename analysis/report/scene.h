/* scene.h: what the pictures are drawn from: the runs, their law, and what was asked of it. */
#ifndef ANALYSIS_REPORT_SCENE_H
#define ANALYSIS_REPORT_SCENE_H

#include "analysis/laws/isoflop.h"
#include "analysis/points/point.h"
#include "analysis/questions/study.h"
#include "analysis/report/curves.h"
#include "analysis/report/plots_axes.h"

typedef struct {
    Arena *arena; // memory for drawing
    const Points *points, *held;
    const Fit *fit;     // NULL when no law could be fitted
    const Study *study; // the answers to the questions
    IsoFlops iso;
    const Curve *curves; // (n_curves) in order of size
    size_t n_curves;
    /* (n_sizes), (n_lengths) distinct N and D of the points, ascending */
    const double *sizes, *lengths;
    size_t n_sizes, n_lengths;
} Scene;

/* Fill sizes and lengths from the points. */
void scene_measure(Scene *s);

/* The variables of a run that pictures show along x and y. */
double scene_x_params(const Point *q);
double scene_x_tokens(const Point *q);
double scene_x_flops(const Point *q);
double scene_y_loss(const Scene *s, const Point *q);

/* Return a sealed prediction as a run that has the predicted loss. */
Point scene_sealed(const SealedRun *sealed);

/* Return the range of the losses of all runs; of a variable of the fitted runs; of that variable
 * over the fitted, held-out and sealed runs. */
PlotRange scene_losses(const Scene *s);
PlotRange scene_fitted(const Scene *s, double (*of)(const Point *));
PlotRange scene_shown(const Scene *s, double (*of)(const Point *));

/* Return whether the law predicts losses; whether it gives the best size for a compute; the least
 * loss that it predicts for *flops. */
bool scene_has_losses(const Scene *s);
bool scene_has_frontier(const Scene *s);
double scene_loss_at_best(const Fit *fit, const double *theta, const void *flops);

/* Return whether the law says which size is best; whether it says what a size and a length by
 * themselves are worth: it has both, and the runs can tell them apart. */
bool scene_tells_best(const Scene *s);
bool scene_tells_apart(const Scene *s);

/* Return the adjective of the runs that the law was fitted to, "dense" or "baseline", where the
 * scene holds runs of other settings too; NULL where the law was fitted to all of them. */
const char *scene_law_kind(const Scene *s);
/* Return the name of the law in a picture's key: "law", or "law of dense runs". */
const char *scene_law_name(const Scene *s);

#endif
