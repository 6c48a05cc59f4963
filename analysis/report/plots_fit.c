/* plots_fit.c: the residuals of a fit, the fan of its extrapolations, and the laws compared. */
#include <math.h>

#include "analysis/questions/compare.h"
#include "analysis/questions/predict.h"
#include "analysis/report/plots.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"
#include "analysis/report/plots_runs.h"
#include "analysis/simulate/simulate.h"

enum { CURVE_STEPS = 60, FAN_LAWS = 50, BEYOND = 100 };
#define PALE "#a0a0a0"

// ---- residuals ------------------------------------------------------------------------------

static double y_residual(const Scene *s, const Point *q) {
    return 100 * (log(q->loss) - log(law_loss(s->fit->law, s->fit->theta, q)));
}
static double x_ratio(const Point *q) {
    return q->tokens / q->params;
}

/* Draw the standard deviation of a run about the law, as the residuals estimate it. */
static void draw_spread(const Scene *s, Plot *p, PlotRange x) {
    if (!isfinite(s->fit->noise.total)) return;
    char title[64];
    snprintf(title, sizeof title, "scatter of a run, ±%.2g %%", 100 * s->fit->noise.total);
    plot_block(p);
    PLOT_ROW(p, x.lo, -100 * s->fit->noise.total, 100 * s->fit->noise.total);
    PLOT_ROW(p, x.hi, -100 * s->fit->noise.total, 100 * s->fit->noise.total);
    plot_band(p, PLOTS_INK, title);
}

const char *plots_draw_residuals(const Scene *s, Plot *p) {
    static const struct {
        double (*x)(const Point *);
        const char *label;
    } PANELS[] = {{scene_x_params, "parameters N"},
                  {scene_x_tokens, "training tokens D"},
                  {x_ratio, "tokens per parameter D/N"}};
    if (!s->fit) return PLOTS_NO_LAW;
    if (!scene_has_losses(s)) return PLOTS_NO_LOSSES;
    PlotRange y = {0, 0};
    for (size_t i = 0; i < s->points->n; i++)
        y = plots_range_add(y, y_residual(s, &s->points->rows[i]));
    for (size_t i = 0; i < s->held->n; i++)
        y = plots_range_add(y, y_residual(s, &s->held->rows[i]));
    plot_say(p, "set multiplot layout 3,1");
    for (size_t k = 0; k < COUNT_OF(PANELS); k++) {
        PlotRange x = {NAN, NAN};
        for (size_t i = 0; i < s->points->n; i++)
            x = plots_range_add(x, PANELS[k].x(&s->points->rows[i]));
        for (size_t i = 0; i < s->held->n; i++)
            x = plots_range_add(x, PANELS[k].x(&s->held->rows[i]));
        plots_axis(p, 'x', PLOT_AXIS_COUNT, plots_range_wider_log(x, 0.06), PANELS[k].label);
        plots_axis(p, 'y', PLOT_AXIS_LINEAR, plots_range_wider(y, 0.12), "residual (%)");
        plot_say(p, "set ytics %g", plots_round_step((y.hi - y.lo) / 3));
        if (k > 0) plot_say(p, "set key off");
        draw_spread(s, p, (PlotRange){x.lo / 10, x.hi * 10});
        plot_block(p);
        PLOT_ROW(p, x.lo / 10, 0);
        PLOT_ROW(p, x.hi * 10, 0);
        plot_series(p, "using 1:2 with lines lw 1.6 lc rgb '" PLOTS_INK "' notitle");
        plots_points(s, p, plots_by_size(s), PANELS[k].x, y_residual);
        plot_flush(p);
    }
    plot_say(p, "unset multiplot");
    return NULL;
}

// ---- extrapolation --------------------------------------------------------------------------

static void draw_law_line(Plot *p, const Fit *fit, const double *theta, PlotRange x,
                          const char *style) {
    plot_block(p);
    for (int i = 0; i <= CURVE_STEPS; i++) {
        const double c = plots_range_at_log(x, (double)i / CURVE_STEPS);
        PLOT_ROW(p, c, scene_loss_at_best(fit, theta, &c));
    }
    plot_series(p, "using 1:2 with lines %s", style);
}

/* Draw some of the refits: enough to see how they spread, few enough to see each of them. */
static void draw_resampled(Plot *p, const Fit *fit, PlotRange x) {
    const int step = fit->n_boots > FAN_LAWS ? fit->n_boots / FAN_LAWS : 1;
    for (int r = 0; r < fit->n_boots; r += step)
        draw_law_line(p, fit, fit->boots + (size_t)r * fit->law->n_params, x,
                      r == 0 ? "lw 0.5 lc rgb '" PALE "' title 'refits'"
                             : "lw 0.5 lc rgb '" PALE "' notitle");
}

