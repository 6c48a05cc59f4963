/* returns_foretold.c: diminishing returns beyond the runs, where one law alone is not to be
 * trusted: losses and gains there are what several laws foretell. */
#include <math.h>

#include "analysis/questions/returns.h"

/* The run of a row: of its best size and length, or of that which the table moves. */
static Point run_of(const Fit *fit, const Returns *t, const ReturnsRow *row) {
    return fit_point(fit, t->of == RETURNS_TOKENS ? t->at : row->params.value,
                     t->of == RETURNS_PARAMS ? t->at : row->tokens.value);
}

static void foretell(const Fit *fit, const Forecast *forecast, Returns *t) {
    for (size_t i = 0; i < t->n; i++) {
        ReturnsRow *row = &t->rows[i];
        const Point at = run_of(fit, t, row);
        if (row->measured || !isfinite(at.params) || !isfinite(at.tokens)) continue;
        row->loss = forecast_predict(forecast, &at, false);
        t->foretold = true;
        if (i == 0) continue;
        const Point before = run_of(fit, t, &t->rows[i - 1]);
        row->gain = forecast_gain(forecast, &before, &at);
    }
}

void returns_foretell(const Fit *fit, const Forecast *forecast, ReturnsSet *set) {
    for (ReturnsOf of = 0; of < RETURNS_KINDS; of++)
        for (int k = 0; k < 2; k++) foretell(fit, forecast, &set->tables[of][k]);
}
