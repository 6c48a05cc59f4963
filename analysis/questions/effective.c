/* effective.c: for a law that distinguishes models with experts from dense ones: the size of the
 * dense model that has, by this law, the loss of each setting that was run. */
#include <math.h>

#include "analysis/questions/study.h"

static double effective_of(const Fit *fit, const double *theta, const void *point) {
    return exp(fit->law->ln_effective(theta, point));
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Fit *fit = &study->fit;
    (void)answer;
    if (!fit->law->ln_effective) return;
    sheet_table(s, "effective", '[', "dense models of the same loss, by this law");
    for (size_t i = 0; i < fit->points->n; i++) {
        const Point *p = &fit->points->rows[i];
        bool met = false;
        for (size_t k = 0; k < i && !met; k++) {
            const Point *q = &fit->points->rows[k];
            met = point_active(q) == point_active(p) && point_expansion(q) == point_expansion(p);
        }
        if (met) continue;
        sheet_row(s, NULL);
        sheet_size(s, "params_active", point_active(p));
        sheet_number(s, "expansion", point_expansion(p));
        sheet_interval(s, "dense_params", fit_interval(fit, effective_of, p));
    }
    sheet_end(s);
}

extern const Question EFFECTIVE_QUESTION;
const Question EFFECTIVE_QUESTION = {.put = put};