static void draw_fan_band(Plot *p, const Fit *fit, PlotRange x) {
    char title[32];
    snprintf(title, sizeof title, "%.0f %% of refits", 100 * fit->level);
    plot_block(p);
    for (int i = 0; i <= CURVE_STEPS; i++) {
        const double c = plots_range_at_log(x, (double)i / CURVE_STEPS);
        const Interval l = fit_interval(fit, scene_loss_at_best, &c);
        PLOT_ROW(p, c, l.lo, l.hi);
    }
    plot_band(p, PLOTS_INK, title);
}

/* The loss at best of a compute beyond the runs: by all laws that were weighed, at the size that is
 * best by the fit's law; else by that law alone. */
static Interval foretold(const Scene *s, double c) {
    if (!s->study->forecast) return fit_interval(s->fit, scene_loss_at_best, &c);
    const Frontier f = fit_frontier(s->fit, s->fit->theta);
    const double ln_c = log(c);
    const Point at = fit_point(s->fit, exp(f.ln_n0 + f.a * ln_c), exp(f.ln_d0 + f.b * ln_c));
    return forecast_predict(s->study->forecast, &at, false);
}

/* Draw the end of the runs, and what is foretold at 10 and 100 times their compute. */
static void draw_beyond(const Scene *s, Plot *p, PlotRange run, PlotRange y) {
    plot_say(p,
             "set arrow from %.9g,%.9g to %.9g,%.9g nohead lw 1.2 dt (2,3) lc rgb '" PLOTS_INK "'",
             run.hi, y.lo, run.hi, y.hi);
    plots_label(p, run.hi, y.hi, PLOTS_INK, "left offset 0.6,-0.6", "beyond the runs");
    Interval said[2];
    int n = 0;
    plot_block(p);
    for (double factor = 10; factor <= BEYOND; factor *= 10) {
        const double c = factor * run.hi;
        const Interval l = foretold(s, c);
        PLOT_ROW(p, c, l.value, l.lo, l.hi);
        said[n++] = l;
    }
    plot_series(p,
                "using 1:2:3:4 with yerrorbars pt 13 ps 1 lw 1.6 lc rgb '" PLOTS_INK "' title '%s'",
                s->study->forecast ? "all laws" : "");
    /* Write into the upper right corner, which the falling fan leaves free. */
    for (int i = 0; i < n; i++) {
        char text[64];
        if (!isfinite(said[i].lo)) continue;
        snprintf(text, sizeof text, "%s: %.3f to %.3f", i ? "100x" : "10x", said[i].lo, said[i].hi);
        plots_label(p, run.hi, y.hi, PLOTS_INK, i ? "left offset 0.6,-2.8" : "left offset 0.6,-1.7",
                    text);
    }
}

/* Draw the law that the runs were simulated from, over the range of the fan. */
static void draw_planted(const Scene *s, Plot *p, PlotRange x) {
    if (!s->study->simulation) return;
    const Frontier f = simulation_frontier(s->study->simulation);
    if (!isfinite(f.ln_K)) return;
    plot_block(p);
    for (int i = 0; i <= CURVE_STEPS; i++) {
        const double c = plots_range_at_log(x, (double)i / CURVE_STEPS);
        PLOT_ROW(p, c, frontier_loss(&f, log(c)));
    }
    plot_series(p, "using 1:2 with lines lw 2 dt (6,4) lc rgb '" PLOTS_GREEN "' title 'planted'");
}

static void draw_asked(const Scene *s, Plot *p) {
    const Predictions *said = study_answer(s->study, &PREDICTIONS_QUESTION);
    size_t n = 0;
    plot_block(p);
    for (size_t i = 0; i < said->n; i++) {
        const Prediction *q = &said->rows[i];
        if (q->sealed) continue;
        PLOT_ROW(p, q->flops, q->loss.value, q->loss.lo, q->loss.hi);
        n++;
    }
    if (n > 0)
        plot_series(p, "using 1:2:3:4 with yerrorbars pt 6 ps 2 lw 1.6 lc rgb '" PLOTS_VERMILION
                       "' title 'asked for'");
}

