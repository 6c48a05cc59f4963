/* worth.h: what the settings of a field are worth beside its baseline: how many times the FLOPs,
 * wall time and tokens of a run the baseline would need to reach the loss of that run.
 *
 *     Worths worths = worths_of(arena, &points, &contrast, &options);
 *     if (worths.n_settings == 0) ...                // no setting beside a baseline
 *
 * worth_field.h defines the contrast: the field, its settings, its baseline, and the size of a run.
 * The twin of a row is the baseline row of its size and number of tokens. A law is fitted to the
 * baseline rows:
 *     L = E + R,   R ~ g^-eta when N grows by g^a, D by g^b, and compute by g
 * It gives the g by which the twin must grow, in the best proportions, to reach the loss of the
 * row:
 *     g = (R(twin) / (R(twin) + L(twin) (ratio - 1)))^(1 / eta),   ratio = loss / twin's loss
 * R and L are the law's values at the twin. The residual of the law at this place cancels in the
 * ratio of losses. The grown baseline model has N g^a parameters and D g^b tokens. All three gains
 * are about this one model:
 *     gain in FLOPs   g * FLOPs of the twin / FLOPs of the row
 *     gain in time    g^w * time of the twin / time of the row, with w from a line through ln time of
 *                     the baseline rows in ln N and ln D
 *     gain in tokens  g^b * tokens of the twin / tokens of the row; this counts on the model
 *                     growing too: where g > 1, a baseline model that stays as large as the twin
 *                     needs more tokens, or never reaches that loss
 * A gain of 1 means that the setting is worth nothing. Intervals are over resamples. Each resample
 * takes another refit of the baseline's law, to groups of rows drawn anew, and adds noise to the
 * loss and time of both rows. The noise is drawn by group from the residuals of the law, so that
 * two rows of one trunk are off together. Its size is drawn too, because a few residuals determine
 * it only roughly.
 *
 * The law is the one that was asked for, if R falls as g^-eta along its frontier from any size and
 * number of tokens. Otherwise it is the default law, and a note says why. */
#ifndef ANALYSIS_QUESTIONS_WORTH_H
#define ANALYSIS_QUESTIONS_WORTH_H

#include "analysis/fit/options.h"
#include "analysis/questions/question.h"
#include "analysis/questions/worth_field.h"

typedef enum {
    WORTH_MEASURED,     // the baseline model of equal loss lies within the compute that was run
    WORTH_EXTRAPOLATED, // that model lies outside, by a factor of at most WORTH_FAR
    WORTH_TOO_FAR, // that model lies farther away or does not exist by the law; no gain is given
    WORTH_NO_TWIN,
} WorthReach;
extern const double WORTH_FAR;              // largest factor of extrapolation, 10
const char *worth_reach_name(WorthReach r); // "measured", ...

/* The runs of one setting at one size and number of tokens. Losses, FLOPs and times are geometric
 * means over the runs; NaN where absent. */
typedef struct {
    size_t setting; // index into Worths.settings
    const char *label;
    double width;          // NaN where the field does not match sizes by width
    double params, tokens; // params is the scale: the size of the nearest baseline runs
    double params_active, params_total;
    double loss, flops, time, twin_loss, twin_flops, twin_time, twin_tokens;
    WorthReach reach;
    double ratio; // loss / twin_loss
    Interval in_flops, in_time, in_tokens;
    size_t n, n_twins;          // number of runs and of twins
    const size_t *rows, *twins; // (n), (n_twins) their indices into the points
} WorthCell;

/* Geometric means over the cells of one scale, or over all cells of a setting. */
typedef struct {
    const char *name; // "d_model 32", "N 14.3k", "all"
    double params;    // geometric mean of the twins' sizes
    double ratio;
    Interval in_flops, in_time, in_tokens; // NaN where no cell has a gain
    size_t n_cells, n_told;                // cells, and those of them that have a gain
    bool extrapolated;                     // some of the cells are extrapolated
} WorthMean;

