/* bench_print.c: what bench.c measured, as Markdown tables that stand straight on a terminal too,
 * and as JSON. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/proc.h"
#include "base/text.h"
#include "model/kernels/blas.h"
#include "model/cpu_path.h"
#include "train/bench/bench.h"

/* --- Markdown --------------------------------------------------------------------------------- */

typedef char Cell[32];

/* Print one row. Columns are as wide as their heads; the first two hold words, the others
 * numbers. */
static void print_row(const char *const heads[], Cell cells[], int n, FILE *out) {
    for (int i = 0; i < n; i++)
        fprintf(out, i < 2 ? "| %-*s " : "| %*s ", (int)strlen(heads[i]), cells[i]);
    fprintf(out, "|\n");
}

static void print_head(const char *const heads[], int n, FILE *out) {
    for (int i = 0; i < n; i++) fprintf(out, "| %s ", heads[i]);
    fprintf(out, "|\n");
    for (int i = 0; i < n; i++) {
        const char *rule = "--------------------------------";
        const int width = (int)strlen(heads[i]) + 2;
        fprintf(out, "|%.*s%s", i < 2 ? width : width - 1, rule, i < 2 ? "" : ":");
    }
    fprintf(out, "|\n");
}

/* Write x into a cell, or "-" when it is not known. */
static void put(Cell cell, const char *format, double x) {
    if (isnan(x))
        strcpy(cell, "-");
    else
        snprintf(cell, sizeof(Cell), format, x);
}

static void print_speed(const Bench *b, FILE *out) {
    static const char *const HEADS[] = {
        "shape ",        "mode ",    "tokens/s",       "decode tokens/s", "F3 GFLOP/s",
        "sgemm GFLOP/s", "F3/sgemm", "lowest-highest", "peak   ",         "counted",
    };
    enum { N = COUNT_OF(HEADS) };
    print_head(HEADS, N, out);
    for (int i = 0; i < b->n_rows; i++) {
        const BenchRow *row = &b->rows[i];
        const BenchSpread ratio = bench_spread(row, BENCH_F3_OVER_SGEMM);
        Cell cells[N] = {"", "", "", "", "", "", "", "-", "-"};
        snprintf(cells[0], sizeof(Cell), "%s", row->shape);
        snprintf(cells[1], sizeof(Cell), "%s", BENCH_MODES[row->mode]);
        put(cells[2], "%.0f", bench_spread(row, BENCH_TOK_PER_S).median);
        put(cells[3], "%.0f", bench_spread(row, BENCH_DECODE).median);
        put(cells[4], "%.1f", bench_spread(row, BENCH_F3_GFLOPS).median);
        put(cells[5], "%.0f", bench_spread(row, BENCH_SGEMM_GFLOPS).median);
        put(cells[6], "%.3f", ratio.median);
        if (row->rounds > 0) {
            snprintf(cells[7], sizeof(Cell), "%.3f-%.3f", ratio.min, ratio.max);
            bytes_to_text(cells[8], row->peak_bytes);
        }
        bytes_to_text(cells[9], row->counted_bytes);
        print_row(HEADS, cells, N, out);
    }
}

static void print_shares(const Bench *b, FILE *out) {
    enum { N = 2 + N_OPS };
    const char *heads[N] = {"shape ", "mode "};
    for (int op = 0; op < N_OPS; op++) heads[2 + op] = OP_NAMES[op];
    print_head(heads, N, out);
    for (int i = 0; i < b->n_rows; i++) {
        const BenchRow *row = &b->rows[i];
        Cell cells[N];
        snprintf(cells[0], sizeof(Cell), "%s", row->shape);
        snprintf(cells[1], sizeof(Cell), "%s", BENCH_MODES[row->mode]);
        for (int op = 0; op < N_OPS; op++) put(cells[2 + op], "%.1f", 100 * bench_share(row, op));
        print_row(heads, cells, N, out);
    }
}

