/* plots_labels.h: the colours of a picture, and labels that do not cover each other. */
#ifndef ANALYSIS_REPORT_PLOTS_LABELS_H
#define ANALYSIS_REPORT_PLOTS_LABELS_H

#include "analysis/report/plot.h"
#include "analysis/report/plots_axes.h"

/* Colours that can be told apart on white and on near-black, also by colour-blind readers (after
 * Okabe and Ito 2008). */
#define PLOTS_INK       "black"   // the law, in the reader's text colour
#define PLOTS_GREEN     "#009e73" // what is known to be true
#define PLOTS_VERMILION "#d55e00" // predictions and their outcomes
#define PLOTS_GREY      "#808080"

/* Fill the colour of rank i of n, on a ramp from small to large that grows lighter: blue, violet,
 * rose, gold. */
void plots_ramp_colour(char colour[8], size_t i, size_t n);

/* Move y (n), the heights of labels at the right ends of lines, until they are `gap` apart within
 * the range. */
void plots_spread(double *y, size_t n, double gap, PlotRange within);

/* Draw a label at a place. The text must be our own words or numbers, because gnuplot reads markup
 * in it. */
void plots_label(Plot *p, double x, double y, const char *colour, const char *placement,
                 const char *text);

/* Draw a label, unless it would cover another one of this panel that this function drew. Return
 * whether it was drawn. */
bool plots_label_if_free(Plot *p, double x, double y, const char *colour, const char *placement,
                         const char *text);

#endif
