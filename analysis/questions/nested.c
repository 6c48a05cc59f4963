/* nested.c: the test of a law within a wider one. */
#include "analysis/questions/nested.h"

#include <math.h>
#include <string.h>

#include "analysis/questions/validate.h"
#include "base/sheet.h"
#include "base/stat.h"

enum { OTHER_STARTS = 4 };

static const Fit *find(const Fit *const *fits, size_t n, const char *name) {
    for (size_t k = 0; k < n; k++)
        if (strcmp(fits[k]->law->name, name) == 0) return fits[k];
    return NULL;
}

/* Return the least sum of squared residuals of ln L, whichever estimator the fit used. */
static double squares(Arena *scratch, const Fit *fit) {
    Problem p = *fit->problem;
    p.estimator = estimator_find("l2-log");
    return estimate_again(scratch, &p, fit->theta, OTHER_STARTS).objective;
}

static NestedTest test_of(Arena *scratch, const Fit *inner, const Fit *outer) {
    NestedTest t = {inner->law->name,
                    outer->law->name,
                    outer->n_free - inner->n_free,
                    (int)outer->points->n - outer->n_free,
                    NAN,
                    NAN};
    if (t.rest <= 0 || t.freedom <= 0) return t;
    const double r0 = squares(scratch, inner), r1 = squares(scratch, outer);
    t.f = fmax(r0 - r1, 0) / t.freedom / (r1 / t.rest);
    t.p = stat_f_above(t.f, t.freedom, t.rest);
    return t;
}

/* Test the smallest laws first. */
size_t nested_tests(Arena *arena, const Fit *const *fits, size_t n_fits, const NestedTest **out) {
    NestedTest *tests = ARENA_ARRAY(arena, NestedTest, n_fits);
    size_t n = 0;
    for (int size = 1; size <= LAW_MAX_PARAMS; size++)
        for (size_t i = 0; i < n_fits; i++) {
            const Law *law = fits[i]->law;
            const Fit *outer = law->within ? find(fits, n_fits, law->within) : NULL;
            if (!outer || law->n_params != size) continue;
            tests[n] = test_of(arena, fits[i], outer);
            if (tests[n].rest > 0 && tests[n].freedom > 0) n++;
        }
    *out = tests;
    return n;
}

void nested_put(Sheet *s, const Points *points, const NestedTest *tests, size_t n) {
    if (sheet_for_people(s) && n == 0) return;
    sheet_table(
        s, "nested", '[',
        points->n_groups < (int)points->n
            ? "F-tests of nested laws; they presume Gaussian ln L and independent runs, and "
              "runs that share a trunk are not: p is too small"
            : "F-tests of nested laws; they presume Gaussian ln L and independent runs");
    for (size_t i = 0; i < n; i++) {
        const NestedTest *t = &tests[i];
        sheet_row(s, NULL);
        sheet_text(s, "law", t->inner);
        sheet_text(s, "within", t->outer);
        sheet_number(s, "f", t->f);
        sheet_count(s, "freedom", (uint64_t)t->freedom);
        sheet_count(s, "rest", (uint64_t)t->rest);
        sheet_number(s, "p", t->p);
        sheet_text(s, "told", t->p < 0.05 ? "the wider law is better" : "no evidence for more");
    }
    sheet_end(s);
}
