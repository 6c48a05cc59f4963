/* form_repeats.c: sums of squares about the means of cells. */
#include "analysis/fit/form_repeats.h"

#include <math.h>

#include "analysis/fit/form_lack.h"

typedef struct {
    int rows;
    double weight, mean, squares, looks; // looks: sum of 1 / nudged, the rounding left in a mean
} Cell;

static Cell *cells_of(Arena *arena, const FormRows *rows) {
    Cell *cells = ARENA_ARRAY(arena, Cell, (size_t)rows->n_cells);
    for (size_t i = 0; i < rows->n; i++) {
        Cell *c = &cells[rows->cell[i]];
        const double w = rows->root[i] * rows->root[i], off = rows->residual[i] - c->mean;
        c->rows++;
        c->weight += w;
        c->mean += w / c->weight * off; // [Welford 1962]
        c->squares += w * off * (rows->residual[i] - c->mean);
        c->looks += 1.0 / rows->nudged[i];
    }
    return cells;
}

FormRepeats form_repeats(const FormRows *rows) {
    Arena *scratch = arena_open();
    FormRepeats out = {.run.sd = NAN, .rounding = rows->rounding, .seed = NAN};
    FormDeviation *run = &out.run;
    const Cell *cells = cells_of(scratch, rows);
    double squares = 0, looks = 0;
    for (int c = 0; c < rows->n_cells; c++) {
        if (cells[c].rows < 2) continue;
        run->cells++;
        run->repeats += cells[c].rows;
        squares += cells[c].squares;
        looks += cells[c].looks;
    }
    run->freedom = form_rank(scratch, rows) - rows->n_cells;
    if (run->freedom > 0) {
        const double between = squares / (run->repeats - run->cells), round = out.rounding.sd;
        const double left = isnan(round) ? 0 : round * round * (1 - looks / run->repeats);
        run->sd = sqrt(between + left);
        if (!isnan(round)) out.seed = sqrt(fmax(0, run->sd * run->sd - round * round));
    }
    arena_close(scratch);
    return out;
}
