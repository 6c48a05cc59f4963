/* leverage.c: makes an orthonormal basis by Gram and Schmidt. What groups lost is found from the
 * eigenvalues of Q_g' Q_g, which are those of Q_g Q_g' that are not 0. */
#include <math.h>
#include <string.h>

#include "analysis/fit/leverage.h"
#include "base/linear.h"

/* A gradient counts as a column of its own where this share of its length is left beside the
 * others. */
static const double TOLD = 1e-7;
/* A group that keeps less than this of its noise in some direction decides that direction alone. */
static const double ALONE = 1e-3;

static void gradients(const Problem *p, const double *theta, Leverage *l, double *x, double *fitted,
                      double *r) {
    const int k = p->law->n_params;
    for (size_t i = 0; i < l->n; i++) {
        double *row = x + i * (size_t)k;
        const double *at = p->data.x + i * (size_t)p->data.n_x;
        fitted[i] = p->law->log_loss(theta, at, row);
        problem_gradient_to_z(p, theta, row);
        r[i] = l->root[i] * (p->data.ln_loss[i] - fitted[i]);
        for (int j = 0; j < k; j++) row[j] *= p->fixed[j] ? 0 : l->root[i];
    }
}

/* Make column j of x (n, k) orthogonal to the first `done` and of length 1, and put it behind them.
 * Return false where nothing is left of it. */
static bool orthonormal(double *x, size_t n, int k, int done, int j) {
    const LinearBasis basis = {x, n, (size_t)k, 1, done};
    double before = 0, left = 0;
    for (size_t i = 0; i < n; i++) before += x[i * k + j] * x[i * k + j];
    for (int twice = 0; twice < 2; twice++) linear_take_out(&basis, x + j, (size_t)k);
    for (size_t i = 0; i < n; i++) left += x[i * k + j] * x[i * k + j];
    if (!(left > TOLD * TOLD * before)) return false;
    for (size_t i = 0; i < n; i++) x[i * k + done] = x[i * k + j] / sqrt(left);
    return true;
}

/* Turn the residuals of any estimator into those of least squares. A fit of least absolute
 * deviations goes through k of its rows, and noise that is 0 there would be too little. */
static void project(const Leverage *l, double *r) {
    linear_take_out(&(LinearBasis){l->q, l->n, (size_t)l->k, 1, l->k}, r, 1);
}

Leverage leverage_of(Arena *arena, const Problem *p, const double *theta) {
    const size_t n = p->points->n;
    const int k = p->law->n_params;
    double *x = ARENA_ARRAY(arena, double, n *(size_t)k),
           *q = ARENA_ARRAY(arena, double, n *(size_t)k);
    double *fitted = ARENA_ARRAY(arena, double, n), *r = ARENA_ARRAY(arena, double, n),
           *root = ARENA_ARRAY(arena, double, n);
    Leverage l = {.n = n, .q = q, .root = root, .fitted = fitted, .r = r};
    for (size_t i = 0; i < n; i++) root[i] = sqrt(problem_weight(p, i));
    gradients(p, theta, &l, x, fitted, r);
    for (int j = 0; j < k; j++) l.k += orthonormal(x, n, k, l.k, j);
    for (size_t i = 0; i < n; i++) memcpy(q + i * (size_t)l.k, x + i * (size_t)k, sizeof *q * l.k);
    project(&l, r);
    return l;
}

typedef double Square[LAW_MAX_PARAMS][LAW_MAX_PARAMS];

/* Diagonalise a by Jacobi's rotations: its diagonal becomes the eigenvalues, the columns of v
 * become the eigenvectors [Golub and Van Loan, Matrix Computations, sec. 8.5]. */
static void eigen(int k, Square a, Square v) {
    enum { SWEEPS = 30 };
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) v[i][j] = i == j;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int p = 0; p < k; p++)
            for (int q = p + 1; q < k; q++) {
                if (fabs(a[p][q]) < 1e-300) continue;
                const double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
                const double t = copysign(1, tau) / (fabs(tau) + sqrt(1 + tau * tau));
                const double c = 1 / sqrt(1 + t * t), s = t * c;
                for (int i = 0; i < k; i++) {
                    const double ap = a[i][p], aq = a[i][q];
                    a[i][p] = c * ap - s * aq, a[i][q] = s * ap + c * aq;
                }
                for (int i = 0; i < k; i++) {
                    const double ap = a[p][i], aq = a[q][i], vp = v[i][p], vq = v[i][q];
                    a[p][i] = c * ap - s * aq, a[q][i] = s * ap + c * aq;
                    v[i][p] = c * vp - s * vq, v[i][q] = s * vp + c * vq;
                }
            }
}

/* Fill out with (I - Q_g' Q_g)^-1 Q_g' r_g, by the eigenvalues s of Q_g' Q_g. Q_g times it is what
 * is added to the residuals of a group. A direction that the group alone decides gets nothing. */
static void give_back(int k, Square a, const double *qr, double *out) {
    Square v;
    eigen(k, a, v);
    memset(out, 0, sizeof(double) * k);
    for (int j = 0; j < k; j++) {
        const double s = a[j][j];
        if (!(s > 1e-14) || s > 1 - ALONE) continue;
        double along = 0;
        for (int i = 0; i < k; i++) along += v[i][j] * qr[i];
        along /= 1 - s;
        for (int i = 0; i < k; i++) out[i] += v[i][j] * along;
    }
}

void leverage_unfit(const Leverage *l, const Points *points, double *out) {
    const int k = l->k, n_groups = points->n_groups;
    Arena *scratch = arena_open();
    Square *a = ARENA_ARRAY(scratch, Square, (size_t)n_groups);
    double(*qr)[LAW_MAX_PARAMS] = arena_array(scratch, (size_t)n_groups, sizeof *qr);
    for (size_t i = 0; i < l->n; i++) {
        const double *q = l->q + i * (size_t)k;
        const int g = points->rows[i].group;
        for (int c = 0; c < k; c++) {
            qr[g][c] += q[c] * l->r[i];
            for (int d = 0; d < k; d++) a[g][c][d] += q[c] * q[d];
        }
    }
    for (int g = 0; g < n_groups; g++) {
        double back[LAW_MAX_PARAMS];
        give_back(k, a[g], qr[g], back);
        memcpy(qr[g], back, sizeof back);
    }
    for (size_t i = 0; i < l->n; i++) {
        double sum = l->r[i];
        for (int c = 0; c < k; c++) sum += l->q[i * (size_t)k + c] * qr[points->rows[i].group][c];
        out[i] = l->root[i] > 0 ? sum / l->root[i] : 0;
    }
    arena_close(scratch);
}
