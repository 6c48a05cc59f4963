/* plots.h: the pictures of a sweep: one row of PLOTS each. To add one: write plots_draw_NAME, and
 * add its row.
 *
 * A picture is a function of the scene alone. If the scene lacks what it needs, it returns a
 * sentence that says what is missing. */
#ifndef ANALYSIS_REPORT_PLOTS_H
#define ANALYSIS_REPORT_PLOTS_H

#include "analysis/points/point.h"
#include "analysis/questions/study.h"
#include "analysis/report/curves.h"
#include "analysis/report/plot.h"

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

typedef struct {
    const char *name, *title;
    const char *caption; // text below the picture: how to read it
    int width, height;
    /* Draw the picture and return NULL, or return a sentence that says why it cannot be drawn. */
    const char *(*draw)(const Scene *s, Plot *p);
} PlotKind;

extern const PlotKind PLOTS[];
extern const size_t N_PLOTS;
const PlotKind *plots_find(const char *name); // return the row of a name; NULL when there is none

/* Draw one picture. If the scene lacks what it needs, out->size is 0 and *why says what is missing.
 */
Status plots_draw(const PlotKind *kind, const Scene *s, PlotTerm term, Bytes *out, const char **why,
                  Err *err);

// ---- what the pictures share (plots.c) ---------------------------------------------------------

/* Colours that can be told apart on white and on near-black, also by colour-blind readers (after
 * Okabe and Ito 2008). */
#define PLOTS_INK       "black"   // the law, in the reader's text colour
#define PLOTS_GREEN     "#009e73" // what is known to be true
#define PLOTS_VERMILION "#d55e00" // predictions and their outcomes
#define PLOTS_GREY      "#808080"

typedef struct {
    double lo, hi;
} PlotRange;
PlotRange plots_range_of(const double *x, size_t n); // return the range of x (n); NaN is skipped
PlotRange plots_range_add(PlotRange r, double x); // return the range with x in it; NaN is skipped
/* Widen by this share of its length at both ends. */
PlotRange plots_range_wider(PlotRange r, double share);
/* Widen by this share of its logarithmic length. */
PlotRange plots_range_wider_log(PlotRange r, double share);
double plots_range_at(PlotRange r, double t); // return lo + t (hi - lo)
double plots_range_at_log(PlotRange r, double t);

/* Set axis 'x' or 'y' with its range and label. PLOT_AXIS_LINEAR leaves the ticks to gnuplot. Both
 * other kinds are logarithmic and label as many ticks of a decade as there is room for: COUNT as
 * 10k or 1M, POWER as powers of ten. */
typedef enum { PLOT_AXIS_LINEAR, PLOT_AXIS_COUNT, PLOT_AXIS_POWER } PlotAxisKind;
void plots_axis(Plot *p, char axis, PlotAxisKind kind, PlotRange r, const char *label);

/* Return the least of 1, 2, 5 times a power of ten that is not below x. */
double plots_round_step(double x);

/* Fill the colour of rank i of n, on a ramp from small to large that grows lighter: blue, violet,
 * rose, gold. */
void plots_ramp_colour(char colour[8], size_t i, size_t n);

/* What lines and points are coloured by: a variable of the points, and its values. */
typedef struct {
    double (*of)(const Point *);
    const double *values;
    size_t n;
    const char *colour; // one colour for all; NULL: the ramp
} PlotGrouping;
PlotGrouping plots_by_size(const Scene *s);
PlotGrouping plots_by_length(const Scene *s);

/* Draw every run as a dot with hover text, and the held-out runs as stars. */
void plots_points(const Scene *s, Plot *p, PlotGrouping by, double (*x)(const Point *),
                  double (*y)(const Scene *, const Point *));
double plots_x_params(const Point *q);
double plots_x_tokens(const Point *q);
double plots_x_flops(const Point *q);
double plots_y_loss(const Scene *s, const Point *q);

/* Move y (n), the heights of labels at the right ends of lines, until they are `gap` apart within
 * the range. */
void plots_spread(double *y, size_t n, double gap, PlotRange within);

/* Draw a label at a place. The text must be our own words or numbers, because gnuplot reads markup
 * in it. */
void plots_label(Plot *p, double x, double y, const char *colour, const char *placement,
                 const char *text);

/* Draw a label, unless it would cover another one of this panel that this function drew. Return
 * whether it was drawn. */
bool plots_label_if_free(Plot *p, double x, double y, const char *colour, const char *placement,
                         const char *text);

/* Return the range of the losses of all runs; of a variable of the fitted runs; of that variable
 * over the fitted, held-out and sealed runs. */
PlotRange scene_losses(const Scene *s);
PlotRange scene_fitted(const Scene *s, double (*of)(const Point *));
PlotRange scene_shown(const Scene *s, double (*of)(const Point *));

/* Return whether the law predicts losses; whether it gives the best size for a compute; the least
 * loss that it predicts for *flops. */
bool scene_has_losses(const Scene *s);
bool scene_has_frontier(const Scene *s);
double plots_loss_at_best(const Fit *fit, const double *theta, const void *flops);

/* Draw the known floor as a line over x. Draw the sealed predictions with their intervals, minus
 * `less`. */
void plots_floor(const Scene *s, Plot *p, PlotRange x);
void plots_sealed(const Scene *s, Plot *p, double (*x)(const Point *), double less);

#define PLOTS_NO_RUNS     "there is no finished run to draw."
#define PLOTS_NO_LAW      "there is no law to draw."
#define PLOTS_NO_LOSSES   "this law predicts no loss."
#define PLOTS_NO_FRONTIER "this law has no compute-optimal frontier."
#define PLOTS_NO_BOOTS                                                                             \
    "there are no resamples to draw: none were asked for, or none could be fitted."

const char *plots_draw_loss_compute(const Scene *s, Plot *p);
const char *plots_draw_loss_tokens(const Scene *s, Plot *p);
const char *plots_draw_loss_params(const Scene *s, Plot *p);
const char *plots_draw_isoloss(const Scene *s, Plot *p);
const char *plots_draw_residuals(const Scene *s, Plot *p);
const char *plots_draw_fan(const Scene *s, Plot *p);
const char *plots_draw_clouds(const Scene *s, Plot *p);
const char *plots_draw_profiles(const Scene *s, Plot *p);
const char *plots_draw_rivals(const Scene *s, Plot *p);
const char *plots_draw_curves(const Scene *s, Plot *p);
const char *plots_draw_reducible(const Scene *s, Plot *p);
const char *plots_draw_isoflop(const Scene *s, Plot *p);
const char *plots_draw_optima(const Scene *s, Plot *p);
const char *plots_draw_worth(const Scene *s, Plot *p);

#endif
