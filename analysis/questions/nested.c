/* nested.c: which law is within which, and the test. */
#include "analysis/questions/nested.h"

#include <math.h>
#include <string.h>

#include "base/stat.h"
#include "base/sheet.h"
#include "analysis/questions/validate.h"

static const char *const NESTINGS[][2] = {
    {"power", "power-offset"},
    {"chinchilla-tied", "chinchilla"},
    {"chinchilla", "skaling"},
};
enum { OTHER_STARTS = 4 };

static const Fit *find(const Fit *fits, size_t n, const char *name) {
    for (size_t k = 0; k < n; k++)
        if (strcmp(fits[k].law->name, name) == 0) return &fits[k];
    return NULL;
}

/* Least squares of ln L, whatever the estimator was. */
static double squares(Arena *scratch, const Fit *fit) {
    Problem p = *fit->problem;
    p.estimator = estimator_find("l2-log");
    return validate_refit(scratch, &p, fit->theta, OTHER_STARTS).objective;
}

size_t nested_tests(Arena *arena, const Fit *fits, size_t n_fits, const NestedTest **out) {
    NestedTest *tests = ARENA_ARRAY(arena, NestedTest, COUNT_OF(NESTINGS));
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(NESTINGS); i++) {
        const Fit *inner = find(fits, n_fits, NESTINGS[i][0]);
        const Fit *outer = find(fits, n_fits, NESTINGS[i][1]);
        if (!inner || !outer || outer->n_free <= inner->n_free) continue;
        NestedTest t = {inner->law->name,
                        outer->law->name,
                        outer->n_free - inner->n_free,
                        (int)outer->points->n - outer->n_free,
                        NAN,
                        NAN};
        if (t.rest <= 0) continue;
        const double r0 = squares(arena, inner), r1 = squares(arena, outer);
        t.f = fmax(r0 - r1, 0) / t.freedom / (r1 / t.rest);
        t.p = stat_f_above(t.f, t.freedom, t.rest);
        tests[n++] = t;
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
