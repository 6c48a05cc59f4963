/* plots_grid.c: lines of equal loss over N and D, training curves, and runs of equal compute. */
#include <math.h>
#include <stdlib.h>

#include "analysis/report/plots.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"
#include "analysis/report/plots_runs.h"
#include "base/numbers.h"

enum { LEVELS = 8, CONTOUR_STEPS = 90, BISECTIONS = 50 };

// ---- lines of equal loss --------------------------------------------------------------------

/* Return ln D at which a model of N parameters has this loss by the law; NaN outside the range.
 * Loss falls with D, so that bisection works for any law, and needs no grid whose cells would show.
 */
static double log_tokens_at(const Fit *fit, double params, double loss, PlotRange d) {
    double lo = log(d.lo), hi = log(d.hi);
    Point q = point_blank();
    q.params = params;
    for (int i = 0; i < BISECTIONS; i++) {
        const double mid = 0.5 * (lo + hi);
        q.tokens = exp(mid);
        q.flops = 6 * params * q.tokens;
        *(law_loss(fit->law, fit->theta, &q) > loss ? &lo : &hi) = mid;
    }
    return lo == log(d.lo) || hi == log(d.hi) ? NAN : lo;
}

static void draw_contour(const Scene *s, Plot *p, double loss, int decimals, const char *colour,
                         PlotRange n, PlotRange d) {
    double end_n = NAN, end_d = NAN;
    plot_block(p);
    for (int i = 0; i <= CONTOUR_STEPS; i++) {
        const double params = plots_range_at_log(n, (double)i / CONTOUR_STEPS);
        const double tokens = exp(log_tokens_at(s->fit, params, loss, d));
        if (!isfinite(tokens)) continue;
        PLOT_ROW(p, params, tokens);
        end_n = params, end_d = tokens;
    }
    plot_series(p, "using 1:2 with lines lw 1.6 lc rgb '%s' notitle", colour);
    char text[32];
    snprintf(text, sizeof text, "%.*f", decimals, loss);
    if (isfinite(end_n))
        plots_label_if_free(p, end_n, end_d, colour,
                            end_n < 0.98 * n.hi ? "center offset 0,0.6" : "left offset 0.5,0",
                            text);
}

static void draw_efficient(const Scene *s, Plot *p, PlotRange c) {
    plot_block(p);
    for (int i = 0; i <= CONTOUR_STEPS; i++) {
        const FitOptimum o = fit_optimum(s->fit, plots_range_at_log(c, (double)i / CONTOUR_STEPS));
        PLOT_ROW(p, o.params.value, o.tokens.value);
    }
    plot_series(p, "using 1:2 with lines lw 2.6 lc rgb '" PLOTS_INK "' title 'least compute'");
}

static double y_tokens(const Scene *s, const Point *q) {
    (void)s;
    return q->tokens;
}

const char *plots_draw_isoloss(const Scene *s, Plot *p) {
    if (!s->fit) return PLOTS_NO_LAW;
    if (!scene_has_losses(s)) return PLOTS_NO_LOSSES;
    if (!scene_tells_apart(s)) return PLOTS_ONE_LINE;
    PlotRange n = {s->sizes[0], s->sizes[s->n_sizes - 1]},
              d = {s->lengths[0], s->lengths[s->n_lengths - 1]};
    PlotRange c = {NAN, NAN}, l = {NAN, NAN};
    for (size_t i = 0; i < s->held->n; i++) {
        n = plots_range_add(n, s->held->rows[i].params);
        d = plots_range_add(d, s->held->rows[i].tokens);
    }
    n = plots_range_wider_log(n, 0.15), d = plots_range_wider_log(d, 0.2);
    for (size_t i = 0; i < s->points->n; i++) {
        c = plots_range_add(c, s->points->rows[i].flops);
        l = plots_range_add(l, s->points->rows[i].loss);
    }
    plots_axis(p, 'x', PLOT_AXIS_COUNT, n, "parameters N");
    plots_axis(p, 'y', PLOT_AXIS_COUNT, d, "training tokens D");
    plot_say(p, "set rmargin 7");
    for (int k = 0; k < LEVELS; k++) {
        char colour[8];
        plots_ramp_colour(colour, LEVELS - 1 - k, LEVELS);
        draw_contour(s, p, plots_range_at_log(l, (k + 0.5) / LEVELS), l.hi - l.lo > 0.2 ? 2 : 3,
                     colour, n, d);
    }
    if (scene_tells_best(s)) draw_efficient(s, p, plots_range_wider_log(c, 1));
    PlotGrouping dots = plots_by_size(s);
    dots.colour = PLOTS_INK;
    plots_points(s, p, dots, scene_x_params, y_tokens);
    plot_flush(p);
    return NULL;
}

