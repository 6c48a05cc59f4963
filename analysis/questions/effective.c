/* effective.c: the sizes that a law of experts holds equal, told to a sheet. */
#include <math.h>

#include "analysis/fit/sheet.h"
#include "analysis/questions/effective.h"

static double effective_of(const Fit *fit, const double *theta, const void *point) {
    return exp(fit->law->ln_effective(theta, point));
}

void effective_put(Sheet *s, const Fit *fit) {
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
