/* worth_field.h: the fields of a run whose settings can be worth something beside a baseline: one
 * row of WORTH_FIELDS each. Nothing else in worth*.c knows what a field means.
 *
 *     WorthAsked asked;
 *     TRY(worth_asked(arena, "optimizer=adamw", &asked, err));
 *     points_options.setting = asked.column;                       // read beside the points
 *     TRY(points_open(arena, path, &points_options, &points, &held, err));
 *     TRY(worth_contrast(arena, &points, &asked, &contrast, err));
 *
 * A column that no row names needs none: its settings are the texts of its cells, and its baseline
 * is the cell that was asked for. Without one it is the empty or negative one of two ("", "none",
 * "no", "off", "false", "0"), else the one of most rows, and contrast.chosen says so.
 *
 * To add a field with a meaning of its own: one row of WORTH_FIELDS in worth_field.c. What a row
 * leaves NULL is as for any column.
 */
#ifndef ANALYSIS_QUESTIONS_WORTH_FIELD_H
#define ANALYSIS_QUESTIONS_WORTH_FIELD_H

#include "analysis/fit/fit.h"
#include "base/sheet.h"

typedef struct WorthContrast WorthContrast;

/* Words in their places in sentences. */
typedef struct {
    const char *title;    // "what experts are worth", "what optimizer is worth"
    const char *settings; // what is compared: "models with experts", "settings of optimizer"
    const char *one;      // one of them: "model with experts", "run"
    const char *kind;     // which runs are the baseline: "dense", "baseline"
    const char *beside;   // "in a dense model", "at optimizer=adamw"
    const char *their, *they_are; // or "its", "it is"
} WorthWords;

typedef struct {
    const char *name; // what --worth calls it; NULL in the row of every other column
    bool unasked;     // told without --worth wherever the rows have it; never with in_cells
    bool in_cells;    // it is not among what a Point has: its settings are the texts of a column
    /* The law of the baseline runs is the default one, whatever law was asked for. */
    bool law_is_default;
    /* What --worth NAME=BASELINE may call its baseline; the first is its name, or of a column the
     * cell that is taken unsaid. Another BASELINE is asked of the column as of any other. */
    const char *baselines[4];
    bool (*is_baseline)(const WorthContrast *c, const Point *p);
    int (*order)(const Point *p, const Point *q); // of settings; 0: one setting
    const char *(*label)(Arena *arena, const WorthContrast *c, const Point *p);
    /* A row's twins are the baseline rows of its width, where both tell it, and of the nearest
     * size. The size is the N of the law. width NaN: there is none. */
    double (*size)(const Point *p);
    double (*width)(const Point *p);
    const char *size_column, *width_column; // their names; size_column NULL: that of params
    const char *dropped;                    // why the main fit leaves out the other rows, unasked
    /* Whether a law (NULL: all laws) tells the settings apart, so that it may be fitted to all. */
    bool (*told_by)(const Law *law);
    void (*put)(Sheet *s, const Point *p); // cells of a setting's row, beside its label
    WorthWords words;                      // title NULL: as for any column
} WorthField;
extern const WorthField WORTH_FIELDS[];
extern const size_t N_WORTH_FIELDS;

/* --worth as it was written. */
typedef struct {
    const char *name;        // NULL: nothing was asked
    const char *baseline;    // NULL: not said
    const char *column;      // that points must carry as their setting, or NULL
    const WorthField *field; // the row of that name
} WorthAsked;

/* A field, and the setting beside which the others stand. */
struct WorthContrast {
    const WorthField *field; // NULL: no settings stand beside a baseline
    bool asked;              // else it was found in the rows
    const char *name;        // "experts", "optimizer"
    const char *value;       // the baseline's cell, where settings are the texts of a column
    const char *baseline;    // "dense", "optimizer=adamw"
    const char *chosen;      // a sentence: which baseline, and why; NULL where it was said
    WorthWords words;
};

/* "optimizer=adamw", "optimizer", quoted as conditions are (where.h); text NULL asks nothing.
 * What is no such thing is E_USAGE. */
Status worth_asked(Arena *arena, const char *text, WorthAsked *out, Err *err);
/* What was asked, or else what the rows have. E_FAILED where no row has the baseline, or all of
 * them have. */
Status worth_contrast(Arena *arena, const Points *points, const WorthAsked *asked,
                      WorthContrast *out, Err *err);

/* The baseline rows; the others are among the dropped. */
Points *worth_baseline(Arena *arena, const Points *points, const WorthContrast *c);
/* What a law (a name of --law) is fitted to: the baseline rows. It is all of them where nothing
 * stands beside a baseline or the law tells settings apart; and, where --worth was not given, where
 * --where speaks of the field or too few baseline rows are left for a law. Where --worth was given,
 * held is left with its baseline rows as well. */
const Points *worth_fitted(Arena *arena, const Points *points, Points *held, const WorthContrast *c,
                           const char *law, const char *where);

bool worth_is_baseline(const WorthContrast *c, const Point *p);
int worth_order(const WorthContrast *c, const Point *p, const Point *q);
const char *worth_label(Arena *arena, const WorthContrast *c, const Point *p);
double worth_size(const WorthContrast *c, const Point *p);
double worth_width(const WorthContrast *c, const Point *p); // NaN: none
void worth_put_setting(Sheet *s, const WorthContrast *c, const Point *p);

#endif