// ---- training curves ------------------------------------------------------------------------

const char *plots_draw_curves(const Scene *s, Plot *p) {
    PlotRange x = {NAN, NAN}, y = {NAN, NAN};
    for (size_t k = 0; k < s->n_curves; k++)
        for (size_t i = 0; i < s->curves[k].n; i++) {
            x = plots_range_add(x, s->curves[k].tokens[i]);
            if (s->curves[k].whole || !isfinite(y.hi)) y = plots_range_add(y, s->curves[k].loss[i]);
        }
    if (!isfinite(y.lo)) return "no run has left a log.jsonl with losses.";
    plots_axis(p, 'x', PLOT_AXIS_COUNT, plots_range_wider_log(x, 0.02), "training tokens seen");
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, plots_range_wider(y, 0.04),
               "training loss (nat per token)");
    double last = NAN;
    size_t rank = 0, sizes = 1;
    for (size_t k = 1; k < s->n_curves; k++)
        sizes += s->curves[k].params != s->curves[k - 1].params;
    for (size_t k = 0; k < s->n_curves; k++) { // curves come in order of size
        const Curve *c = &s->curves[k];
        const bool first = c->params != last;
        char colour[8], text[32];
        if (k > 0 && first) rank++;
        last = c->params;
        plots_ramp_colour(colour, rank, sizes);
        plot_block(p);
        for (size_t i = 0; i < c->n; i++) PLOT_ROW(p, c->tokens[i], c->loss[i]);
        const bool named = first && (rank == 0 || rank + 1 == sizes || sizes <= 5);
        plot_series(p, "using 1:2 with lines lw 1.2 %s lc rgb '%s' %s'%s%s'",
                    c->whole ? "" : "dt (3,3)", colour, named ? "title " : "notitle ",
                    named ? count_to_text(text, c->params) : "",
                    named && rank == 0 ? " parameters" : "");
    }
    plot_flush(p);
    return NULL;
}

// ---- equal compute --------------------------------------------------------------------------

static const IsoFlop *budget_of(const IsoFlops *iso, const Point *q) {
    for (size_t k = 0; k < iso->n; k++)
        if (fabs(log(q->flops / iso->rows[k].flops)) < 0.1) return &iso->rows[k];
    return NULL;
}

const char *plots_draw_isoflop(const Scene *s, Plot *p) {
    if (s->iso.n == 0) return "no compute budget was spent on three or more sizes.";
    PlotRange x = {NAN, NAN}, y = {NAN, NAN};
    for (size_t i = 0; i < s->points->n; i++) {
        if (!budget_of(&s->iso, &s->points->rows[i])) continue;
        x = plots_range_add(x, s->points->rows[i].params);
        y = plots_range_add(y, s->points->rows[i].loss);
    }
    x = plots_range_wider_log(x, 0.08);
    plots_axis(p, 'x', PLOT_AXIS_COUNT, x, "parameters N");
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, plots_range_wider(y, 0.08),
               "held-out loss L (nat per token)");
    plot_say(p, "set rmargin 12");
    for (size_t k = 0; k < s->iso.n; k++) {
        const IsoFlop *row = &s->iso.rows[k];
        char colour[8], text[32];
        const Point *last = NULL;
        plots_ramp_colour(colour, k, s->iso.n);
        plot_block(p);
        for (size_t i = 0; i < s->points->n; i++) {
            const Point *q = &s->points->rows[i];
            if (budget_of(&s->iso, q) != row) continue;
            PLOT_ROW(p, q->params, q->loss);
            if (!last || q->params > last->params) last = q;
        }
        plot_series(
            p, "using 1:2 smooth unique with linespoints pt 7 ps 0.8 lw 1.2 lc rgb '%s' notitle",
            colour);
        snprintf(text, sizeof text, "%.1e", row->flops); // "4.0e+12"
        const int decade = atoi(text + 4);
        snprintf(text, sizeof text, "%.1f·10^{%d} FLOP", row->flops / pow(10, decade), decade);
        if (last) plots_label_if_free(p, last->params, last->loss, colour, "left offset 1,0", text);
        if (!row->bracketed) continue;
        plot_block(p);
        PLOT_ROW(p, row->params, row->loss,
                 plot_hover(p, "%.3g FLOP: least loss %.4f\nat %s parameters", row->flops,
                            row->loss, count_to_text(text, row->params)));
        plot_points(p, 13, 1.2, PLOTS_INK, "");
    }
    plot_flush(p);
    return NULL;
}

