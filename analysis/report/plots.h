/* plots.h: the pictures of a sweep: one row of PLOTS each. To add one: write draw_NAME, add its
 * row.
 *
 * A picture is a function of the scene alone. What cannot be drawn from a scene says why, in a
 * sentence.
 */
#ifndef ANALYSIS_REPORT_PLOTS_H
#define ANALYSIS_REPORT_PLOTS_H

#include "analysis/points/point.h"
#include "analysis/questions/study.h"
#include "analysis/report/curves.h"
#include "analysis/report/plot.h"

typedef struct {
    Arena *arena; // for what drawing needs
    const Points *points, *held;
    const Fit *fit;     // NULL when no law could be fitted
    const Study *study; // its answers
    IsoFlops iso;
    const Curve *curves; // (n_curves), in order of size
    size_t n_curves;
    const double *sizes, *lengths; // distinct N and D of the points, ascending
    size_t n_sizes, n_lengths;
} Scene;

/* Fill sizes and lengths from the points. */
void scene_measure(Scene *s);

typedef struct {
    const char *name, *title;
    const char *caption; // how to read it
    int width, height;
    const char *(*draw)(const Scene *s,
                        Plot *p); // NULL when drawn, else a sentence that says why not
} PlotKind;

extern const PlotKind PLOTS[];
extern const size_t N_PLOTS;
const PlotKind *plots_find(const char *name); // NULL when unknown

/* Draw one picture. Where the scene does not hold what it needs, out->size is 0 and *why says so.
 */
Status plots_draw(const PlotKind *kind, const Scene *s, PlotTerm term, Bytes *out, const char **why,
                  Err *err);

// ---- what the pictures share (plots.c)
// ------------------------------------------------------------------------------

/* Colours that keep their places on white and on near-black, for eyes of every kind (after Okabe
 * and Ito 2008). */
#define PLOTS_INK       "black"   // the law; the reader's text colour
#define PLOTS_GREEN     "#009e73" // the truth
#define PLOTS_VERMILION "#d55e00" // the prediction and its outcome
#define PLOTS_GREY      "#808080"

typedef struct {
    double lo, hi;
} PlotRange;
PlotRange plots_range_of(const double *x, size_t n);        // NaN are skipped
PlotRange plots_range_add(PlotRange r, double x);           // NaN is skipped
PlotRange plots_range_wider(PlotRange r, double share);     // by this share of it at both ends
PlotRange plots_range_wider_log(PlotRange r, double share); // by this share of its logarithm
double plots_range_at(PlotRange r, double t);               // lo + t (hi - lo)
double plots_range_at_log(PlotRange r, double t);

/* Axis 'x' or 'y' with its range and label. Logarithmic axes label 1, 2, 5 or only decades, as room
 * allows; counts as 10k, 1M, FLOPs as powers of ten. */
typedef enum { PLOT_AXIS_LINEAR, PLOT_AXIS_COUNT, PLOT_AXIS_POWER } PlotAxisKind;
void plots_axis(Plot *p, char axis, PlotAxisKind kind, PlotRange r, const char *label);

/* The nearest of 1, 2, 5 times a power of ten that is not below x. */
double plots_round_step(double x);

/* The colour of rank i of n in the ramp from small to large: blue through violet and rose to gold,
 * rising in lightness. */
void plots_ramp_colour(char colour[8], size_t i, size_t n);

/* What gives lines and points their colour: a field of the points and the values it takes. */
typedef struct {
    double (*of)(const Point *);
    const double *values;
    size_t n;
    const char *colour; // instead of the ramp; NULL: the ramp
} PlotGrouping;
PlotGrouping plots_by_size(const Scene *s);
PlotGrouping plots_by_length(const Scene *s);

/* Every run as a dot with hover text, those held out of the fit as stars. */
void plots_points(const Scene *s, Plot *p, PlotGrouping by, double (*x)(const Point *),
                  double (*y)(const Scene *, const Point *));
double plots_x_params(const Point *q);
double plots_x_tokens(const Point *q);
double plots_x_flops(const Point *q);
double plots_y_loss(const Scene *s, const Point *q);

/* Labels at the right ends of lines, moved apart so that none covers another; y (n) stay in range.
 */
void plots_spread(double *y, size_t n, double gap, PlotRange within);

/* Put a label at a place; text must be our own words or numbers. */
void plots_label(Plot *p, double x, double y, const char *colour, const char *placement,
                 const char *text);

/* The same, unless it would cover one that was drawn so before in this panel: true when drawn. */
bool plots_label_if_free(Plot *p, double x, double y, const char *colour, const char *placement,
                         const char *text);

/* Ranges: of the losses of all runs, and of a field of those that were fitted, or of these and
 * whatever was held out or sealed. */
PlotRange scene_losses(const Scene *s);
PlotRange scene_fitted(const Scene *s, double (*of)(const Point *));
PlotRange scene_shown(const Scene *s, double (*of)(const Point *));

/* Whether the law foretells losses; whether it says what a compute buys at best, and the best loss
 * that it says for *flops. */
bool scene_has_losses(const Scene *s);
bool scene_has_frontier(const Scene *s);
double plots_loss_at_best(const Fit *fit, const double *theta, const void *flops);

/* The known floor as a line over x; sealed predictions with their intervals, `less` taken away. */
void plots_floor(const Scene *s, Plot *p, PlotRange x);
void plots_sealed(const Scene *s, Plot *p, double (*x)(const Point *), double less);

#define PLOTS_NO_RUNS     "there is no finished run to draw."
#define PLOTS_NO_LAW      "there is no law to draw."
#define PLOTS_NO_LOSSES   "this law foretells no loss."
#define PLOTS_NO_FRONTIER "this law does not say what a compute buys at best."
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