static void print_machine(const Bench *b, FILE *out) {
    const BenchSpread sgemm = bench_sgemm(b);
    fprintf(out, "%s, %d cores, CPU path %s, load %.2f before; tinyscale %s (%s)\n", cpu_model(),
            cpu_count(), cpu_path_name(), b->load, TINYSCALE_VERSION, TINYSCALE_COMMIT);
    fprintf(out,
            "All cores at once: sgemm %d (%s) %.0f GFLOP/s (%.0f to %.0f); multiply-adds alone",
            CEILING_GEMM, blas_kernels(), sgemm.median, sgemm.min, sgemm.max);
    for (int i = 0; i < ceiling_fma_widths(); i++)
        fprintf(out, "%s %.0f (%s)", i ? "," : "", b->fma_gflops[i], fma_width_name(i));
    fprintf(out, "\n");
}

void bench_print_markdown(const Bench *b, FILE *out) {
    print_machine(b, out);
    fprintf(out,
            "\nTraining, medians of %d x %g s. run: one run on all cores; sweep: a "
            "one-thread run on each.\nF3 counts causal attention exactly; sgemm is measured right "
            "before and after each row.\ndecode: a batch of sequences that grow, one thread a "
            "run.\nMemory of one process, %s of it there before the run.\n\n",
            b->rounds, b->seconds, bytes_to_text((Cell){0}, b->rows[0].baseline_bytes));
    print_speed(b, out);
    fprintf(out, "\nShare of the threads' time, %%\n\n");
    print_shares(b, out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_spread(JsonOut *j, const char *key, BenchSpread s) {
    json_begin(j, key, '{');
    json_put_number(j, "median", s.median);
    json_put_number(j, "min", s.min);
    json_put_number(j, "max", s.max);
    json_end(j);
}

static void put_machine(const Bench *b, JsonOut *j) {
    json_begin(j, "machine", '{');
    json_put_string(j, "cpu", cpu_model());
    json_put_count(j, "processors", (uint64_t)cpu_count());
    json_put_count(j, "memory_bytes", memory_bytes());
    json_put_string(j, "cpu_path", cpu_path_name());
    json_put_string(j, "blas_kernels", blas_kernels());
    json_put_number(j, "load", b->load);
    json_put_string(j, "version", TINYSCALE_VERSION);
    json_put_string(j, "commit", TINYSCALE_COMMIT);
    put_spread(j, "sgemm_gflops", bench_sgemm(b));
    json_begin(j, "fma_gflops", '{');
    for (int i = 0; i < ceiling_fma_widths(); i++)
        json_put_number(j, fma_width_name(i), b->fma_gflops[i]);
    json_end(j);
    json_end(j);
}

/* Write bytes that were measured, or null where there are no rounds. */
static void put_bytes(JsonOut *j, const char *key, const BenchRow *row, double bytes) {
    json_put_number(j, key, row->rounds > 0 ? bytes : NAN);
}

static void put_row(const BenchRow *row, JsonOut *j) {
    json_begin(j, NULL, '{');
    json_put_string(j, "name", row->shape);
    json_put_string(j, "mode", BENCH_MODES[row->mode]);
    json_put_count(j, "runs", (uint64_t)row->runs);
    json_put_count(j, "threads", (uint64_t)row->threads);
    json_put_number(j, "flops_per_tok", row->flops_per_tok);
    for (BenchFigure i = 0; i < N_BENCH_FIGURES; i++)
        put_spread(j, BENCH_FIGURE_NAMES[i], bench_spread(row, i));
    json_begin(j, "shares", '{');
    for (int op = 0; op < N_OPS; op++) json_put_number(j, OP_NAMES[op], bench_share(row, op));
    json_end(j);
    put_bytes(j, "peak_bytes", row, row->peak_bytes);
    put_bytes(j, "baseline_bytes", row, row->baseline_bytes);
    json_put_number(j, "counted_bytes", row->counted_bytes);
    json_begin(j, "config", '{');
    fields_to_json(&RUN_FIELDS, &row->config, j);
    json_end(j);
    json_end(j);
}

void bench_print_json(const Bench *b, FILE *out) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    put_machine(b, &j);
    json_put_count(&j, "rounds", (uint64_t)b->rounds);
    json_put_number(&j, "seconds", b->seconds);
    json_begin(&j, "shapes", '[');
    for (int i = 0; i < b->n_rows; i++) put_row(&b->rows[i], &j);
    json_end(&j);
    json_end(&j);
    fprintf(out, "%s\n", j.text.s);
    text_close(&j.text);
}
