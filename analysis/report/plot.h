/* plot.h: one picture in the making: a gnuplot script with its data inside, and the only place that
 * starts gnuplot.
 *
 *     Plot p = plot_open(arena, PLOT_SVG, 540, 390);
 *     plot_say(&p, "set logscale x");
 *     plot_block(&p);
 *     PLOT_ROW(&p, 1e9, 2.5, plot_hover(&p, "run 0123, 14.3k parameters"));
 *     plot_points(&p, 7, 1.0, "#0072b2", "runs");
 *     plot_block(&p);
 *     PLOT_ROW(&p, 1e9, 2.4); PLOT_ROW(&p, 1e10, 2.0);
 *     plot_series(&p, "with lines lw 2 lc rgb 'black' title 'law'");
 *     plot_flush(&p);                                   // the plot command; again for the next panel
 *     TRY(plot_render(&p, &picture, err));              // SVG, PNG or text, in the arena
 *     plot_close(&p);
 *
 * No text from files goes into the script: hover texts are kept here and put into the finished SVG
 * as <title> elements, escaped. Black is the reader's text colour (currentColor in SVG), so that a
 * picture is at home on light and on dark.
 */
#ifndef ANALYSIS_REPORT_PLOT_H
#define ANALYSIS_REPORT_PLOT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "base/text.h"

typedef enum { PLOT_SVG, PLOT_PNG, PLOT_DUMB } PlotTerm;
extern const char *const PLOT_TERM_NAMES[]; // "svg", "png", "dumb", NULL

enum { PLOT_MAX_LABELS = 64 };
typedef struct {
    double lo, hi;
    bool log;
} PlotFrame; // of an axis
typedef struct {
    double left, right, bottom, top; // shares of the frame
} PlotBox;

typedef struct {
    Arena *arena;
    PlotTerm term;
    int width, height;  // SVG units; a PNG has twice as many pixels each way
    Text script;        // commands and data so far
    Text elements;      // of the plot command in the making
    int n_blocks;       // data blocks so far; the newest is the one that series are drawn from
    bool in_block;      // rows may follow
    const char **hover; // hover text number i, unescaped, in the arena
    size_t n_hover, hover_capacity;
    PlotFrame x, y;                  // of the panel in the making
    PlotBox labels[PLOT_MAX_LABELS]; // that keep clear of each other, in this panel
    int n_labels;
    const char *label; // what a screen reader says of the picture; "" when not set
} Plot;

Plot plot_open(Arena *arena, PlotTerm term, int width, int height);
void plot_close(Plot *p);

void plot_say(Plot *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));             // one command
void plot_block(Plot *p);                              // begin a block of data rows
void plot_row(Plot *p, const double *cells, size_t n); // NaN: a missing cell
void plot_gap(Plot *p);                                // lines are not joined across a gap
#define PLOT_ROW(p, ...)                                                                           \
    plot_row((p), (const double[]){__VA_ARGS__},                                                   \
             sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* Keep a hover text; the number to put into the third column of a row of points. */
double plot_hover(Plot *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draw the newest block. plot_points: rows are x, y, hover number; title NULL or "" keeps it out of
 * the key. */
void plot_series(Plot *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void plot_points(Plot *p, int type, double size, const char *colour, const char *title);
void plot_band(Plot *p, const char *colour, const char *title); // rows are x, low, high
void plot_flush(Plot *p);

/* Run gnuplot. A missing gnuplot, or one that fails, is E_FAILED and says how to install it, or
 * gnuplot's own words. */
Status plot_render(Plot *p, Bytes *out, Err *err);

/* gnuplot's SVG made fit to stand inside a page: no ids, scripts, sizes or fonts of its own, text
 * and axes in currentColor, hover texts as <title>. (plot_svg.c) */
void plot_svg_clean(const char *svg, const Plot *p, Text *out);

/* Text with & < > " ' written as character references; the copy lives in the arena. (plot_svg.c) */
const char *plot_markup_escape(Arena *arena, const char *text);

#endif
