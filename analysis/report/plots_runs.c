/* plots_runs.c: dots with hover text, stars, predictions and the floor. */
#include "analysis/report/plots_runs.h"

#include <math.h>

#include "analysis/report/plots_labels.h"
#include "base/numbers.h"

static double hover_point(Plot *p, const Point *q) {
    char n[32], d[32], se[48] = "";
    if (isfinite(q->loss_se)) snprintf(se, sizeof se, " ± %.4f", q->loss_se);
    return plot_hover(p, "%s\n%s parameters, %s tokens\n%.3g FLOP\nloss %.4f%s", q->id,
                      count_to_text(n, q->params), count_to_text(d, q->tokens), q->flops, q->loss,
                      se);
}

PlotGrouping plots_by_size(const Scene *s) {
    return (PlotGrouping){scene_x_params, s->sizes, s->n_sizes, NULL};
}
PlotGrouping plots_by_length(const Scene *s) {
    return (PlotGrouping){scene_x_tokens, s->lengths, s->n_lengths, NULL};
}

void plots_points(const Scene *s, Plot *p, PlotGrouping by, double (*x)(const Point *),
                  double (*y)(const Scene *, const Point *)) {
    for (size_t k = 0; k < by.n; k++) {
        char colour[8];
        plots_ramp_colour(colour, k, by.n);
        plot_block(p);
        for (size_t i = 0; i < s->points->n; i++) {
            const Point *q = &s->points->rows[i];
            if (by.of(q) == by.values[k]) PLOT_ROW(p, x(q), y(s, q), hover_point(p, q));
        }
        plot_points(p, 7, 0.85, by.colour ? by.colour : colour, "");
    }
    if (s->held->n == 0) return;
    plot_block(p);
    for (size_t i = 0; i < s->held->n; i++)
        PLOT_ROW(p, x(&s->held->rows[i]), y(s, &s->held->rows[i]),
                 hover_point(p, &s->held->rows[i]));
    plot_points(p, 15, 1.0, PLOTS_VERMILION, s->points->n_sealed ? "outcome" : "held out");
}

/* Draw the known floor: the least loss that any model of this context length can reach. */
void plots_floor(const Scene *s, Plot *p, PlotRange x) {
    const double floor = s->points->floor_nat;
    if (!isfinite(floor)) return;
    char text[64];
    snprintf(text, sizeof text, "known floor %.4f", floor);
    plot_block(p);
    PLOT_ROW(p, x.lo, floor);
    PLOT_ROW(p, x.hi, floor);
    plot_series(p, "using 1:2 with lines lw 2 dt (6,4) lc rgb '" PLOTS_GREEN "' notitle");
    plots_label(p, x.hi, floor, PLOTS_GREEN, "right offset 0,0.6", text);
}

void plots_sealed(const Scene *s, Plot *p, double (*x)(const Point *), double less) {
    if (s->points->n_sealed == 0) return;
    plot_block(p);
    for (size_t i = 0; i < s->points->n_sealed; i++) {
        const Point q = scene_sealed(&s->points->sealed[i]);
        PLOT_ROW(p, x(&q), q.loss - less, s->points->sealed[i].lo - less,
                 s->points->sealed[i].hi - less);
    }
    plot_series(p, "using 1:2:3:4 with yerrorbars pt 6 ps 2 lw 1.6 lc rgb '" PLOTS_VERMILION
                   "' title 'prediction'");
}
