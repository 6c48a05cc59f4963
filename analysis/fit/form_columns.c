/* form_columns.c: projections by Gram and Schmidt; studentised residuals from the leverage that the
 * orthonormal columns give. */
#include "analysis/fit/form_columns.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/linear.h"
#include "base/stat.h"

static const double TOLD = 1e-6; // share of a quadratic's length that the law must leave to test it
enum { LEAST_REST = 3, MOST = 32 };
static const double OUTLIER_CHANCE = 1e-4; // that the worst of all rows lies so far out

const char *form_pattern_name(FormPatternKind kind) {
    static const char *const NAMES[] = {"N x D", "N", "D", "C", "D/N"};
    return NAMES[kind];
}

static double quadratic(FormPatternKind kind, double x, double y) {
    switch (kind) {
    case FORM_N_D:
        return x * y;
    case FORM_N:
        return x * x;
    case FORM_D:
        return y * y;
    case FORM_C:
        return (x + y) * (x + y);
    case FORM_RATIO:
        return (y - x) * (y - x);
    case FORM_PATTERNS:
        break;
    }
    BUG("no pattern %d", (int)kind);
}

void form_take_out(const double *q, int k, double *v, size_t n) {
    const LinearBasis basis = {q, n, 1, n, k};
    for (int twice = 0; twice < 2; twice++) linear_take_out(&basis, v, 1);
}

double form_normalise(double *v, size_t n) {
    const double squares = linear_dot(v, v, n);
    for (size_t i = 0; i < n && squares > 0; i++) v[i] /= sqrt(squares);
    return squares;
}

static void middle(const FormRows *rows, double *x, double *y) {
    *x = *y = 0;
    for (size_t i = 0; i < rows->n; i++) {
        *x += rows->ln_n[i] / (double)rows->n;
        *y += rows->ln_d[i] / (double)rows->n;
    }
}

FormColumns form_columns(Arena *arena, const FormRows *rows) {
    const size_t n = rows->n;
    FormColumns c = {.rows = rows};
    c.law = ARENA_ARRAY(arena, double, n *LAW_MAX_PARAMS);
    c.r = ARENA_ARRAY(arena, double, n);
    c.quad = ARENA_ARRAY(arena, double, n *FORM_PATTERNS);
    for (int j = 0; j < rows->k; j++) {
        double *v = c.law + (size_t)c.k * n;
        for (size_t i = 0; i < n; i++) v[i] = rows->root[i] * rows->gradient[i * rows->k + j];
        const double before = linear_dot(v, v, n);
        form_take_out(c.law, c.k, v, n);
        c.k += form_normalise(v, n) > 1e-14 * before;
    }
    for (size_t i = 0; i < n; i++) c.r[i] = rows->root[i] * rows->residual[i];
    form_take_out(c.law, c.k, c.r, n);
    double x, y;
    middle(rows, &x, &y);
    for (int j = 0; j < FORM_PATTERNS; j++) {
        double *v = c.quad + (size_t)j * n;
        for (size_t i = 0; i < n; i++)
            v[i] =
                rows->root[i] * quadratic((FormPatternKind)j, rows->ln_n[i] - x, rows->ln_d[i] - y);
        const double before = linear_dot(v, v, n);
        form_take_out(c.law, c.k, v, n);
        c.told[j] = form_normalise(v, n) > TOLD * TOLD * before;
    }
    return c;
}

/* ---- rows far from everything ---------------------------------------------------------------- */

/* Return the row that lies farthest out, and in *chance how likely the worst row is to lie there.
 */
static size_t worst_row(const FormRows *rows, double *chance) {
    Arena *scratch = arena_open();
    const size_t n = rows->n;
    const FormColumns c = form_columns(scratch, rows);
    double *q = ARENA_ARRAY(scratch, double, n *(LAW_MAX_PARAMS + FORM_PATTERNS));
    int k = c.k;
    memcpy(q, c.law, sizeof *q * n * (size_t)k);
    for (int j = 0; j < FORM_PATTERNS; j++) {
        double *v = q + (size_t)k * n;
        memcpy(v, c.quad + (size_t)j * n, sizeof *v * n);
        form_take_out(q, k, v, n);
        k += c.told[j] && form_normalise(v, n) > TOLD;
    }
    form_take_out(q, k, c.r, n);
    const double all = linear_dot(c.r, c.r, n), rest = (double)n - k - 1;
    size_t worst = 0;
    double most = 0;
    for (size_t i = 0; i < n && rest >= LEAST_REST; i++) {
        double kept = 1; // of the row's own noise
        for (int j = 0; j < k; j++) kept -= q[(size_t)j * n + i] * q[(size_t)j * n + i];
        if (!(kept > TOLD)) continue;
        const double own = c.r[i] * c.r[i] / kept;
        const double t2 = own / (fmax(all - own, 1e-300) / rest);
        if (t2 > most) most = t2, worst = i;
    }
    *chance = most > 0 ? (double)n * stat_f_above(most, 1, rest) : 1;
    arena_close(scratch);
    return worst;
}

size_t form_without_outliers(FormRows *rows) {
    const size_t tenth = rows->n / 10, most = tenth < MOST ? tenth : MOST;
    size_t n = 0;
    for (; n < most; n++) {
        double chance;
        const size_t worst = worst_row(rows, &chance);
        if (!(chance < OUTLIER_CHANCE)) break;
        form_rows_drop(rows, worst);
    }
    return n;
}
