/* plots_worth.c: draws what settings are worth in compute, tokens and time, against the size of the
 * baseline model. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "analysis/questions/worth.h"
#include "analysis/report/plots.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"
#include "base/numbers.h"

typedef struct {
    const char *axis;
    const Interval *(*of_mean)(const WorthMean *m);
    const Interval *(*of_cell)(const WorthCell *c);
} Panel;

static const Interval *mean_in_flops(const WorthMean *m) {
    return &m->in_flops;
}
static const Interval *mean_in_time(const WorthMean *m) {
    return &m->in_time;
}
static const Interval *mean_in_tokens(const WorthMean *m) {
    return &m->in_tokens;
}
static const Interval *cell_in_flops(const WorthCell *c) {
    return &c->in_flops;
}
static const Interval *cell_in_time(const WorthCell *c) {
    return &c->in_time;
}
static const Interval *cell_in_tokens(const WorthCell *c) {
    return &c->in_tokens;
}

static PlotRange add_interval(PlotRange r, const Interval *v) {
    /* An open end is infinite or 0, and is skipped. */
    r = plots_range_add(plots_range_add(r, v->value), v->hi);
    return v->lo > 0 ? plots_range_add(r, v->lo) : r;
}

static PlotRange gains_shown(const Worths *g, const Panel *panel) {
    PlotRange r = {1, 1};
    for (size_t i = 0; i < g->n_cells; i++)
        r = plots_range_add(r, panel->of_cell(&g->cells[i])->value);
    for (size_t i = 0; i < g->n_settings; i++)
        for (size_t k = 0; k < g->settings[i].n_scales; k++)
            r = add_interval(r, panel->of_mean(&g->settings[i].scales[k]));
    return plots_range_wider(r, 0.08);
}

static PlotRange sizes_shown(const Worths *g) {
    PlotRange r = {NAN, NAN};
    for (size_t i = 0; i < g->n_cells; i++)
        if (worth_told(&g->cells[i])) r = plots_range_add(r, g->cells[i].params);
    return plots_range_wider_log(r, 0.08);
}

/* Return the factor by which a setting is moved along x, so that no setting hides another. */
static double aside(const Worths *g, size_t setting, PlotRange x) {
    const double step = 0.012 * log(x.hi / x.lo);
    return exp(step * ((double)setting - 0.5 * (double)(g->n_settings - 1)));
}

/* Return the label with every character replaced that gnuplot could read as a command or as markup:
 * labels come from the cells of a table. */
static const char *harmless(const Plot *p, const char *label) {
    char *text = arena_strdup(p->arena, label);
    for (char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(" ,.=+-", *c)) *c = '-';
    return text;
}

static void draw_setting(const Worths *g, Plot *p, const Panel *panel, size_t k, PlotRange x,
                         PlotRange y) {
    const WorthSetting *s = &g->settings[k];
    char colour[8];
    plots_ramp_colour(colour, k, g->n_settings);
    plot_block(p);
    for (size_t i = 0; i < g->n_cells; i++) {
        const WorthCell *c = &g->cells[i];
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
                harmless(p, s->label));
}

const char *plots_draw_worth(const Scene *s, Plot *p) {
    static const Panel PANELS[] = {
        {"worth, times its compute", mean_in_flops, cell_in_flops},
        {"worth, times its tokens", mean_in_tokens, cell_in_tokens},
        {"worth, times its time", mean_in_time, cell_in_time},
    };
    const Worths *g = study_answer(s->study, &WORTH_QUESTION);
    if (!g) return "no settings stand beside a baseline.";
    const WorthWords *words = &g->contrast.words;
    const PlotRange x = sizes_shown(g);
    if (!isfinite(x.lo))
        return arena_printf(s->arena, "%s cannot be told from these runs.", words->title);
    const size_t n = isfinite(g->time_exponent) ? 3 : 2;
    plot_say(p, "set multiplot layout %zu,1", n);
    for (size_t k = 0; k < n; k++) {
        const PlotRange y = gains_shown(g, &PANELS[k]);
        plots_axis(p, 'x', PLOT_AXIS_COUNT, x,
                   arena_printf(s->arena, "parameters of the %s model of the same %s", words->kind,
                                g->contrast.field->width ? "width" : "size"));
        plots_axis(p, 'y', PLOT_AXIS_LINEAR, y, PANELS[k].axis);
        if (k > 0) plot_say(p, "set key off");
        plot_block(p);
        PLOT_ROW(p, x.lo, 1);
        PLOT_ROW(p, x.hi, 1);
        plot_series(p, "using 1:2 with lines lw 1.6 lc rgb '" PLOTS_INK "' notitle");
        for (size_t i = 0; i < g->n_settings; i++) draw_setting(g, p, &PANELS[k], i, x, y);
        plot_flush(p);
    }
    plot_say(p, "unset multiplot");
    return NULL;
}
