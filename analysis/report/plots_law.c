/* plots_law.c: the runs and the law, as loss against compute, tokens and parameters. */
#include <math.h>

#include "analysis/report/plots.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"
#include "analysis/report/plots_runs.h"
#include "base/numbers.h"

enum { CURVE_STEPS = 60, MAX_LABELS = 15 };

static double reducible_at(const Fit *fit, const double *theta, const void *flops) {
    const Frontier f = fit_frontier(fit, theta);
    return frontier_loss(&f, log(*(const double *)flops)) - f.E;
}

/* Draw the law with its band over a range of compute: a solid line where there are runs, a broken
 * one beyond. */
static void draw_frontier(const Scene *s, Plot *p,
                          double (*at)(const Fit *, const double *, const void *), PlotRange x,
                          PlotRange run) {
    if (!scene_has_frontier(s)) return;
    plot_block(p);
    for (int i = 0; i <= CURVE_STEPS; i++) {
        const double c = plots_range_at_log(x, (double)i / CURVE_STEPS);
        const Interval l = fit_interval(s->fit, at, &c);
        PLOT_ROW(p, c, l.lo, l.hi);
    }
    plot_band(p, PLOTS_INK, "");
    const PlotRange parts[] = {run, {x.lo, run.lo}, {run.hi, x.hi}};
    for (size_t k = 0; k < COUNT_OF(parts); k++) {
        plot_block(p);
        for (int i = 0; i <= CURVE_STEPS; i++) {
            const double c = plots_range_at_log(parts[k], (double)i / CURVE_STEPS);
            PLOT_ROW(p, c, at(s->fit, s->fit->theta, &c));
        }
        if (k)
            plot_series(p, "using 1:2 with lines lw 2.6 dt (4,4) lc rgb '" PLOTS_INK "' notitle");
        else
            plot_series(p, "using 1:2 with lines lw 2.6 lc rgb '" PLOTS_INK "' title '%s'",
                        scene_law_name(s));
    }
}

/* Return how far the loss of a run is above the law's least loss at its compute; 0 without a
 * frontier. */
static double excess(const Scene *s, const Point *q) {
    return scene_has_frontier(s) ? q->loss - scene_loss_at_best(s->fit, s->fit->theta, &q->flops)
                                 : 0;
}

/* Draw a line through the runs of size k in order of length, and set its first and last run. */
static void draw_size_line(const Scene *s, Plot *p, size_t k, const char *colour, double less,
                           const Point *ends[2]) {
    plot_block(p);
    for (size_t d = 0; d < s->n_lengths; d++)
        for (size_t i = 0; i < s->points->n; i++) {
            const Point *q = &s->points->rows[i];
            if (q->params != s->sizes[k] || q->tokens != s->lengths[d]) continue;
            PLOT_ROW(p, q->flops, q->loss - less);
            if (!ends[0]) ends[0] = q;
            ends[1] = q;
        }
    plot_series(p, "using 1:2 with lines lw 1.2 lc rgb '%s' notitle", colour);
    MUST(ends[0]);
}

/* Draw the line of every size, with the size as a label at the end that is farther above the law. A
 * label that would cover another one is moved up a little, and left out if that does not help. The
 * smallest and the largest size are labelled first. */
static void draw_size_lines(const Scene *s, Plot *p, double less) {
    for (size_t i = 0; i < s->n_sizes; i++) {
        const size_t k = i == 0 ? 0 : i == 1 ? s->n_sizes - 1 : i - 1;
        char colour[8], text[32];
        const Point *ends[2] = {NULL, NULL};
        plots_ramp_colour(colour, k, s->n_sizes);
        draw_size_line(s, p, k, colour, less, ends);
        const bool right = excess(s, ends[1]) > excess(s, ends[0]);
        const Point *at = ends[right];
        count_to_text(text, s->sizes[k]);
        if (!plots_label_if_free(p, at->flops, at->loss - less, colour,
                                 right ? "left offset 0.7,0.1" : "center offset 0,0.9", text) &&
            !right)
            plots_label_if_free(p, at->flops, at->loss - less, colour, "center offset 0,1.7", text);
    }
}

/* Return the slope of loss in ln C from one run to another. */
static double slope(const Point *from, const Point *to) {
    return (to->loss - from->loss) / log(to->flops / from->flops);
}

/* Draw the lower convex hull of the runs: begin at the cheapest run, and go on each time to the run
 * with the steepest fall of loss. */
