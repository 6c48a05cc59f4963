/* plots.h: the pictures of a sweep: one row of PLOTS each. To add one: write plots_draw_NAME with
 * plots_axes.h, plots_labels.h and plots_runs.h, and add its row.
 *
 * A picture is a function of the scene alone. If the scene lacks what it needs, it returns a
 * sentence that says what is missing. */
#ifndef ANALYSIS_REPORT_PLOTS_H
#define ANALYSIS_REPORT_PLOTS_H

#include "analysis/report/plot.h"
#include "analysis/report/scene.h"

typedef struct {
    const char *name, *title;
    const char *caption; // text below the picture: how to read it
    /* The text where there is a law, and it does not say which size is best; NULL: the caption. */
    const char *caption_no_best;
    int width, height;
    bool beside_runs; // draws the law beside all runs, also where it is fitted to some of them
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

#define PLOTS_NO_RUNS     "there is no finished run to draw."
#define PLOTS_NO_LAW      "there is no law to draw."
#define PLOTS_NO_LOSSES   "this law predicts no loss."
#define PLOTS_NO_FRONTIER "this law has no compute-optimal frontier."
#define PLOTS_ONE_LINE                                                                             \
    "this law does not say what size and length are worth by themselves, or these runs cannot "    \
    "tell them apart."
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
