/* plots_labels.c: colours by rank, and labels with their places. */
#include "analysis/report/plots_labels.h"

#include <math.h>
#include <string.h>

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