/* Slope of ln gain in ln C of the twin, with size and data growing in one proportion. That
 * condition matters: with more size alone data run short, with more data alone size does, and what
 * a setting adds to size then counts less or more. The verdict is "holds" when the interval of the
 * slope includes 0 or ends within 1 % per tenfold compute of it. */
typedef struct {
    Interval slope;      // NaN where there is one scale only
    const char *verdict; // "grows", "holds", "shrinks", "unknown"
} WorthTrend;

typedef struct {
    const Point *row;  // one row that has this setting
    const char *label; // "optimizer=muon"
    WorthMean *scales, all;
    size_t n_scales;
    WorthTrend in_flops, in_time, in_tokens;
    /* The trends are at one proportion of size to data; false: as size and data vary in these runs.
     */
    bool proportioned;
    double range;         // largest compute of a twin / smallest
    const char *sentence; // the gains and trends in words
} WorthSetting;

typedef struct {
    WorthContrast contrast;
    WorthCell *cells; // (n_cells) ordered by setting, then size, then tokens
    size_t n_cells;
    WorthSetting *settings;
    size_t n_settings;
    Fit base;             // the law of the baseline rows; unset when `why` is set
    const char *why;      // why there is no law of the baseline, and thus no gain; or NULL
    const char *law_note; // why the law is not the one that was asked for; or NULL
    const char *time;     // the column with the times: "wall_s", "cpu_s"; "" when there is none
    double time_exponent; // w of the formula above; NaN without times
    const char **notes;   // sentences about what could not be determined
    size_t n_notes;
} Worths;

/* Return what every setting is worth; there are no settings when the contrast has no field.
 * `options` are those of the fit. Memory is the arena's. */
Worths worths_of(Arena *arena, const Points *points, const WorthContrast *contrast,
                 const FitOptions *options);

bool worth_told(const WorthCell *c); // return whether the cell has a gain: measured or extrapolated

/* ---- what the files of this header share ---- */

/* Fill cells and settings with their rows and twins, but without gains. */
void worth_cells(Arena *arena, const Points *points, Worths *out);
/* Return the geometric mean over rows of the member of Point at this offset; NaN when one of the
 * rows lacks it. */
double worth_mean(const Points *points, const size_t *rows, size_t n, size_t offset);

/* Tables of ln gain, each (1 + resamples, cells); row 0 is the estimate. A |ln gain| beyond
 * WORTH_OPEN marks a resample in which no baseline model within reach has the loss. */
typedef struct {
    Arena *arena;
    Worths *g;
    double *flops, *time, *tokens;
    double ln_flops_lo, ln_flops_hi; // range of the compute of the baseline runs
} WorthTables;
extern const double WORTH_OPEN;

double worth_dot(const double *x, const double *y, size_t n);
/* Fill w (n) so that sum w_i y_i is the slope of y in x, by least squares with a constant and
 * n_others other columns (at most 2). Return false where x is a combination of those. */
bool worth_slope_weights(Arena *arena, const double *x, const double *const *others, int n_others,
                         size_t n, double *w);

/* Fill the reach and gains of every cell; then, for one setting, its scales, means, trends and
 * sentence. */
void worth_tell_cells(WorthTables *t);
void worth_tell_setting(WorthTables *t, WorthSetting *s);

/* Return the name of a cell's scale, and the sentence about a setting. Write the notes, which needs
 * everything else to be filled (worth_words.c). */
const char *worth_scale_name(Arena *arena, const Worths *g, const WorthCell *c);
const char *worth_sentence(Arena *arena, const Worths *g, const WorthSetting *s);
void worth_notes(Arena *arena, const Points *points, Worths *g);

/* Put the sections; nothing when NULL. */
void worth_put(Sheet *s, const Worths *g);
extern const Question WORTH_QUESTION; // its answer is a Worths; NULL without settings

#endif
