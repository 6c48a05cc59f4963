/* plots.c: the table of pictures, and what they share: axes, colours, labels, and dots with hover
 * text. */
#include "analysis/report/plots.h"

#include <math.h>
#include <string.h>

#include "base/numbers.h"

// clang-format off
const PlotKind PLOTS[] = {
    {"loss-compute", "Loss against compute",
     "Every dot is one run, every coloured line one model size trained on more and more tokens"
     " (its number of parameters stands at one end). The heavy line is the least loss "
     "that the fitted law expects at each compute, with its interval; it is broken where no "
     "run has been. Follow it to the right: each step of the same width multiplies the cost, "
     "and buys less.",
     560, 430, plots_draw_loss_compute},
    {"reducible", "Reducible loss against compute",
     "The same runs with the irreducible part E of the fitted law taken away, on logarithmic "
     "axes both ways: what a power law turns into a straight line. Its slope is the price of "
     "progress; the band opens where E is not known well.",
     560, 430, plots_draw_reducible},
    {"loss-tokens", "Loss against training tokens",
     "One line per model size. Lines are the fitted law with its interval, dots the runs. "
     "Where a line turns flat, more data no longer help a model of this size.",
     560, 430, plots_draw_loss_tokens},
    {"loss-params", "Loss against parameters",
     "The same runs cut the other way: one line per number of training tokens. Where a line "
     "turns flat, a larger model no longer helps without more data.",
     560, 430, plots_draw_loss_params},
    {"isoloss", "Lines of equal loss",
     "Each thin line joins the sizes and token counts that the law expects to reach the same "
     "loss (the number at its end; gold is least); dots are the runs. The heavy line crosses "
     "each of them where it costs least compute: the best way to spend a budget.",
     560, 430, plots_draw_isoloss},
    {"curves", "Training curves",
     "Training loss along each run, averaged in steps of equal ratio and coloured by size. "
     "Runs of one size that are meant for different lengths part where the learning rate comes"
     " down. Broken lines are runs that did not end well.",
     560, 430, plots_draw_curves},
    {"residuals", "What the law leaves over",
     "ln L - ln L<sub>law</sub>, in percent (how far a run lies above the law), against size, "
     "tokens, and tokens per parameter. Dots scattered evenly about zero mean that the form of"
     " the law fits; a slope or a bow means that it does not, and that extrapolating it is "
     "unsafe.",
     560, 640, plots_draw_residuals},
    {"fan", "Extrapolation",
     "The least loss at each compute, a hundred times beyond the runs. Each thin line is the law "
     "fitted again to resampled runs: all of them fit what was measured, and where they part, the "
     "runs have no say. The fan knows only the scatter of the runs; it is too narrow when the "
     "form of the law is wrong.",
     560, 430, plots_draw_fan},
    {"clouds", "What the runs decide, and what only together",
     "Each dot is the law fitted again to resampled runs. A long thin cloud means that the runs "
     "fix a combination of the two values better than either: all along it the fits are about "
     "as good. Broken lines from the origin join equal a = beta / (alpha + beta), the exponent of "
     "the best size, at the ends of its interval.",
     560, 960, plots_draw_clouds},
    {"profiles", "What each parameter may be",
     "One parameter is held at each value along the axis and the others are fitted anew: how much "
     "worse the best fit becomes. Where the rise stays under the broken line, the runs do not contradict the value: the band is its interval, the diamond the estimate. A "
     "steep valley is a parameter that they decide, a flat side one that they do not.",
     560, 760, plots_draw_profiles},
    {"laws", "Laws compared",
     "Every law of the comparison, fitted to the same runs (left of the upright line), and what "
     "it says beyond them. Where the lines lie together on the runs and part to the right, the "
     "runs cannot tell the laws apart, and an extrapolation is the choice of a law.",
     560, 430, plots_draw_rivals},
    {"isoflop", "Equal compute, different sizes",
     "Each line joins runs that cost the same compute, divided differently between size and "
     "data. A diamond marks the lowest point, where the sizes that were run bracket it.",
     560, 430, plots_draw_isoflop},
    {"optima", "Best size against compute",
     "The size N* that is best for a compute C, and the exponent a of N* ~ C<sup>a</sup>: from the "
     "lowest points of the lines of equal compute, found in three ways, and from the law fitted to "
     "all losses. A parabola through all sizes of a budget is dragged by the far ones: where it "
     "leaves the others, it lies.",
     560, 430, plots_draw_optima},
    {"worth", "What it is worth",
     "How many times the compute, the time and the tokens of a run the baseline would take to reach "
     "the same loss; 1 is: worth nothing. Diamonds with their intervals are the means "
     "over training lengths at one size, dots the single lengths. Where all sizes have the same "
     "lengths, the larger are shorter of data, and a fall to the right is not yet a fall with "
     "scale; the sentences above allow for that.",
     560, 860, plots_draw_worth},
};
// clang-format on
const size_t N_PLOTS = COUNT_OF(PLOTS);

const PlotKind *plots_find(const char *name) {
    for (size_t i = 0; i < N_PLOTS; i++)
        if (strcmp(PLOTS[i].name, name) == 0) return &PLOTS[i];
    return NULL;
}

Status plots_draw(const PlotKind *kind, const Scene *s, PlotTerm term, Bytes *out, const char **why,
                  Err *err) {
    Plot p = plot_open(s->arena, term, kind->width, kind->height);
    p.label = kind->title;
    *out = (Bytes){0};
    *why = kind->draw(s, &p);
    Status status = *why ? OK : plot_render(&p, out, err);
    plot_close(&p);
    return status == OK ? OK : err_prefix(err, "picture %s: ", kind->name);
}

