/* worth_field.h: the fields of a run whose settings can be compared with a baseline: one row of
 * WORTH_FIELDS each. Nothing else in worth*.c knows what a field means.
 *
 *     WorthAsked asked;
 *     TRY(worth_asked(arena, "optimizer=adamw", &asked, err));
 *     points_options.setting = asked.column;                       // read beside the points
 *     TRY(points_open(arena, path, &points_options, &points, &held, err));
 *     TRY(worth_contrast(arena, &points, &asked, &contrast, err));
 *
 * A column needs no row of its own: its settings are the texts of its cells, and its baseline is
 * the cell that was asked for. If none was asked for, the baseline is the empty or negative one of
 * two settings ("", "none", "no", "off", "false", "0"), else the setting with most rows;
 * contrast.chosen then says which.
 *
 * To add a field with a meaning of its own: one row of WORTH_FIELDS in worth_field.c. A member that
 * is NULL there means what it means for any column. */
#ifndef ANALYSIS_QUESTIONS_WORTH_FIELD_H
#define ANALYSIS_QUESTIONS_WORTH_FIELD_H

#include "analysis/fit/fit.h"
#include "base/sheet.h"

typedef struct WorthContrast WorthContrast;

/* The words for a field in printed sentences. */
typedef struct {
    const char *title;    // "what experts are worth", "what optimizer is worth"
    const char *settings; // all that is compared: "models with experts", "settings of optimizer"
    const char *one;      // one thing compared: "model with experts", "run"
    const char *kind;     // an adjective for the baseline's runs: "dense", "baseline"
    const char *beside;   // where the baseline stands: "in a dense model", "at optimizer=adamw"
    const char *their, *they_are; // "their" or "its"; "they are" or "it is"
} WorthWords;

typedef struct {
    /* Its name in --worth; NULL in the last row, which stands for every other column. */
    const char *name;
    bool unasked;  // reported without --worth if the rows have it; never together with in_cells
    bool in_cells; // no member of Point: its settings are the texts of a column's cells
    /* The law of the baseline runs is always the default law. */
    bool law_is_default;
    /* Words for the baseline in --worth NAME=BASELINE. The first is its name, or for a column the
     * cell that is taken when none is given. Any other BASELINE is looked for in the cells. */
    const char *baselines[4];
    bool (*is_baseline)(const WorthContrast *c, const Point *p);
    int (*order)(const Point *p, const Point *q); // order of two settings; 0: they are one
    const char *(*label)(Arena *arena, const WorthContrast *c, const Point *p);
    /* The size (the N of the law) and the width of a row; width NaN: there is none. A row's twins
     * are the baseline rows of its width, where both have one, and of the nearest size. */
    double (*size)(const Point *p);
    double (*width)(const Point *p);
    /* Names of size and width; size_column NULL: that of params. */
    const char *size_column, *width_column;
    const char *dropped; // why the main fit leaves out the other rows without --worth
    /* Whether the law distinguishes the settings, and can be fitted to all rows. law NULL: --law
     * all. */
    bool (*told_by)(const Law *law);
    void (*put)(Sheet *s, const Point *p); // put the cells beside the label in a setting's row
    WorthWords words;                      // title NULL: the words of any column
} WorthField;
extern const WorthField WORTH_FIELDS[];
extern const size_t N_WORTH_FIELDS;

/* The argument of --worth. */
typedef struct {
    const char *name;        // the field; NULL: nothing was asked
    const char *baseline;    // its baseline; NULL: not given
    const char *column;      // the column that points must read as their setting; NULL: none
    const WorthField *field; // the row of WORTH_FIELDS for it
} WorthAsked;

/* A field, its settings, and the baseline that they are compared with. */
struct WorthContrast {
    const WorthField *field; // NULL: there is nothing to compare
    bool asked;              // --worth was given; false: the field was found in the rows
    const char *name;        // "experts", "optimizer"
    const char *value;       // the baseline's cell, if settings are the texts of a column
    const char *baseline;    // "dense", "optimizer=adamw"
    const char *chosen; // a sentence: which baseline was chosen, and why; NULL where it was given
    WorthWords words;
};

/* Read "optimizer=adamw" or "optimizer", with quotes as in conditions (where.h). Text NULL asks
 * nothing. A text of another form is E_USAGE. */
Status worth_asked(Arena *arena, const char *text, WorthAsked *out, Err *err);
/* Fill the contrast that was asked for, or else the one that the rows have. E_FAILED where no row
 * has the baseline, or all rows have it. */
Status worth_contrast(Arena *arena, const Points *points, const WorthAsked *asked,
                      WorthContrast *out, Err *err);

/* Return the baseline rows, with the others counted as dropped. */
Points *worth_baseline(Arena *arena, const Points *points, const WorthContrast *c);
/* Return the rows that a law (a name of --law) is fitted to: the baseline rows. All rows are
 * returned where there is no contrast, or where the law distinguishes the settings. Without
 * --worth, all rows are returned also where --where speaks of the field, or where too few baseline
 * rows are left for a law. With --worth, `held` keeps its baseline rows only. */
const Points *worth_fitted(Arena *arena, const Points *points, Points *held, const WorthContrast *c,
                           const char *law, const char *where);

bool worth_is_baseline(const WorthContrast *c, const Point *p);
int worth_order(const WorthContrast *c, const Point *p, const Point *q);
const char *worth_label(Arena *arena, const WorthContrast *c, const Point *p);
double worth_size(const WorthContrast *c, const Point *p);
double worth_width(const WorthContrast *c, const Point *p); // NaN: none
void worth_put_setting(Sheet *s, const WorthContrast *c, const Point *p);

#endif