const char *plots_draw_fan(const Scene *s, Plot *p) {
    if (!s->fit) return PLOTS_NO_LAW;
    if (s->fit->no_frontier) return s->fit->no_frontier;
    if (!scene_has_frontier(s)) return PLOTS_NO_FRONTIER;
    const Fit *fit = s->fit;
    const Predictions *said = study_answer(s->study, &PREDICTIONS_QUESTION);
    const PlotRange run = scene_fitted(s, scene_x_flops);
    PlotRange x = plots_range_add(scene_shown(s, scene_x_flops), BEYOND * run.hi);
    PlotRange y = plots_range_add(scene_losses(s), s->points->floor_nat);
    for (size_t i = 0; i < said->n; i++) x = plots_range_add(x, said->rows[i].flops);
    const Interval end = fit_interval(fit, scene_loss_at_best, &x.hi),
                   all = foretold(s, BEYOND * run.hi);
    y = plots_range_add(plots_range_add(y, all.lo), all.hi);
    y = plots_range_wider(
        plots_range_add(plots_range_add(plots_range_add(y, end.value), end.lo), end.hi), 0.06);
    x = plots_range_wider_log(x, 0.03);
    plots_axis(p, 'x', PLOT_AXIS_POWER, x, "training compute C (FLOP)");
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, y, "held-out loss L (nat per token)");
    if (fit->n_boots > 0) {
        draw_resampled(p, fit, x);
        draw_fan_band(p, fit, x);
    }
    draw_law_line(p, fit, fit->theta, x, "lw 1.6 dt (4,4) lc rgb '" PLOTS_INK "' notitle");
    draw_law_line(
        p, fit, fit->theta, run,
        arena_printf(s->arena, "lw 2.6 lc rgb '" PLOTS_INK "' title '%s'", scene_law_name(s)));
    draw_planted(s, p, x);
    plots_floor(s, p, x);
    plots_sealed(s, p, scene_x_flops, 0); // these rings hide what was drawn before
    draw_asked(s, p);
    plots_points(s, p, plots_by_size(s), scene_x_flops, scene_y_loss);
    draw_beyond(s, p, run, y);
    plot_flush(p);
    return NULL;
}

// ---- laws compared --------------------------------------------------------------------------

static bool has_frontier(const Fit *fit) {
    return isfinite(fit_frontier(fit, fit->theta).ln_K);
}

const char *plots_draw_rivals(const Scene *s, Plot *p) {
    static const char *const COLOURS[] = {PLOTS_INK, PLOTS_VERMILION, "#0072b2", PLOTS_GREEN,
                                          "#cc79a7", "#e69f00",       "#56b4e9", PLOTS_GREY};
    static const char *const DASHES[] = {"", "dt (8,3)", "dt (2,2)", "dt (8,3,2,3)"};
    const Comparison *c = s->study->comparison;
    if (!s->fit || !c || c->n < 2) return "one law was fitted; --law all compares them.";
    const PlotRange run = scene_fitted(s, scene_x_flops);
    const PlotRange x = plots_range_wider_log(
        plots_range_add(scene_shown(s, scene_x_flops), BEYOND * run.hi), 0.03);
    PlotRange y = plots_range_add(scene_losses(s), s->points->floor_nat);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const Fit *fit = &c->rivals[i].fit;
        if (has_frontier(fit)) y = plots_range_add(y, scene_loss_at_best(fit, fit->theta, &x.hi));
    }
    y = plots_range_wider(y, 0.06);
    plots_axis(p, 'x', PLOT_AXIS_POWER, x, "training compute C (FLOP)");
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, y, "held-out loss L (nat per token)");
    PlotGrouping dots = plots_by_size(s);
    dots.colour = PLOTS_GREY;
    plots_points(s, p, dots, scene_x_flops, scene_y_loss);
    for (size_t i = 0; i < c->n; i++) {
        const Fit *fit = &c->rivals[i].fit;
        char style[128];
        if (!has_frontier(fit)) continue;
        snprintf(style, sizeof style, "lw 2 %s lc rgb '%s' title '%s'",
                 DASHES[n % COUNT_OF(DASHES)], COLOURS[n % COUNT_OF(COLOURS)], fit->law->name);
        draw_law_line(p, fit, fit->theta, x, style);
        n++;
    }
    plots_floor(s, p, x);
    plot_say(p,
             "set arrow from %.9g,%.9g to %.9g,%.9g nohead lw 1.2 dt (2,3) lc rgb '" PLOTS_INK "'",
             run.hi, y.lo, run.hi, y.hi);
    plot_say(p, "set key maxrows 4");
    plot_flush(p);
    return n >= 2 ? NULL : PLOTS_NO_FRONTIER;
}
