/* worth.h: what settings of a field are worth beside its baseline: how many times its own FLOPs,
 * wall time and tokens the baseline would need for the loss of a run.
 *
 *     Worths worths = worths_of(arena, &points, &contrast, &options);
 *     if (worths.n_settings == 0) ...                // nothing stands beside a baseline
 *
 * Which field, what its settings and its baseline are, and which size a run has are the contrast's
 * (worth_field.h). A row has a twin: the baseline row of its size and number of tokens. A law of
 * the baseline rows
 *     L = E + R,   R falls as g^-eta when N and D grow by g^a and g^b, compute by g
 * says at which g the twin, grown in the proportions that are best, reaches the loss of the row:
 *     g = (R(twin) / (R(twin) + L(twin) (ratio - 1)))^(1 / eta),   ratio = loss / twin's loss
 * with R and L the law's at the twin: what the law leaves over at this place cancels in the ratio.
 * This one baseline model, of N g^a parameters and D g^b tokens, is what all three numbers are of:
 *     gain in FLOPs   g * FLOPs of the twin / FLOPs of the row
 *     gain in time    g^w * time of the twin / time of the row, with w from a line through ln time of
 *                     the baseline rows in ln N and ln D
 *     gain in tokens  g^b * tokens of the twin / tokens of the row; so few only because the model
 *                     grows as well: where g > 1, a baseline model that stays as large as the twin
 *                     needs more tokens than that, or never gets there
 * 1 is: worth nothing. Intervals: every resample takes another refit of the baseline's law (its
 * groups drawn again) and puts noise on the loss and time of both rows, drawn by group from what
 * the law leaves over, so that two rows of one trunk are off together; the size of the noise is
 * drawn too, as far as so few residuals tell it.
 *
 * The law is the one that was asked for, where it has a frontier along which R falls so from any
 * size and tokens; else the default one, as a note says.
 */
#ifndef ANALYSIS_QUESTIONS_WORTH_H
#define ANALYSIS_QUESTIONS_WORTH_H

#include "analysis/fit/options.h"
#include "analysis/questions/question.h"
#include "analysis/questions/worth_field.h"

typedef enum {
    WORTH_MEASURED,     // the baseline model of equal loss lies within the compute that was run
    WORTH_EXTRAPOLATED, // up to WORTH_FAR times outside of it
    WORTH_TOO_FAR,      // farther, or no baseline model reaches that loss by the law: not told
    WORTH_NO_TWIN,
} WorthReach;
extern const double WORTH_FAR;              // 10
const char *worth_reach_name(WorthReach r); // "measured", ...

/* The runs of one setting at one size and number of tokens. Losses, FLOPs and times are geometric
 * means over runs; NaN where absent. */
typedef struct {
    size_t setting; // of Worths.settings
    const char *label;
    double width;          // NaN: sizes are not told by it
    double params, tokens; // params: of the nearest baseline runs, which is the scale
    double params_active, params_total;
    double loss, flops, time, twin_loss, twin_flops, twin_time, twin_tokens;
    WorthReach reach;
    double ratio; // loss / twin's loss
    Interval in_flops, in_time, in_tokens;
    size_t n, n_twins;          // runs
    const size_t *rows, *twins; // of the points
} WorthCell;

/* Geometric means over cells. */
typedef struct {
    const char *name; // "d_model 32", "N 14.3k", "all"
    double params;    // of the twins, geometric mean
    double ratio;
    Interval in_flops, in_time, in_tokens; // NaN where no cell tells
    size_t n_cells, n_told;                // cells; those of n_cells in in_flops
    bool extrapolated;                     // some of them are
} WorthMean;

/* How ln gain changes with ln C of the twin, size and data growing together: with more size alone
 * data get short, with more data alone size does, and what a setting adds to size counts less or
 * more. "holds": the interval of the slope includes 0, or ends within 1 % per tenfold compute. */
typedef struct {
    Interval slope;      // NaN with one scale
    const char *verdict; // "grows", "holds", "shrinks", "unknown"
} WorthTrend;

typedef struct {
    const Point *row;  // one that has it
    const char *label; // "optimizer=muon"
    WorthMean *scales, all;
    size_t n_scales;
    WorthTrend in_flops, in_time, in_tokens;
    bool proportioned;    // the trends are at one proportion of size to data; else as the runs go
    double range;         // of the twins' compute: largest / smallest
    const char *sentence; // the above in words
} WorthSetting;

typedef struct {
    WorthContrast contrast;
    WorthCell *cells; // by setting, then size, then tokens
    size_t n_cells;
    WorthSetting *settings;
    size_t n_settings;
    Fit base;             // the law of the baseline rows; unset when why
    const char *why;      // NULL, or why there is no such law, and so no gain
    const char *law_note; // NULL, or why it is not the law that was asked for
    const char *time;     // the column that times are from: "wall_s", "cpu_s"; "" when none
    double time_exponent; // w; NaN without times
    const char **notes;   // sentences: what could not be told
    size_t n_notes;
} Worths;

/* options: those of the fit. Memory is the arena's. Without a field in the contrast there are no
 * settings. */
Worths worths_of(Arena *arena, const Points *points, const WorthContrast *contrast,
                 const FitOptions *options);

bool worth_told(const WorthCell *c); // measured or extrapolated

/* ---- what the files of this header share ---- */

/* Fill cells and settings, rows and twins; no gains yet. */
void worth_cells(Arena *arena, const Points *points, Worths *out);
/* Geometric mean of a field over rows; NaN when one of them lacks it. */
double worth_mean(const Points *points, const size_t *rows, size_t n, size_t offset);

/* ln gains, each (1 + resamples, cells), row 0 the estimate. |ln gain| beyond WORTH_OPEN is that of
 * a resample in which no baseline model within reach gets to the loss. */
typedef struct {
    Arena *arena;
    Worths *g;
    double *flops, *time, *tokens;
    double ln_flops_lo, ln_flops_hi; // of the baseline runs
} WorthTables;
extern const double WORTH_OPEN;

double worth_dot(const double *x, const double *y, size_t n);
/* Weights w (n) with which sum w_i y_i is the slope of y in x beside a constant and n_others other
 * columns (at most 2); false where x cannot be told from them. */
bool worth_slope_weights(Arena *arena, const double *x, const double *const *others, int n_others,
                         size_t n, double *w);

/* Fill what the tables tell: the cells' reach and gains; then a setting's scales, means, trends and
 * sentence. */
void worth_tell_cells(WorthTables *t);
void worth_tell_setting(WorthTables *t, WorthSetting *s);

/* The name of a cell's scale; a setting's sentence; the notes, when all else is known
 * (worth_words.c). */
const char *worth_scale_name(Arena *arena, const Worths *g, const WorthCell *c);
const char *worth_sentence(Arena *arena, const Worths *g, const WorthSetting *s);
void worth_notes(Arena *arena, const Points *points, Worths *g);

/* Sections of the output (nothing when NULL). */
void worth_put(Sheet *s, const Worths *g);
extern const Question
    WORTH_QUESTION; // its answer: a Worths, where settings stand beside a baseline

#endif
