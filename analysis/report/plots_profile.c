/* plots_profile.c: draws how much worse the best fit becomes when one parameter is held at another
 * value. A steep valley is a parameter that the runs determine. */
#include <math.h>

#include "analysis/questions/profiles.h"
#include "analysis/report/plots.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"

enum { COLUMNS = 2 };
static const double ROOF = 3; // height of a panel, in thresholds

/* A coefficient whose curve spans more than this factor gets a logarithmic axis. */
static const double WIDE = 20;

static PlotRange curve_range(const Profile *q) {
    PlotRange r = {NAN, NAN};
    for (int i = 0; i < PROFILE_POINTS; i++) r = plots_range_add(r, q->curve[i].value);
    return r;
}

static void draw_level(Plot *p, PlotRange x, double y, const char *style) {
    plot_block(p);
    PLOT_ROW(p, x.lo, y);
    PLOT_ROW(p, x.hi, y);
    plot_series(p, "using 1:2 with lines %s", style);
}

/* Draw the interval as a band below the threshold. An open end reaches to the edge. */
static void draw_inside(Plot *p, const Profile *q, PlotRange x, double threshold) {
    const double lo = q->open_lo ? x.lo : q->lo, hi = q->open_hi ? x.hi : q->hi;
    plot_block(p);
    PLOT_ROW(p, lo, 0, threshold);
    PLOT_ROW(p, hi, 0, threshold);
    plot_band(p, PLOTS_INK, "");
}

static void draw_profile(Plot *p, const Law *law, const Profile *q, double threshold) {
    PlotRange x = curve_range(q);
    const bool coefficient = law->params[law_param_index(law, q->name)].ln_x != NULL;
    const bool wide = coefficient && x.lo > 0 && x.hi / x.lo > WIDE;
    x = wide ? plots_range_wider_log(x, 0.04) : plots_range_wider(x, 0.04);
    char label[64];
    snprintf(label, sizeof label, "%s%s", q->name,
             q->open_lo && q->open_hi ? " (open at both ends)"
             : q->open_lo             ? " (open below)"
             : q->open_hi             ? " (open above)"
                                      : "");
    plots_axis(p, 'x', wide ? PLOT_AXIS_POWER : PLOT_AXIS_LINEAR, x, label);
    plots_axis(p, 'y', PLOT_AXIS_LINEAR, (PlotRange){0, ROOF * threshold}, "rise");
    plot_say(p, "set ytics %g", plots_round_step(ROOF * threshold / 3));
    if (!wide) plot_say(p, "set xtics %g", plots_round_step((x.hi - x.lo) / 5));
    draw_inside(p, q, x, threshold);
    draw_level(p, x, threshold, "lw 1.6 dt (6,4) lc rgb '" PLOTS_VERMILION "' notitle");
    plot_block(p);
    for (int i = 0; i < PROFILE_POINTS; i++) PLOT_ROW(p, q->curve[i].value, q->curve[i].rise);
    plot_series(p, "using 1:2 with linespoints pt 7 ps 0.5 lw 2 lc rgb '#0072b2' notitle");
    plot_block(p);
    PLOT_ROW(p, q->value, 0);
    plot_series(p, "using 1:2 with points pt 13 ps 1.4 lc rgb '" PLOTS_INK "' notitle");
    plot_flush(p);
}

const char *plots_draw_profiles(const Scene *s, Plot *p) {
    if (!s->fit) return PLOTS_NO_LAW;
    const Profiles *profiles = study_answer(s->study, &PROFILES_QUESTION);
    if (!profiles) return "no profiles were computed: --profile asks for them.";
    const int rows = (profiles->n + COLUMNS - 1) / COLUMNS;
    plot_say(p, "set multiplot layout %d,%d", rows < 3 ? 3 : rows, COLUMNS);
    for (int k = 0; k < profiles->n; k++)
        draw_profile(p, s->fit->law, &profiles->rows[k], profiles->threshold);
    plot_say(p, "unset multiplot");
    return NULL;
}
