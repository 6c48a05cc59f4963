/* noise.c: two sums of squares and what they should be.
 *
 * With R = I - Q Q' (leverage.h), Z (n, G) telling the trunk of each row, m_g rows in trunk g and
 * S_g the sum of Q's rows in it,
 *     E sum r^2                  = (n - k) run^2            + (n - tr T1) trunk^2
 *     E sum_g (sum r)^2 / m_g    = (G - tr T2) run^2        + (n - 2 tr T1 + tr T1 T2) trunk^2
 * where T1 = sum_g S_g S_g' and T2 = sum_g S_g S_g' / m_g.
 */
#include <math.h>

#include "base/rng.h"
#include "analysis/fit/leverage.h"
#include "analysis/fit/noise.h"

typedef double Square[LAW_MAX_PARAMS][LAW_MAX_PARAMS];

typedef struct {
    double rows, trunks;             // sums of squares: of residuals, and of their means by trunk
    double rows_run, rows_trunk;     // what one unit of run^2 and of trunk^2 adds to `rows`
    double trunks_run, trunks_trunk; // what one unit of run^2 and of trunk^2 adds to `trunks`
    double n_trunks;
} Moments;

static Moments moments_of(Arena *scratch, const Leverage *l, const Points *points) {
    const int k = l->k;
    const size_t n_groups = (size_t)points->n_groups;
    double(*sums)[LAW_MAX_PARAMS] = arena_array(scratch, n_groups, sizeof *sums);
    double *r = ARENA_ARRAY(scratch, double, n_groups), *m = ARENA_ARRAY(scratch, double, n_groups);
    Moments out = {.rows_run = (double)l->n - k, .rows_trunk = (double)l->n};
    for (size_t i = 0; i < l->n; i++) {
        const int g = points->rows[i].group;
        out.rows += l->r[i] * l->r[i];
        r[g] += l->r[i];
        m[g]++;
        for (int c = 0; c < k; c++) sums[g][c] += l->q[i * (size_t)k + c];
    }
    Square t1 = {{0}}, t2 = {{0}};
    for (size_t g = 0; g < n_groups; g++) {
        if (m[g] == 0) continue;
        out.n_trunks++;
        out.trunks += r[g] * r[g] / m[g];
        for (int c = 0; c < k; c++)
            for (int d = 0; d < k; d++) {
                t1[c][d] += sums[g][c] * sums[g][d];
                t2[c][d] += sums[g][c] * sums[g][d] / m[g];
            }
    }
    out.trunks_run = out.n_trunks;
    out.trunks_trunk = (double)l->n;
    for (int c = 0; c < k; c++) {
        out.rows_trunk -= t1[c][c];
        out.trunks_run -= t2[c][c];
        out.trunks_trunk -= 2 * t1[c][c];
        for (int d = 0; d < k; d++) out.trunks_trunk += t1[c][d] * t2[d][c];
    }
    return out;
}

/* Tell the noise of trunk and run apart; the total is that of a new run. */
static void split(const Moments *m, Noise *out) {
    const double det = m->rows_run * m->trunks_trunk - m->rows_trunk * m->trunks_run;
    double run = (m->rows * m->trunks_trunk - m->trunks * m->rows_trunk) / det;
    double trunk = (m->trunks * m->rows_run - m->rows * m->trunks_run) / det;
    if (trunk < 0) run = m->rows / m->rows_run, trunk = 0;
    if (run < 0) trunk = m->rows / m->rows_trunk, run = 0;
    out->trunk = sqrt(trunk);
    out->run = sqrt(run);
    out->total = sqrt(trunk + run);
    /* total^2 = mean square between trunks + (1 - 1/m) run^2, each with its degrees of freedom. */
    const double per_trunk = 1 / (m->rows_trunk / m->n_trunks), between = trunk + run * per_trunk,
                 within = run * (1 - per_trunk);
    const double uncertain =
        between * between / m->trunks_run + within * within / (m->rows_run - m->trunks_run);
    if (uncertain > 0) out->freedom = (int)fmax(1, (trunk + run) * (trunk + run) / uncertain);
}

Noise noise_from(const Problem *p, const double *theta) {
    Noise out = {NAN, NAN, NAN, 1};
    if (!p->law->log_loss) return out;
    Arena *scratch = arena_open();
    const Leverage l = leverage_of(scratch, p, theta);
    const Moments m = moments_of(scratch, &l, p->points);
    if (m.rows_run >= 1) {
        out.total = sqrt(m.rows / m.rows_run);
        out.freedom = (int)m.rows_run;
        if (m.trunks_run >= 1 && m.rows_run - m.trunks_run >= 1) split(&m, &out);
    }
    arena_close(scratch);
    return out;
}

enum { MANY = 100 }; // with more degrees of freedom a chi-square is drawn by approximation

double noise_size(uint64_t seed, const char *stream, int freedom, int r) {
    const Stream s = stream_open(seed, stream, (uint64_t)r);
    double sum = 0;
    for (int i = 0; i < freedom && freedom <= MANY; i++) {
        const double z = stream_normal(&s, (uint64_t)i);
        sum += z * z;
    }
    if (freedom > MANY) { // the cube of a normal [Wilson and Hilferty 1931]
        const double v = 2 / (9.0 * freedom);
        sum = freedom * pow(1 - v + sqrt(v) * stream_normal(&s, 0), 3);
    }
    return sqrt(freedom / sum);
}
