/* csv.h: a table of text cells with a header: somebody's CSV, or a sweep's ledger brought into the
 * same shape.
 *
 *     Csv csv;
 *     TRY(csv_open(arena, "runs.csv.gz", &csv, err));
 *     const char *cell = csv_cell(&csv, row, csv_column(&csv, "loss"));
 *
 * The separator is told from the header: a comma, semicolon, tab or bar, else runs of blanks. A
 * first line "sep=;", as spreadsheets write it, names it. Quotes are those of RFC 4180; lines end
 * in LF, CRLF or CR. A byte-order mark, blank lines and lines of empty cells are passed over. Lines
 * that begin with # and repetitions of the header are passed over and counted. Cells lose the
 * blanks around them unless they are quoted. A column without a name cannot be asked for. The error
 * on a file that is no table says what it is instead: a spreadsheet, UTF-16, JSON. All memory is
 * the arena's.
 */
#ifndef ANALYSIS_POINTS_CSV_H
#define ANALYSIS_POINTS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "analysis/points/number.h"

/* How many lines of one kind were passed over, and the number of the first. */
typedef struct {
    size_t n;
    int line;
} CsvLines;

typedef struct {
    const char *name; // the file's, for messages; "standard input" for "-"
    char separator;
    Decimal decimal; // told from the separator; the caller may set another
    size_t n_columns, n_rows;
    const char **header;        // (n_columns) names of the columns
    const char **cells;         // (n_rows, n_columns) none is NULL
    int *lines;                 // (n_rows) line of the file on which the row begins, from 1
    CsvLines comments, headers; // lines behind the header that were passed over
} Csv;

/* Open the file at path ("-": standard input; .gz is unpacked) and parse it. */
Status csv_open(Arena *arena, const char *path, Csv *out, Err *err);
/* Parse text in place. It is size bytes and a NUL, and the cells point into it. */
Status csv_parse(Arena *arena, char *text, size_t size, const char *name, Csv *out, Err *err);

int csv_column(const Csv *csv, const char *name);          // column of that name, or -1
const char *csv_nearest(const Csv *csv, const char *name); // a column to suggest, or NULL
static inline const char *csv_cell(const Csv *csv, size_t row, int column) {
    return csv->cells[row * csv->n_columns + (size_t)column];
}

#endif
