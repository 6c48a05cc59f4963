/* plots_clouds.c: draws the refits to resampled runs as clouds. They show which parameters the runs
 * determine by themselves, and which only in combination. */
#include <math.h>

#include "analysis/report/plots.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"
#include "analysis/simulate/simulate.h"
#include "base/stat.h"

enum { CLOUD_DOTS = 400 };

/* An axis of a panel: a parameter of the law, or the exponents a or eta of its frontier for C = 6 N
 * D. */
typedef enum { OF_PARAM, OF_BEST_SIZE, OF_BEST_LOSS } CoordinateKind;
typedef struct {
    CoordinateKind kind;
    int param;
    const char *label;
} Coordinate;

static double coordinate(const Fit *fit, const double *theta, const void *argument) {
    const Coordinate *c = argument;
    if (c->kind == OF_PARAM) return law_param(fit->law, theta, c->param);
    const Frontier f = fit->law->frontier(theta, 6, 1);
    return c->kind == OF_BEST_SIZE ? f.a : f.eta;
}

/* Return the value that runs were simulated with; NaN where there is none. */
static double planted(const Study *study, const Coordinate *c) {
    const Simulation *sim = study->simulation;
    if (c->kind == OF_PARAM) return simulation_param(sim, study->fit.law, c->param);
    const Frontier f = simulation_frontier(sim);
    return c->kind == OF_BEST_SIZE ? f.a : f.eta;
}

/* Return a range with the middle 98 % of the refits, the estimate and the planted value. Refits far
 * outside do not shrink the picture. */
static PlotRange cloud_range(const Scene *s, const Coordinate *c) {
    const Fit *fit = s->fit;
    const size_t n = (size_t)fit->n_boots;
    double *x = ARENA_ARRAY(s->arena, double, n);
    for (size_t r = 0; r < n; r++)
        x[r] = coordinate(fit, fit->boots + r * (size_t)fit->law->n_params, c);
    const PlotRange middle = {stat_quantile(x, n, 0.01), stat_quantile(x, n, 0.99)};
    const PlotRange known = plots_range_add(middle, coordinate(fit, fit->theta, c));
    return plots_range_wider(
        s->study->simulation ? plots_range_add(known, planted(s->study, c)) : known, 0.12);
}

/* Draw the estimate with its interval along both axes. */
static void draw_estimate(const Scene *s, Plot *p, const Coordinate *x, const Coordinate *y) {
    const Interval u = fit_interval(s->fit, coordinate, x), v = fit_interval(s->fit, coordinate, y);
    char title[64];
    snprintf(title, sizeof title, "estimate, %.0f %% intervals", 100 * s->fit->level);
    plot_block(p);
    PLOT_ROW(p, u.value, v.value, u.lo, u.hi, v.lo, v.hi);
    plot_series(p,
                "using 1:2:3:4:5:6 with xyerrorbars pt 13 ps 1.2 lw 1.6 lc rgb '" PLOTS_INK
                "' title "
                "'%s'",
                title);
}

static void draw_planted(const Scene *s, Plot *p, const Coordinate *x, const Coordinate *y) {
    if (!s->study->simulation) return;
    const double u = planted(s->study, x), v = planted(s->study, y);
    if (!isfinite(u) || !isfinite(v)) return;
    plot_block(p);
    PLOT_ROW(p, u, v);
    plot_series(p, "using 1:2 with points pt 15 ps 2 lc rgb '" PLOTS_GREEN "' title 'planted'");
}

static void draw_cloud(const Scene *s, Plot *p, const Coordinate *x, const Coordinate *y) {
    const Fit *fit = s->fit;
    const int step = fit->n_boots > CLOUD_DOTS ? fit->n_boots / CLOUD_DOTS : 1;
    plots_axis(p, 'x', PLOT_AXIS_LINEAR, cloud_range(s, x), x->label);
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, cloud_range(s, y), y->label);
    plot_block(p);
    for (int r = 0; r < fit->n_boots; r += step) {
        const double *theta = fit->boots + (size_t)r * fit->law->n_params;
        PLOT_ROW(p, coordinate(fit, theta, x), coordinate(fit, theta, y));
    }
    plot_series(p, "using 1:2 with points pt 7 ps 0.35 lc rgb '#0072b2' title 'a refit each'");
    draw_estimate(s, p, x, y);
    draw_planted(s, p, x, y);
}

