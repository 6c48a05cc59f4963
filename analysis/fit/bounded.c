/* bounded.c: Lawson & Hanson's active set (Solving Least Squares Problems, 1974, ch. 23: NNLS),
 * with upper bounds beside the lower ones [Stark & Parker 1995, Bounded-variable least squares,
 * Comput. Stat. 10, 129-141].
 *
 * Each coefficient is free or sits at a bound. A round frees the one whose gradient points inward
 * most steeply, and solves least squares over the free ones. A coefficient that would leave its
 * range on the way there stops at the bound that it meets, and is no longer free.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "analysis/fit/bounded.h"

/* What is smaller than this share of the terms it was computed from is rounding. */
static const double ROUNDING = 1e-13;

/* Make column k of m rows 0 below row k, by a Householder reflection. */
static void reflect(double (*a)[BOUNDED_MAX + 1], int m, int n_columns, int k) {
    double norm = 0;
    for (int i = k; i < m; i++) norm = hypot(norm, a[i][k]);
    if (norm == 0) return;
    double v[BOUNDED_ROWS];
    for (int i = k; i < m; i++) v[i] = a[i][k];
    v[k] += copysign(norm, v[k]);
    const double half = norm * fabs(v[k]); // |v|^2 / 2
    for (int j = k; j < n_columns; j++) {
        double dot = 0;
        for (int i = k; i < m; i++) dot += v[i] * a[i][j];
        for (int i = k; i < m; i++) a[i][j] -= dot / half * v[i];
    }
    for (int i = k + 1; i < m; i++) a[i][k] = 0;
}

void bounded_fold(BoundedTriangle *t) {
    for (int k = 0; k <= t->n && k < t->n_rows; k++) reflect(t->a, t->n_rows, t->n + 1, k);
    if (t->n_rows > t->n + 1) t->n_rows = t->n + 1;
}

void bounded_add_row(BoundedTriangle *t, const double *row, double weight) {
    MUST(t->n >= 1 && t->n <= BOUNDED_MAX);
    if (t->n_rows == BOUNDED_ROWS) bounded_fold(t);
    for (int j = 0; j <= t->n; j++) t->a[t->n_rows][j] = sqrt(weight) * row[j];
    t->n_rows++;
}

/* Fill out with what the coefficients leave of the right-hand side, in the triangle's rows. */
static void residuals(const BoundedTriangle *t, const double *c, double *out) {
    for (int i = 0; i < t->n_rows; i++) {
        out[i] = t->a[i][t->n];
        for (int j = 0; j < t->n; j++) out[i] -= t->a[i][j] * c[j];
    }
}

static double column_norm(const BoundedTriangle *t, int j) {
    double norm = 0;
    for (int i = 0; i < t->n_rows; i++) norm = hypot(norm, t->a[i][j]);
    return norm;
}

/* Solve least squares over the free coefficients; the others stay as they are in c. A free
 * coefficient stays, too, where the free columns before it span its own. */
static void solve_free(const BoundedTriangle *t, const bool *is_free, const double *c,
                       double *out) {
    BoundedTriangle s = {.n_rows = t->n_rows};
    double left[BOUNDED_ROWS];
    int of[BOUNDED_MAX];
    residuals(t, c, left);
    for (int j = 0; j < t->n; j++) {
        out[j] = c[j];
        if (is_free[j]) of[s.n++] = j;
    }
    for (int i = 0; i < t->n_rows; i++) {
        for (int k = 0; k < s.n; k++) s.a[i][k] = t->a[i][of[k]];
        s.a[i][s.n] = left[i];
    }
    bounded_fold(&s);
    double step[BOUNDED_MAX];
    for (int k = s.n - 1; k >= 0; k--) {
        step[k] = k < s.n_rows ? s.a[k][s.n] : 0;
        for (int l = k + 1; l < s.n && k < s.n_rows; l++) step[k] -= s.a[k][l] * step[l];
        const bool spanned = k >= s.n_rows || fabs(s.a[k][k]) <= ROUNDING * column_norm(t, of[k]);
        step[k] = spanned ? 0 : step[k] / s.a[k][k];
        out[of[k]] += step[k];
    }
}

/* Return the coefficient at a bound whose move inward lowers the sum of squares fastest, per norm
 * of its column; -1 where none does. */
static int to_free(const BoundedTriangle *t, const bool *is_free, const double *lo,
                   const double *hi, const double *c) {
    double left[BOUNDED_ROWS], steepest = 0, size = 0;
    int best = -1;
    residuals(t, c, left);
    for (int i = 0; i < t->n_rows; i++) size = hypot(size, t->a[i][t->n]);
    for (int j = 0; j < t->n; j++) {
        if (is_free[j] || lo[j] == hi[j]) continue;
        const double norm = column_norm(t, j);
        double slope = 0;
        for (int i = 0; i < t->n_rows; i++) slope += t->a[i][j] * left[i];
        if (c[j] > lo[j]) slope = -slope; // it sits at its upper bound
        if (slope > ROUNDING * norm * size && slope / norm > steepest)
            steepest = slope / norm, best = j;
    }
    return best;
}

/* Move c toward the wanted coefficients as far as bounds allow. Return false where a bound was met,
 * whose coefficient is then no longer free. */
static bool advance(int n, bool *is_free, const double *lo, const double *hi, const double *wanted,
                    double *c) {
    double share = 1;
    int met = -1;
    for (int j = 0; j < n; j++) {
        if (!is_free[j]) continue;
        const double bound = wanted[j] < lo[j] ? lo[j] : hi[j];
        if (wanted[j] >= lo[j] && wanted[j] <= hi[j]) continue;
        const double s = (bound - c[j]) / (wanted[j] - c[j]);
        if (s <= share) share = s, met = j;
    }
    for (int j = 0; j < n; j++)
        if (is_free[j]) c[j] += share * (wanted[j] - c[j]);
    if (met < 0) return true;
    c[met] = wanted[met] < lo[met] ? lo[met] : hi[met];
    is_free[met] = false;
    return false;
}

void bounded_least_squares(BoundedTriangle *t, const double *lo, const double *hi, double *c) {
    bool is_free[BOUNDED_MAX] = {false};
    double wanted[BOUNDED_MAX];
    bounded_fold(t);
    memcpy(c, lo, sizeof(double) * t->n);
    for (int round = 0; round < 10 * t->n; round++) { // each lowers the sum: few are needed
        const int j = to_free(t, is_free, lo, hi, c);
        if (j < 0) return;
        is_free[j] = true;
        do solve_free(t, is_free, c, wanted);
        while (!advance(t->n, is_free, lo, hi, wanted, c));
    }
}
