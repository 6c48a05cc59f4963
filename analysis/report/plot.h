/* plot.h: builds one picture as a gnuplot script that contains its data. This is the only place
 * that starts gnuplot.
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
 * No text from files goes into the script: hover texts are kept here, and are put into the finished
 * SVG as escaped <title> elements. Black stands for the reader's text colour (currentColor in SVG),
 * so that a picture suits a light page and a dark one. */
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
} PlotFrame; // the range of an axis
typedef struct {
    double left, right, bottom, top; // 0 to 1 within the frame of the panel
} PlotBox;

typedef struct {
    Arena *arena;
    PlotTerm term;
    int width, height;  // in SVG units; a PNG has two pixels per unit
    Text script;        // commands and data of the script so far
    Text elements;      // series of the plot command that plot_flush will write
    int n_blocks;       // data blocks so far; series are drawn from the newest
    bool in_block;      // a data block is open for rows
    const char **hover; // (n_hover) hover texts, unescaped, in the arena
    size_t n_hover, hover_capacity;
    PlotFrame x, y;                  // axes of the current panel
    PlotBox labels[PLOT_MAX_LABELS]; // (n_labels) labels of this panel that do not overlap
    int n_labels;
    const char *label; // what a screen reader says about the picture; "" when not set
} Plot;

Plot plot_open(Arena *arena, PlotTerm term, int width, int height);
void plot_close(Plot *p);

void plot_say(Plot *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));             // add one command
void plot_block(Plot *p);                              // begin a block of data rows
void plot_row(Plot *p, const double *cells, size_t n); // add a row; NaN is a missing cell
void plot_gap(Plot *p); // end a line, so that the next row begins another
#define PLOT_ROW(p, ...)                                                                           \
    plot_row((p), (const double[]){__VA_ARGS__},                                                   \
             sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* Keep a hover text. Return its number, which goes into the third column of a row for plot_points.
 */
double plot_hover(Plot *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draw the newest block. The rows for plot_points are x, y, hover number. A title that is NULL or
 * "" is kept out of the key. */
void plot_series(Plot *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void plot_points(Plot *p, int type, double size, const char *colour, const char *title);
/* Draw a band; rows are x, low, high. */
void plot_band(Plot *p, const char *colour, const char *title);
void plot_flush(Plot *p);

/* Run gnuplot. E_FAILED if it is missing, with a message on how to install it, or if it fails, with
 * gnuplot's own message. */
Status plot_render(Plot *p, Bytes *out, Err *err);

/* Clean gnuplot's SVG so that it can stand inside a page: without ids, scripts, sizes or fonts,
 * with text and axes in currentColor, and with hover texts as <title>. (plot_svg.c) */
void plot_svg_clean(const char *svg, const Plot *p, Text *out);

/* Return the text with & < > " ' as character references, in the arena. (plot_svg.c) */
const char *plot_markup_escape(Arena *arena, const char *text);

#endif
