/* gain.h: what experts are worth: how much more compute a dense model would take to reach the loss
 * of a Mixture of Experts.
 *
 *     Gains gains = gains_of(arena, &points, &options);
 *     if (gains.n_settings == 0) ...                 // no rows with experts beside dense ones
 *
 * A row with experts has a twin: the dense row of the same width and number of tokens. The law of
 * the dense rows (chinchilla, in parameters that a token meets, which for them is all)
 *     L = E + R,   R falls as g^-eta when N and D grow by g^a and g^b, compute by g
 * so that the twin, grown in the proportions that are best, reaches the loss of the experts at
 *     g = (R(twin) / (R(twin) + L(twin) (ratio - 1)))^(1 / eta),   ratio = loss / twin's loss
 * with R and L the law's at the twin: what the law leaves over at this place cancels in the ratio.
 *     gain in FLOPs   g * FLOPs of the twin / FLOPs of the row       (its router counts against it)
 *     gain in time    g^w * time of the twin / time of the row, with w from a line through ln time of
 *                     the dense rows in ln N and ln D
 * 1 is: worth nothing. Intervals: every resample takes another refit of the dense law (its groups
 * drawn again) and puts noise on the loss and time of both rows, drawn by group from what the dense
 * law leaves over, so that two rows of one trunk are off together; the size of the noise is drawn
 * too, as far as so few residuals tell it.
 */
#ifndef ANALYSIS_QUESTIONS_GAIN_H
#define ANALYSIS_QUESTIONS_GAIN_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "analysis/questions/question.h"

typedef struct {
    double experts, top_k, granularity, shared; // granularity 1, shared 0 where not said
} Experts;

typedef enum {
    GAIN_MEASURED,     // the dense model of equal loss lies within the compute that was run dense
    GAIN_EXTRAPOLATED, // up to GAIN_FAR times outside of it
    GAIN_TOO_FAR,      // farther, or no dense model reaches that loss by the law: not told
    GAIN_NO_TWIN,
} GainReach;
extern const double GAIN_FAR;             // 10
const char *gain_reach_name(GainReach r); // "measured", ...

/* The runs of one setting at one width and number of tokens. Losses, FLOPs and times are geometric
 * means over runs; NaN where absent. */
typedef struct {
    Experts experts;
    const char *label;              // of the setting
    double d_model, params, tokens; // params: of dense runs of this width, which is the scale
    double params_active, params_total;
    double loss, flops, time, twin_loss, twin_flops, twin_time;
    GainReach reach;
    double ratio; // loss / twin's loss
    Interval in_flops, in_time;
    size_t n, n_twins;          // runs
    const size_t *rows, *twins; // of the points
} GainCell;

/* Geometric means over cells. */
typedef struct {
    const char *name; // "d_model 32", "N 14.3k", "all"
    double params;    // of the dense twins, geometric mean
    double ratio;
    Interval in_flops, in_time; // NaN where no cell tells
    size_t n_cells, n_told;     // cells; those of n_cells in in_flops
    bool extrapolated;          // some of them are
} GainMean;

/* How ln gain changes with ln C of the twin, size and data growing together: with more size alone
 * data get short, with more data alone size does, and what experts add to size counts less or more.
 * "holds": the interval of the slope includes 0, or ends within 1 % per tenfold compute. */
typedef struct {
    Interval slope;      // NaN with one scale
    const char *verdict; // "grows", "holds", "shrinks", "unknown"
} GainTrend;

typedef struct {
    Experts experts;
    const char *label; // "8 experts, top-2, 1 shared"
    GainMean *scales, all;
    size_t n_scales;
    GainTrend in_flops, in_time;
    bool proportioned;    // the trends are at one proportion of size to data; else as the runs go
    double range;         // of the twins' compute: largest / smallest
    const char *sentence; // the above in words
} GainSetting;

typedef struct {
    GainCell *cells; // by setting, then size, then tokens
    size_t n_cells;
    GainSetting *settings;
    size_t n_settings;
    Fit dense;            // the law of the dense rows; unset when why
    const char *why;      // NULL, or why there is no such law, and so no gain
    const char *time;     // the column that times are from: "wall_s", "cpu_s"; "" when none
    double time_exponent; // w; NaN without times
    const char **notes;   // sentences: what could not be told
    size_t n_notes;
} Gains;

/* options: those of the fit; law and x are not looked at. Memory is the arena's. */
Gains gains_of(Arena *arena, const Points *points, const FitOptions *options);

bool gain_told(const GainCell *c); // measured or extrapolated

/* ---- what the files of this header share ---- */

/* Fill cells and settings (their labels and experts), rows and twins; no gains yet. */
void gain_cells(Arena *arena, const Points *points, Gains *out);
/* Geometric mean of a field over rows; NaN when one of them lacks it. */
double gain_mean(const Points *points, const size_t *rows, size_t n, size_t offset);

/* The name of a cell's scale; a setting's sentence; the notes, when all else is known
 * (gain_words.c). */
const char *gain_scale_name(Arena *arena, const GainCell *c);
const char *gain_sentence(Arena *arena, const Gains *g, const GainSetting *s);
void gain_notes(Arena *arena, const Points *points, Gains *g);

/* Sections of the output; nothing when NULL. */
void gain_put(Sheet *s, const Gains *g);

extern const Question
    WORTH_QUESTION; // its answer: a Gains, where experts stand beside dense models

#endif