static void draw_envelope(const Scene *s, Plot *p) {
    const Point *at = NULL;
    for (size_t i = 0; i < s->points->n; i++) {
        const Point *q = &s->points->rows[i];
        if (!at || q->flops < at->flops || (q->flops == at->flops && q->loss < at->loss)) at = q;
    }
    plot_block(p);
    while (at) {
        PLOT_ROW(p, at->flops, at->loss);
        const Point *next = NULL;
        for (size_t i = 0; i < s->points->n; i++) {
            const Point *q = &s->points->rows[i];
            if (q->flops <= at->flops || q->loss >= at->loss) continue;
            if (!next || slope(at, q) < slope(at, next)) next = q;
        }
        at = next;
    }
    plot_series(p, "using 1:2 with lines lw 1.4 dt (2,3) lc rgb '" PLOTS_INK "' title 'envelope'");
}

const char *plots_draw_loss_compute(const Scene *s, Plot *p) {
    if (s->points->n == 0) return PLOTS_NO_RUNS;
    const PlotRange run = scene_fitted(s, scene_x_flops);
    const PlotRange x = plots_range_wider_log(scene_shown(s, scene_x_flops), 0.1);
    PlotRange y = plots_range_wider(plots_range_add(scene_losses(s), s->points->floor_nat), 0.08);
    y.hi = plots_range_at(y, 1.08); // leave room for the labels of the lines
    plots_axis(p, 'x', PLOT_AXIS_POWER, x, "training compute C (FLOP)");
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, y, "held-out loss L (nat per token)");
    draw_frontier(s, p, scene_loss_at_best, x, run);
    draw_envelope(s, p);
    draw_size_lines(s, p, 0);
    plots_floor(s, p, x);
    plots_sealed(s, p, scene_x_flops, 0);
    plots_points(s, p, plots_by_size(s), scene_x_flops, scene_y_loss);
    plot_flush(p);
    return NULL;
}

static double irreducible(const Fit *fit) {
    return fit_frontier(fit, fit->theta).E;
}

static double y_reducible(const Scene *s, const Point *q) {
    return q->loss - irreducible(s->fit);
}

const char *plots_draw_reducible(const Scene *s, Plot *p) {
    if (!s->fit) return PLOTS_NO_LAW;
    if (s->fit->no_frontier) return s->fit->no_frontier;
    if (!scene_has_frontier(s)) return PLOTS_NO_FRONTIER;
    const double e = irreducible(s->fit);
    const PlotRange run = scene_fitted(s, scene_x_flops);
    const PlotRange x = plots_range_wider_log(scene_shown(s, scene_x_flops), 0.1);
    PlotRange above = {NAN, NAN}; // runs with L <= E cannot be shown on a logarithmic axis
    for (size_t i = 0; i < s->points->n; i++) {
        const double r = y_reducible(s, &s->points->rows[i]);
        if (r > 0) above = plots_range_add(above, r);
    }
    above = plots_range_wider_log(
        plots_range_add(above, reducible_at(s->fit, s->fit->theta, &x.hi)), 0.1);
    above.hi = plots_range_at_log(above, 1.08);
    char label[80];
    snprintf(label, sizeof label, "L - E (nat per token), E = %.4g", e);
    plots_axis(p, 'x', PLOT_AXIS_POWER, x, "training compute C (FLOP)");
    plots_axis(p, 'y', PLOT_AXIS_COUNT, above, label);
    draw_frontier(s, p, reducible_at, x, run);
    draw_size_lines(s, p, e);
    plots_sealed(s, p, scene_x_flops, e);
    plots_points(s, p, plots_by_size(s), scene_x_flops, y_reducible);
    plot_flush(p);
    return NULL;
}

// ---- slices: one of N and D along the axis, a line for each value of the other --------------

typedef struct {
    double (*along)(const Point *);
    PlotGrouping by; // the variable that is constant along a line
    bool sizes;      // `by` is the size, and the lines run along tokens
} Slices;

static void draw_law_slice(const Scene *s, Plot *p, const Slices *c, size_t k, PlotRange x,
                           const char *colour) {
    plot_block(p);
    for (int i = 0; i <= CURVE_STEPS; i++) {
        const double at = plots_range_at_log(x, (double)i / CURVE_STEPS), other = c->by.values[k];
        const Interval l = fit_predict(s->fit, c->sizes ? other : at, c->sizes ? at : other, false);
        PLOT_ROW(p, at, l.lo, l.hi, l.value);
    }
    plot_band(p, colour, "");
    plot_series(p, "using 1:4 with lines lw 1.8 lc rgb '%s' notitle", colour);
}

