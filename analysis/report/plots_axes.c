/* plots_axes.c: ranges, and axes with ticks at round numbers. */
#include "analysis/report/plots_axes.h"

#include <math.h>
#include <string.h>

PlotRange plots_range_add(PlotRange r, double x) {
    if (!isfinite(x)) return r;
    return (PlotRange){isfinite(r.lo) ? fmin(r.lo, x) : x, isfinite(r.hi) ? fmax(r.hi, x) : x};
}

PlotRange plots_range_of(const double *x, size_t n) {
    PlotRange r = {NAN, NAN};
    for (size_t i = 0; i < n; i++) r = plots_range_add(r, x[i]);
    return r;
}

double plots_range_at(PlotRange r, double t) {
    return r.lo + t * (r.hi - r.lo);
}
double plots_range_at_log(PlotRange r, double t) {
    return r.lo * pow(r.hi / r.lo, t);
}

PlotRange plots_range_wider(PlotRange r, double share) {
    const double extra = r.hi > r.lo ? share * (r.hi - r.lo) : 0.1 * fabs(r.hi) + 1e-6;
    return (PlotRange){r.lo - extra, r.hi + extra};
}

PlotRange plots_range_wider_log(PlotRange r, double share) {
    const double factor = r.hi > r.lo ? pow(r.hi / r.lo, share) : 1.5;
    return (PlotRange){r.lo / factor, r.hi * factor};
}

double plots_round_step(double x) {
    const double decade = pow(10, floor(log10(fmax(x, 1e-6)))), mantissa = x / decade;
    return decade * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
}

static void tick_text(PlotAxisKind kind, PlotTerm term, int mantissa, int decade, char text[32]) {
    static const char *const SUFFIX[] = {"", "k", "M", "G", "T"};
    if (kind == PLOT_AXIS_COUNT && decade >= 0 && decade < 15)
        snprintf(text, 32, "%g%s", mantissa * pow(10, decade % 3), SUFFIX[decade / 3]);
    else if (kind == PLOT_AXIS_COUNT && decade >= -4 && decade < 0)
        snprintf(text, 32, "%.*f", -decade, mantissa * pow(10, decade));
    else if (term == PLOT_DUMB || kind == PLOT_AXIS_COUNT)
        snprintf(text, 32, "%de%d", mantissa, decade);
    else if (mantissa == 1)
        snprintf(text, 32, "10^{%d}", decade);
    else
        snprintf(text, 32, "%d·10^{%d}", mantissa, decade);
}

/* Set ticks at 1..9 times every power of ten, and labels on as many as there is room for. Beyond
 * twelve decades, only some powers of ten get a tick. */
static void log_ticks(Plot *p, char axis, PlotAxisKind kind, PlotRange r) {
    static const char *const LABELLED[] = {"1", "13", "125", "1235", "12346"};
    const double decades = log10(r.hi) - log10(r.lo); // the ratio of hi to lo may overflow
    const double scarce = kind == PLOT_AXIS_POWER || axis == 'y' ? 0.6 : 1;
    const char *labelled = LABELLED[decades < 0.75 * scarce  ? 4
                                    : decades < 0.9 * scarce ? 3
                                    : decades < 2.1 * scarce ? 2
                                    : decades < 4.1 * scarce ? 1
                                                             : 0];
    const int step = 1 + (int)(decades / 12);
    Text ticks = {0};
    for (int decade = (int)floor(log10(r.lo)); decade <= (int)ceil(log10(r.hi)); decade += step)
        for (int mantissa = 1; mantissa <= (step > 1 ? 1 : 9); mantissa++) {
            const double x = mantissa * pow(10, decade);
            if (x < r.lo * (1 - 1e-9) || x > r.hi * (1 + 1e-9)) continue;
            char text[32] = "";
            const bool major = strchr(labelled, '0' + mantissa) != NULL;
            if (major) tick_text(kind, p->term, mantissa, decade, text);
            text_add(&ticks, "%s'%s' %g %d", ticks.size ? ", " : "", text, x, !major);
        }
    plot_say(p, "set logscale %c\nset %ctics (%s)", axis, axis, ticks.size ? ticks.s : "");
    text_close(&ticks);
}

void plots_axis(Plot *p, char axis, PlotAxisKind kind, PlotRange r, const char *label) {
    *(axis == 'x' ? &p->x : &p->y) = (PlotFrame){r.lo, r.hi, kind != PLOT_AXIS_LINEAR};
    plot_say(p, "set %crange [%.9g:%.9g]\nset %clabel '%s'", axis, r.lo, r.hi, axis, label);
    if (kind != PLOT_AXIS_LINEAR)
        log_ticks(p, axis, kind, r);
    else
        plot_say(p, "unset logscale %c\nset %ctics auto\nset format %c '%%g'", axis, axis, axis);
}
