/* akima.c: chords, slopes, cubic pieces.
 *
 *   piece i:  y = y_i + t_i s + c s^2 + d s^3,   s = x - x_i in [0, h]
 *             c = (3 m - 2 t_i - t_(i+1)) / h,   d = (t_i + t_(i+1) - 2 m) / h^2,   m its chord
 */
#include <math.h>

#include <stdbool.h>

#include "analysis/laws/akima.h"
#include "base/err.h"

/* Return the slope of chord i. Two chords beyond either end are extrapolated [eq. 9]. */
static double chord(size_t n, const double *x, const double *y, long i) {
    const long last = (long)n - 2;
    const long inner = i < 0 ? 0 : i > last ? last : i;
    const double m = (y[inner + 1] - y[inner]) / (x[inner + 1] - x[inner]);
    if (inner == i || last == 0) return m;
    const long next = i < 0 ? 1 : last - 1;
    const double turn = m - (y[next + 1] - y[next]) / (x[next + 1] - x[next]);
    return m + turn * (double)(i < 0 ? -i : i - last);
}

void akima_slopes(size_t n, const double *x, const double *y, double *slope) {
    MUST(n >= 2);
    for (long i = 0; i < (long)n; i++) {
        const double before = chord(n, x, y, i - 2), left = chord(n, x, y, i - 1),
                     right = chord(n, x, y, i), after = chord(n, x, y, i + 1);
        const double of_left = fabs(after - right), of_right = fabs(left - before);
        const double sum = of_left + of_right;
        /* Where both sides are straight, Akima's convention is the mean. */
        const bool straight = sum <= 1e-9 * (fabs(left) + fabs(right));
        slope[i] = straight ? 0.5 * (left + right) : (of_left * left + of_right * right) / sum;
    }
}

typedef struct {
    double h, y, t, c, d;
} Piece;

static Piece piece_of(const double *x, const double *y, const double *slope, size_t i) {
    const double h = x[i + 1] - x[i], m = (y[i + 1] - y[i]) / h, t = slope[i], u = slope[i + 1];
    return (Piece){h, y[i], t, (3 * m - 2 * t - u) / h, (t + u - 2 * m) / (h * h)};
}

static double piece_at(const Piece *p, double s) {
    return p->y + s * (p->t + s * (p->c + s * p->d));
}

double akima_at(size_t n, const double *x, const double *y, const double *slope, double at) {
    size_t lo = 0, hi = n - 1; // x[lo] <= at < x[hi]
    while (hi - lo > 1) {
        const size_t mid = (lo + hi) / 2;
        if (x[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    const Piece p = piece_of(x, y, slope, lo);
    return piece_at(&p, at - x[lo]);
}

/* Find the roots of t + 2 c s + 3 d s^2, in the form that loses no digits when d is small. Return
 * how many there are. */
static int turns(const Piece *p, double s[2]) {
    const double under = p->c * p->c - 3 * p->d * p->t;
    if (!(under >= 0)) return 0;
    const double q = -(p->c + copysign(sqrt(under), p->c));
    int n = 0;
    if (p->d != 0) s[n++] = q / (3 * p->d);
    if (q != 0) s[n++] = p->t / q;
    return n;
}

AkimaLeast akima_least(size_t n, const double *x, const double *y, const double *slope) {
    AkimaLeast least = {x[n - 1], y[n - 1]};
    for (size_t i = 0; i + 1 < n; i++) {
        const Piece p = piece_of(x, y, slope, i);
        double s[3] = {0};
        const int count = 1 + turns(&p, s + 1);
        for (int k = 0; k < count; k++)
            if (s[k] >= 0 && s[k] < p.h && piece_at(&p, s[k]) < least.y)
                least = (AkimaLeast){x[i] + s[k], piece_at(&p, s[k])};
    }
    return least;
}