/* Draw the optima found by one method, and the line through them, whose title gives its exponent.
 */
static void draw_optima_by(Plot *p, const IsoFlops *iso, PlotRange c, int type, const char *colour,
                           const char *dash) {
    char count[32];
    plot_block(p);
    for (size_t k = 0; k < iso->n; k++)
        PLOT_ROW(p, iso->rows[k].flops, iso->rows[k].params,
                 plot_hover(p, "%s, %.3g FLOP: %s parameters%s", iso->how, iso->rows[k].flops,
                            count_to_text(count, iso->rows[k].params),
                            iso->rows[k].bracketed ? "" : "\nnot bracketed"));
    plot_points(p, type, 1.4, colour, "");
    if (iso->n_used < 2) return;
    plot_block(p);
    for (int i = 0; i <= 1; i++) {
        const double flops = i ? c.hi : c.lo;
        PLOT_ROW(p, flops, exp(iso->ln_g + iso->exponent * log(flops / 6)));
    }
    plot_series(p, "using 1:2 with lines lw 1.8 %s lc rgb '%s' title '%s, a = %.3f'", dash, colour,
                iso->how, iso->exponent);
}

static void draw_best_size(const Scene *s, Plot *p, PlotRange c) {
    if (!scene_has_losses(s) || !isfinite(s->fit->split.a.value)) return;
    plot_block(p);
    for (int i = 0; i <= CONTOUR_STEPS; i++) {
        const double flops = plots_range_at_log(c, (double)i / CONTOUR_STEPS);
        const Interval n = fit_optimum(s->fit, flops).params;
        PLOT_ROW(p, flops, n.lo, n.hi, n.value);
    }
    plot_band(p, PLOTS_INK, "");
    plot_series(p, "using 1:4 with lines lw 2.6 lc rgb '" PLOTS_INK "' title '%s, a = %.3f'",
                s->fit->law->name, s->fit->split.a.value);
}

const char *plots_draw_optima(const Scene *s, Plot *p) {
    if (s->iso.n < 2) return "fewer than two compute budgets were spent on three or more sizes.";
    static const struct {
        int type;
        const char *colour, *dash;
    } MARKS[] = {
        {13, "#0072b2", ""}, {9, PLOTS_GREEN, "dt (8,3)"}, {7, PLOTS_VERMILION, "dt (2,3)"}};
    PlotRange c = {NAN, NAN}, n = {NAN, NAN};
    for (size_t k = 0; k < s->iso.n; k++) {
        c = plots_range_add(c, s->iso.rows[k].flops);
        n = plots_range_add(plots_range_add(n, s->iso.rows[k].lo), s->iso.rows[k].hi);
    }
    c = plots_range_wider_log(c, 0.05);
    plots_axis(p, 'x', PLOT_AXIS_POWER, c, "training compute C (FLOP)");
    plots_axis(p, 'y', PLOT_AXIS_COUNT, plots_range_wider_log(n, 0.05),
               "best size N* (parameters)");
    plot_say(p, "set key maxrows 3");
    draw_best_size(s, p, c);
    for (size_t i = 0; ISOFLOP_HOWS[i] && i < COUNT_OF(MARKS); i++) {
        const IsoFlops iso = isoflop_optima(s->arena, s->points, NULL, ISOFLOP_HOWS[i]);
        draw_optima_by(p, &iso, c, MARKS[i].type, MARKS[i].colour, MARKS[i].dash);
    }
    plot_flush(p);
    return NULL;
}
