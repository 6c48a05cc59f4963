/* csv.h: a table of text cells with a header: somebody's CSV, or a sweep's ledger brought into the
 * same shape.
 *
 *     Csv csv;
 *     TRY(csv_open(arena, "runs.csv.gz", &csv, err));
 *     const char *cell = csv_cell(&csv, row, csv_column(&csv, "loss"));
 *
 * The separator is read off the header: comma, semicolon, tab or bar, else runs of blanks; a first
 * line "sep=;", as spreadsheets write it, says it. Quotes as in RFC 4180; lines end in LF, CRLF or
 * CR. Passed over are a byte-order mark, blank lines and lines of empty cells; counted, lines that
 * begin with # and repetitions of the header. Cells are trimmed of blanks around them unless
 * quoted. A column without a name is nobody's. What is no table at all (a spreadsheet, UTF-16,
 * JSON) is named. All memory is the arena's.
 */
#ifndef ANALYSIS_POINTS_CSV_H
#define ANALYSIS_POINTS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "analysis/points/number.h"

/* Lines that are no rows, and the first of them. */
typedef struct {
    size_t n;
    int line;
} CsvLines;

typedef struct {
    const char *name; // of the file, for messages; "standard input" of "-"
    char separator;
    Decimal decimal; // as the separator suggests; the reader may know better
    size_t n_columns, n_rows;
    const char **header;        // (n_columns)
    const char **cells;         // (n_rows, n_columns), never NULL
    int *lines;                 // (n_rows) line of the file on which the row begins, from 1
    CsvLines comments, headers; // after the header
} Csv;

Status csv_open(Arena *arena, const char *path, Csv *out, Err *err);
/* Parse text in place: size bytes and a NUL, which the cells point into. */
Status csv_parse(Arena *arena, char *text, size_t size, const char *name, Csv *out, Err *err);

int csv_column(const Csv *csv, const char *name);          // -1 when there is none
const char *csv_nearest(const Csv *csv, const char *name); // a column to suggest, or NULL
static inline const char *csv_cell(const Csv *csv, size_t row, int column) {
    return csv->cells[row * csv->n_columns + (size_t)column];
}

#endif
