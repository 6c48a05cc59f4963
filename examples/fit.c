/* fit.c: fits a table of losses with the library, in one page.
 *
 *     make build/examples/fit
 *     build/examples/fit runs.csv                 columns params, tokens, loss
 *
 * libtinyscale.a holds all of the program but its commands' front door. This example uses analysis/
 * alone. Link with the Makefile's LIBS.
 */
#include <stdio.h>

#include "analysis/fit/fit_points.h"
#include "analysis/points/points.h"

static Status fit_table(Arena *arena, const char *path, Err *err) {
    Points points, held;
    Fit fit;
    TRY(points_open(arena, path, &(PointsOptions){0}, &points, &held, err));
    const FitOptions options = fit_options_default(); // chinchilla, huber-log, 400 resamples
    TRY(fit_points(arena, &points, &held, &options, &fit, err));

    printf("%s of %zu runs: %s\n", fit.law->formula, points.n, fit_status_name(fit.status));
    for (int i = 0; i < fit.n_notes; i++) printf("  %s\n", fit.notes[i]);
    for (int i = 0; i < fit.law->n_params; i++)
        printf("%-6s %10.4g [%.4g, %.4g]\n", fit.law->params[i].name, fit.params[i].value,
               fit.params[i].lo, fit.params[i].hi);
    const Point *last = &points.rows[points.n - 1]; // its size is predicted at ten times its length
    const Interval loss = fit_predict(&fit, last->params, 10 * last->tokens, true);
    printf("N = %.4g, D = %.4g: %.4f [%.4f, %.4f] nat/token\n", last->params, 10 * last->tokens,
           loss.value, loss.lo, loss.hi);
    return OK;
}

int main(int argc, char **argv) {
    Err err = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: fit TABLE.csv\n");
        return 2;
    }
    Arena *arena = arena_open();
    const Status status = fit_table(arena, argv[1], &err);
    if (status != OK) fprintf(stderr, "fit: %s\n", err.message);
    arena_close(arena);
    return status == OK ? 0 : 1;
}