static void draw_run_slice(const Scene *s, Plot *p, const Slices *c, size_t k, const char *colour) {
    plot_block(p);
    for (size_t i = 0; i < s->points->n; i++) {
        const Point *q = &s->points->rows[i];
        if (c->by.of(q) == c->by.values[k]) PLOT_ROW(p, c->along(q), q->loss);
    }
    plot_series(p, "using 1:2 smooth unique with lines lw 1.2 lc rgb '%s' notitle", colour);
}

/* Return the loss at the right end of slice k: by the law if it predicts losses, else that of the
 * last run. */
static double slice_end(const Scene *s, const Slices *c, size_t k, double x) {
    if (scene_has_losses(s))
        return fit_predict(s->fit, c->sizes ? c->by.values[k] : x, c->sizes ? x : c->by.values[k],
                           false)
            .value;
    const Point *last = NULL;
    for (size_t i = 0; i < s->points->n; i++) {
        const Point *q = &s->points->rows[i];
        if (c->by.of(q) == c->by.values[k] && (!last || c->along(q) > c->along(last))) last = q;
    }
    return last->loss;
}

/* Return whether slice k has runs of two different sizes (or lengths). In an isoFLOP design most
 * values of D occur only once. */
static bool is_slice(const Scene *s, const Slices *c, size_t k) {
    PlotRange r = {NAN, NAN};
    for (size_t i = 0; i < s->points->n; i++)
        if (c->by.of(&s->points->rows[i]) == c->by.values[k])
            r = plots_range_add(r, c->along(&s->points->rows[i]));
    return r.hi > r.lo;
}

/* Label the lines at their right ends. If there are too many, every second, third or so is
 * labelled, and always the last. */
static void label_slices(const Scene *s, Plot *p, const Slices *c, const size_t *shown, size_t n,
                         double x, PlotRange y, const char *unit) {
    double ends[MAX_LABELS + 1];
    size_t of[MAX_LABELS + 1], n_labels = 0;
    const size_t step = (n + MAX_LABELS - 1) / MAX_LABELS;
    for (size_t i = 0; i < n; i++) {
        if ((n - 1 - i) % step != 0) continue;
        of[n_labels] = shown[i];
        ends[n_labels++] = slice_end(s, c, shown[i], x);
    }
    plots_spread(ends, n_labels, 0.056 * (y.hi - y.lo), y);
    for (size_t i = 0; i < n_labels; i++) {
        char colour[8], count[32], text[48];
        plots_ramp_colour(colour, of[i], c->by.n);
        snprintf(text, sizeof text, "%s%s", count_to_text(count, c->by.values[of[i]]),
                 i + 1 == n_labels ? unit : "");
        plots_label(p, x, ends[i], colour, "left offset 0.6,0", text);
    }
}

static const char *draw_slices(const Scene *s, Plot *p, const Slices *c, const char *axis,
                               const char *unit) {
    if (s->points->n == 0) return PLOTS_NO_RUNS;
    const PlotRange x = plots_range_wider_log(scene_shown(s, c->along), 0.06);
    const PlotRange y =
        plots_range_wider(plots_range_add(scene_losses(s), s->points->floor_nat), 0.08);
    size_t *shown = ARENA_ARRAY(s->arena, size_t, c->by.n), n = 0;
    plots_axis(p, 'x', PLOT_AXIS_COUNT, x, axis);
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, y, "held-out loss L (nat per token)");
    plot_say(p, "set rmargin 9");
    for (size_t k = 0; k < c->by.n; k++)
        if (s->n_sizes * s->n_lengths <= s->points->n || is_slice(s, c, k)) shown[n++] = k;
    if (n == 0)
        return c->sizes ? "no size was run at two lengths." : "no length was run at two sizes.";
    for (size_t i = 0; i < n; i++) {
        char colour[8];
        plots_ramp_colour(colour, shown[i], c->by.n);
        if (scene_has_losses(s))
            draw_law_slice(s, p, c, shown[i], x, colour);
        else
            draw_run_slice(s, p, c, shown[i], colour);
    }
    label_slices(s, p, c, shown, n, x.hi, y, unit);
    plots_floor(s, p, x);
    plots_points(s, p, c->by, c->along, scene_y_loss);
    plot_flush(p);
    return NULL;
}

const char *plots_draw_loss_tokens(const Scene *s, Plot *p) {
    const Slices c = {scene_x_tokens, plots_by_size(s), true};
    return draw_slices(s, p, &c, "training tokens D", " = N");
}

const char *plots_draw_loss_params(const Scene *s, Plot *p) {
    const Slices c = {scene_x_params, plots_by_length(s), false};
    return draw_slices(s, p, &c, "parameters N", " = D");
}