// ---- ranges and axes ------------------------------------------------------------------------

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

// ---- colours and labels ---------------------------------------------------------------------

void plots_ramp_colour(char colour[8], size_t i, size_t n) {
    static const double STOPS[][3] = {{58, 115, 222}, {110, 92, 212}, {166, 86, 184},
                                      {206, 92, 130}, {220, 118, 66}, {214, 152, 28}};
    const double at = n > 1 ? (double)i / (double)(n - 1) * (COUNT_OF(STOPS) - 1) : 0;
    const size_t k = at >= COUNT_OF(STOPS) - 1 ? COUNT_OF(STOPS) - 2 : (size_t)at;
    unsigned rgb[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = (unsigned)lround(STOPS[k][c] + (at - (double)k) * (STOPS[k + 1][c] - STOPS[k][c]));
    snprintf(colour, 8, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
}

void plots_label(Plot *p, double x, double y, const char *colour, const char *placement,
                 const char *text) {
    plot_say(p, "set label '%s' at %.9g,%.9g %s textcolor rgb '%s'", text, x, y, placement, colour);
}

static double share_of(const PlotFrame *f, double x) {
    return f->log ? log(x / f->lo) / log(f->hi / f->lo) : (x - f->lo) / (f->hi - f->lo);
}

/* Return where a label will be, from an estimate of the size of its letters. */
static PlotBox label_box(const Plot *p, double x, double y, const char *placement,
                         const char *text) {
    const double letter = 10.0 / p->width, line = 26.0 / p->height;
    const double length = letter * (double)strlen(text);
    double right = 0, up = 0;
    const char *offset = strstr(placement, "offset ");
    if (offset) sscanf(offset, "offset %lf,%lf", &right, &up);
    const double at = share_of(&p->x, x) + letter * right;
    const double left = at - (*placement == 'l' ? 0 : *placement == 'c' ? 0.5 : 1) * length;
    const double middle = share_of(&p->y, y) + line * up;
    return (PlotBox){left, left + length, middle - 0.45 * line, middle + 0.45 * line};
}

bool plots_label_if_free(Plot *p, double x, double y, const char *colour, const char *placement,
                         const char *text) {
    const PlotBox b = label_box(p, x, y, placement, text);
    for (int i = 0; i < p->n_labels; i++) {
        const PlotBox *o = &p->labels[i];
        if (b.left < o->right && o->left < b.right && b.bottom < o->top && o->bottom < b.top)
            return false;
    }
    if (p->n_labels == PLOT_MAX_LABELS) return false;
    p->labels[p->n_labels++] = b;
    plots_label(p, x, y, colour, placement, text);
    return true;
}

void plots_spread(double *y, size_t n, double gap, PlotRange within) {
    enum { ROOM = 64, ROUNDS = 200 };
    size_t order[ROOM];
    MUST(n <= ROOM);
    for (size_t i = 0; i < n; i++) { // sorted, so that labels keep their order
        size_t at = i;
        for (; at > 0 && y[order[at - 1]] > y[i]; at--) order[at] = order[at - 1];
        order[at] = i;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) y[i] = fmin(fmax(y[i], within.lo), within.hi);
        for (size_t k = 0; k + 1 < n; k++) {
            double *lower = &y[order[k]], *upper = &y[order[k + 1]];
            const double push = 0.5 * (gap - (*upper - *lower));
            if (push > 0) *lower -= push, *upper += push;
        }
    }
}

// ---- the scene's points ---------------------------------------------------------------------

static double *distinct(Arena *arena, const Points *points, double (*of)(const Point *),
                        size_t *n) {
    double *values = ARENA_ARRAY(arena, double, points->n + 1);
    *n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const double x = of(&points->rows[i]);
        size_t at = 0;
        while (at < *n && values[at] < x) at++;
        if (at < *n && values[at] == x) continue;
        memmove(values + at + 1, values + at, (*n - at) * sizeof *values);
        values[at] = x;
        ++*n;
    }
    return values;
}

double plots_x_params(const Point *q) {
    return q->params;
}
double plots_x_tokens(const Point *q) {
    return q->tokens;
}
double plots_x_flops(const Point *q) {
    return q->flops;
}
double plots_y_loss(const Scene *s, const Point *q) {
    (void)s;
    return q->loss;
}

void scene_measure(Scene *s) {
    s->sizes = distinct(s->arena, s->points, plots_x_params, &s->n_sizes);
    s->lengths = distinct(s->arena, s->points, plots_x_tokens, &s->n_lengths);
}

static double hover_point(Plot *p, const Point *q) {
    char n[32], d[32], se[48] = "";
    if (isfinite(q->loss_se)) snprintf(se, sizeof se, " ± %.4f", q->loss_se);
    return plot_hover(p, "%s\n%s parameters, %s tokens\n%.3g FLOP\nloss %.4f%s", q->id,
                      count_to_text(n, q->params), count_to_text(d, q->tokens), q->flops, q->loss,
                      se);
}

PlotGrouping plots_by_size(const Scene *s) {
    return (PlotGrouping){plots_x_params, s->sizes, s->n_sizes, NULL};
}
PlotGrouping plots_by_length(const Scene *s) {
    return (PlotGrouping){plots_x_tokens, s->lengths, s->n_lengths, NULL};
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