/* Draw the line from the origin on which a = beta / (alpha + beta) is constant, labelled with a. */
static void draw_ray(Plot *p, PlotRange x, PlotRange y, double a, const char *dash) {
    const double slope = a / (1 - a); // a = beta / (alpha + beta)
    const double hi = fmin(x.hi, y.hi / slope);
    char text[32];
    plot_block(p);
    PLOT_ROW(p, 0, 0);
    PLOT_ROW(p, hi, hi * slope);
    plot_series(p, "using 1:2 with lines lw 1.2 %s lc rgb '" PLOTS_VERMILION "' notitle", dash);
    snprintf(text, sizeof text, "a = %.3g", a);
    plots_label(p, hi, hi * slope, PLOTS_VERMILION,
                hi < x.hi ? "left offset 0.8,-0.7" : "left offset 0.4,0", text);
}

static void draw_exponents(const Scene *s, Plot *p, const Coordinate *x, const Coordinate *y) {
    draw_cloud(s, p, x, y);
    const bool chinchilla = law_param_index(s->fit->law, "alpha") == x->param &&
                            law_param_index(s->fit->law, "beta") == y->param;
    if (!chinchilla || !isfinite(s->fit->split.a.lo)) return;
    const PlotRange u = cloud_range(s, x), v = cloud_range(s, y);
    draw_ray(p, u, v, s->fit->split.a.lo, "dt (4,4)");
    draw_ray(p, u, v, s->fit->split.a.hi, "dt (4,4)");
}

static void draw_upright(Plot *p, double at, PlotRange y, const char *colour, const char *text) {
    plot_say(p, "set arrow from %.9g,%.9g to %.9g,%.9g nohead lw 2 dt (6,4) lc rgb '%s'", at, y.lo,
             at, y.hi, colour);
    plots_label(p, at, y.lo, colour, "left offset 0.5,0.6", text);
}

/* Find the first two exponents of the law, such as alpha and beta, and return how many there are.
 */
static int exponents_of(const Law *law, int rows[2]) {
    int n = 0;
    for (int i = 0; i + 1 < law->n_params && n < 2; i++)
        if (law->params[i].ln_x) rows[n++] = i + 1;
    return n;
}

const char *plots_draw_clouds(const Scene *s, Plot *p) {
    if (!s->fit) return PLOTS_NO_LAW;
    if (s->fit->n_boots == 0) return PLOTS_NO_BOOTS;
    const Law *law = s->fit->law;
    int rows[2] = {0, 0};
    const int n = exponents_of(law, rows), e = law_param_index(law, "E");
    if (n == 0) return "this law has no exponents.";
    const bool two = n == 2, floor = e >= 0,
               best = isfinite(s->fit->split.a.value) && isfinite(s->fit->split.eta.value);
    const Coordinate first = {OF_PARAM, rows[0], law->params[rows[0]].name},
                     second = {OF_PARAM, rows[1], law->params[rows[1]].name},
                     level = {OF_PARAM, e, "E (nat per token)"},
                     size = {OF_BEST_SIZE, 0, "a: best N grows as C^a, best D as C^{1-a}"},
                     loss = {OF_BEST_LOSS, 0, "eta: L - E falls as C^{-eta}"};
    plot_say(p, "set multiplot layout %d,1", two + floor + best);
    plot_say(p, "set rmargin 10");
    if (two) {
        draw_exponents(s, p, &first, &second);
        plot_flush(p);
        plot_say(p, "set key off\nunset label");
    }
    if (floor) {
        draw_cloud(s, p, &level, &first);
        if (isfinite(s->points->floor_nat))
            draw_upright(p, s->points->floor_nat, cloud_range(s, &first), PLOTS_GREEN,
                         "known floor");
        plot_flush(p);
        plot_say(p, "set key off\nunset label\nunset arrow");
    }
    if (best) {
        const PlotRange a = cloud_range(s, &size);
        draw_cloud(s, p, &size, &loss);
        if (a.lo < 0.5 && a.hi > 0.5)
            draw_upright(p, 0.5, cloud_range(s, &loss), PLOTS_GREY, "a = b: in step");
        plot_flush(p);
    }
    plot_say(p, "unset multiplot");
    return NULL;
}
