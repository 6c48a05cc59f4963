/* plots_axes.h: ranges of values, and the axes of a picture over them. */
#ifndef ANALYSIS_REPORT_PLOTS_AXES_H
#define ANALYSIS_REPORT_PLOTS_AXES_H

#include <stddef.h>

#include "analysis/report/plot.h"

typedef struct {
    double lo, hi;
} PlotRange;
PlotRange plots_range_of(const double *x, size_t n); // return the range of x (n); NaN is skipped
PlotRange plots_range_add(PlotRange r, double x); // return the range with x in it; NaN is skipped
/* Widen by this share of its length at both ends. */
PlotRange plots_range_wider(PlotRange r, double share);
/* Widen by this share of its logarithmic length. */
PlotRange plots_range_wider_log(PlotRange r, double share);
double plots_range_at(PlotRange r, double t); // return lo + t (hi - lo)
double plots_range_at_log(PlotRange r, double t);

/* Set axis 'x' or 'y' with its range and label. PLOT_AXIS_LINEAR leaves the ticks to gnuplot. Both
 * other kinds are logarithmic and label as many ticks of a decade as there is room for: COUNT as
 * 10k or 1M, POWER as powers of ten. */
typedef enum { PLOT_AXIS_LINEAR, PLOT_AXIS_COUNT, PLOT_AXIS_POWER } PlotAxisKind;
void plots_axis(Plot *p, char axis, PlotAxisKind kind, PlotRange r, const char *label);

/* Return the least of 1, 2, 5 times a power of ten that is not below x. */
double plots_round_step(double x);

#endif
