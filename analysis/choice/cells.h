/* cells.h: the runs from which a design may choose, and how long those that it chose take.
 *
 *     name,params,tokens,flops,seconds,trunk,shared_s
 *     "d_model 16, 250k tokens",20736,250000,4.1e10,2.1,16,1.6
 *
 * A cell is a size and a length. A design runs it any number of times, each time with another seed:
 * replicate r of a cell belongs to replicate r of its trunk. Cells of one trunk share its first
 * steps, so that together they cost less than each by itself, and share its noise. Who writes such
 * a table knows a machine; who reads it knows laws.
 */
#ifndef ANALYSIS_CHOICE_CELLS_H
#define ANALYSIS_CHOICE_CELLS_H

#include "analysis/points/point.h"
#include "base/err.h"

typedef struct {
    const char *name; // what sentences call it
    Point at;         // params, tokens, flops; no loss
    int trunk;        // cells with one number share trunks; -1: its runs share none
    double seconds;   // of one run from scratch, on one worker
    /* Of the seconds, those until a longer run of its trunk could begin with this one's state. */
    double shared_s;
} Cell;

typedef struct {
    Cell *rows; // (n) by size, then by length
    size_t n;
    int n_trunks;
} Cells;

/* Read a table of cells. A missing column, or a cell that is no number above 0 (shared_s: from 0 to
 * seconds), is E_FORMAT with line and column. Columns trunk and shared_s may be missing. Memory is
 * the arena's. */
Status cells_open(Arena *arena, const char *path, Cells *out, Err *err);
/* Sort rows that a program made, and number their trunks from 0. */
void cells_sort(Cells *cells);

/* Return the seconds until `workers` workers have ended runs[c] runs of each cell c, longest job
 * first; the runs of one trunk are one job, in which each begins with the state of the next shorter
 * one. INFINITY for more than 1024 jobs. At most 256 workers. */
double cells_seconds(const Cells *cells, const int *runs, int workers);
/* Return the sum of the seconds of all jobs. */
double cells_work(const Cells *cells, const int *runs);

#endif
