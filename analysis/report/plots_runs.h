/* plots_runs.h: how pictures draw what is known: runs as dots, held-out runs as stars, sealed
 * predictions with their intervals, and the known floor. */
#ifndef ANALYSIS_REPORT_PLOTS_RUNS_H
#define ANALYSIS_REPORT_PLOTS_RUNS_H

#include "analysis/report/plot.h"
#include "analysis/report/scene.h"

/* What lines and points are coloured by: a variable of the points, and its values. */
typedef struct {
    double (*of)(const Point *);
    const double *values;
    size_t n;
    const char *colour; // one colour for all; NULL: the ramp
} PlotGrouping;
PlotGrouping plots_by_size(const Scene *s);
PlotGrouping plots_by_length(const Scene *s);

/* Draw every run as a dot with hover text, and the held-out runs as stars. */
void plots_points(const Scene *s, Plot *p, PlotGrouping by, double (*x)(const Point *),
                  double (*y)(const Scene *, const Point *));

/* Draw the known floor as a line over x. Draw the sealed predictions with their intervals, minus
 * `less`. */
void plots_floor(const Scene *s, Plot *p, PlotRange x);
void plots_sealed(const Scene *s, Plot *p, double (*x)(const Point *), double less);

#endif
