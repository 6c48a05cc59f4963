/* plots_experts.c: what experts are worth, in compute and in time, against the size of the model.
 */
#include <math.h>

#include "analysis/questions/gain.h"
#include "analysis/report/plots.h"
#include "base/numbers.h"

typedef struct {
    const char *axis;
    const Interval *(*of_mean)(const GainMean *m);
    const Interval *(*of_cell)(const GainCell *c);
} Panel;

static const Interval *mean_in_flops(const GainMean *m) {
    return &m->in_flops;
}
static const Interval *mean_in_time(const GainMean *m) {
    return &m->in_time;
}
static const Interval *cell_in_flops(const GainCell *c) {
    return &c->in_flops;
}
static const Interval *cell_in_time(const GainCell *c) {
    return &c->in_time;
}

static Range add_interval(Range r, const Interval *v) {
    r = range_add(range_add(r, v->value), v->hi); // an open end is not finite
    return v->lo > 0 ? range_add(r, v->lo) : r;
}

static Range gains_shown(const Gains *g, const Panel *panel) {
    Range r = {1, 1};
    for (size_t i = 0; i < g->n_cells; i++) r = range_add(r, panel->of_cell(&g->cells[i])->value);
    for (size_t i = 0; i < g->n_settings; i++)
        for (size_t k = 0; k < g->settings[i].n_scales; k++)
            r = add_interval(r, panel->of_mean(&g->settings[i].scales[k]));
    return range_wider(r, 0.08);
}

static Range sizes_shown(const Gains *g) {
    Range r = {NAN, NAN};
    for (size_t i = 0; i < g->n_cells; i++)
        if (gain_told(&g->cells[i])) r = range_add(r, g->cells[i].params);
    return range_wider_log(r, 0.08);
}

/* Settings stand side by side, so that none hides another. */
static double aside(const Gains *g, size_t setting, Range x) {
    const double step = 0.012 * log(x.hi / x.lo);
    return exp(step * ((double)setting - 0.5 * (double)(g->n_settings - 1)));
}

static void draw_setting(const Gains *g, Plot *p, const Panel *panel, size_t k, Range x, Range y) {
    const GainSetting *s = &g->settings[k];
    char colour[8];
    ramp_colour(colour, k, g->n_settings);
    plot_block(p);
    for (size_t i = 0; i < g->n_cells; i++) {
        const GainCell *c = &g->cells[i];
        char size[32], tokens[32];
        if (c->label != s->label || !isfinite(panel->of_cell(c)->value)) continue;
        PLOT_ROW(p, c->params * aside(g, k, x), panel->of_cell(c)->value,
                 plot_hover(p, "%s\n%s parameters, %s tokens\nworth %.3g times", c->label,
                            count_to_text(size, c->params), count_to_text(tokens, c->tokens),
                            panel->of_cell(c)->value));
    }
    plot_points(p, 7, 0.45, colour, "");
    plot_block(p);
    for (size_t i = 0; i < s->n_scales; i++) {
        const Interval *v = panel->of_mean(&s->scales[i]);
        if (!isfinite(v->value)) continue;
        PLOT_ROW(p, s->scales[i].params * aside(g, k, x), v->value,
                 isnan(v->lo) ? v->value : fmax(v->lo, y.lo),
                 isnan(v->hi) ? v->value : fmin(v->hi, y.hi));
    }
    plot_series(p, "using 1:2 with lines lw 1.4 lc rgb '%s' notitle", colour);
    plot_series(p, "using 1:2:3:4 with yerrorbars pt 13 ps 1 lw 1.6 lc rgb '%s' title '%s'", colour,
                s->label);
}

const char *draw_experts(const Scene *s, Plot *p) {
    static const Panel PANELS[] = {
        {"worth, times its compute", mean_in_flops, cell_in_flops},
        {"worth, times its time", mean_in_time, cell_in_time},
    };
    const Gains *g = study_answer(s->study, &WORTH_QUESTION);
    if (!g) return "there are no models with experts beside dense ones.";
    const Range x = sizes_shown(g);
    if (!isfinite(x.lo)) return "what experts are worth cannot be told from these runs.";
    const size_t n = isfinite(g->time_exponent) ? 2 : 1;
    plot_say(p, "set multiplot layout %zu,1", n);
    for (size_t k = 0; k < n; k++) {
        const Range y = gains_shown(g, &PANELS[k]);
        plot_axis(p, 'x', AXIS_COUNT, x, "parameters of the dense model of the same width");
        plot_axis(p, 'y', AXIS_LINEAR, y, PANELS[k].axis);
        if (k > 0) plot_say(p, "set key off");
        plot_block(p);
        PLOT_ROW(p, x.lo, 1);
        PLOT_ROW(p, x.hi, 1);
        plot_series(p, "using 1:2 with lines lw 1.6 lc rgb '" INK "' notitle");
        for (size_t i = 0; i < g->n_settings; i++) draw_setting(g, p, &PANELS[k], i, x, y);
        plot_flush(p);
    }
    plot_say(p, "unset multiplot");
    return NULL;
}
