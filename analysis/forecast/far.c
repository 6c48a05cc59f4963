/* far.c: finds rows far from every law, and sets them aside. */
#include "analysis/forecast/far.h"

#include <math.h>

#include "base/stat.h"
#include "base/text.h"

static const double FAR = 5;           // robust standard deviations
static const double FAR_LEAST = 0.01;  // in ln L: what is nearer spoils nothing
static const double MOST_SHARE = 0.10; // of the rows, which may be far
enum { NAMED = 3 };                    // rows that the sentence names

/* Fill in how far each row lies from a law, in ln L. Return the distance that counts as far. */
static double distances(Arena *scratch, const Points *points, const FarLaw *l, double *out) {
    const double k = l->problem->n_free, n = (double)points->n;
    double *size = ARENA_ARRAY(scratch, double, points->n);
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        out[i] = log(p->loss) - law_log_loss(l->problem->law, l->at->theta, p);
        size[i] = fabs(out[i]);
    }
    const double sd = 1.4826 * stat_median(size, points->n) * sqrt(n / fmax(1, n - k));
    return fmax(FAR * sd, FAR_LEAST);
}

/* For every row the distance from the law that is nearest to it; 0 where it is not far from all. */
typedef struct {
    const Points *points;
    double *nearest; // (points)
    size_t n;        // rows that are far
} Found;

static Found find(Arena *arena, const Points *points, const FarLaw *laws, size_t n) {
    Found f = {points, ARENA_ARRAY(arena, double, points->n), 0};
    double *r = ARENA_ARRAY(arena, double, points->n);
    for (size_t i = 0; i < points->n; i++) f.nearest[i] = INFINITY;
    for (size_t k = 0; k < n; k++) {
        const double far = distances(arena, points, &laws[k], r);
        for (size_t i = 0; i < points->n; i++) {
            if (!(fabs(r[i]) > far)) r[i] = 0;
            if (fabs(r[i]) < fabs(f.nearest[i])) f.nearest[i] = r[i];
        }
    }
    for (size_t i = 0; i < points->n; i++) f.n += f.nearest[i] != 0;
    return f;
}

static bool is_near(const void *context, const Point *p) {
    const Found *f = context;
    return f->nearest[p - f->points->rows] == 0;
}

/* "line 8 (+30 %), line 17 (+212 %) and 4 more" */
static const char *named(Arena *arena, const Found *f) {
    Text t = {0};
    size_t told = 0;
    for (size_t i = 0; i < f->points->n && told < NAMED; i++) {
        const Point *p = &f->points->rows[i];
        if (f->nearest[i] == 0) continue;
        text_add(&t, told++ ? ", " : "");
        if (*p->id)
            text_add(&t, "run %s", p->id);
        else
            text_add(&t, "line %d", p->line);
        text_add(&t, " (%+.0f %%)", 100 * expm1(f->nearest[i]));
    }
    if (f->n > told) text_add(&t, " and %zu more", f->n - told);
    const char *out = arena_strdup(arena, t.s);
    text_close(&t);
    return out;
}

const Points *far_rows_out(Arena *arena, const Points *points, const FarLaw *laws, size_t n,
                           const char **told) {
    const Found f = find(arena, points, laws, n);
    *told = NULL;
    if (n == 0 || f.n == 0 || (double)f.n > MOST_SHARE * (double)points->n) return points;
    *told = arena_printf(arena,
                         "Far from every law, and without a say in the forecast, which foretells "
                         "no such runs: %zu of %zu rows, %s.",
                         f.n, points->n, named(arena, &f));
    return points_only(arena, points, is_near, &f, "far from every law");
}
