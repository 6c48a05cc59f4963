/* profiles.c: the profile likelihood of every parameter, when it is asked for. */
#include "analysis/questions/profiles.h"

#include "analysis/questions/study.h"

static const Field FIELDS[] = {
    {"profile", FIELD_BOOL, offsetof(ProfilesOptions, profile), 0, -1, NULL, "",
     "hold each parameter in turn and refit the others: its profile"},
};
static const FieldTable FLAGS = {QUESTION_FLAGS, FIELDS, COUNT_OF(FIELDS)};
static const ProfilesOptions DEFAULTS;

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    const Law *law = study->fit.law;
    if (!((const ProfilesOptions *)options)->profile) return OK;
    if (!law->log_loss)
        FAIL(err, E_USAGE, "--profile: %s is read off the points, it has no objective", law->name);
    *answer = profiles_of(arena, &study->fit, study->options->fit.level);
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Profiles *p = answer;
    (void)study;
    if (!p) {
        sheet_missing(s, "profile");
        return;
    }
    sheet_table(s, "profile", '{',
                "profile: each parameter held, the others fitted anew; its interval is where the "
                "objective's rise stays below the threshold");
    for (int k = 0; k < p->n; k++) {
        const Profile *r = &p->rows[k];
        sheet_row(s, r->name);
        sheet_interval_cells(s, (Interval){r->value, r->lo, r->hi});
        sheet_text(s, "open",
                   r->open_lo && r->open_hi ? "both sides"
                   : r->open_lo             ? "below"
                   : r->open_hi             ? "above"
                                            : "no");
        sheet_number(s, "lambda", r->lambda);
    }
    sheet_end(s);
    sheet_number(s, "profile_level", p->level);
    sheet_number(s, "profile_df", p->df);
    sheet_number(s, "profile_threshold", p->threshold);
    sheet_text(s, "profile_says", p->says);
    sheet_table(s, "profile_curves", '[', "profile curves");
    for (int k = 0; k < p->n; k++)
        for (int j = 0; j < PROFILE_POINTS; j++) {
            const ProfilePoint *c = &p->rows[k].curve[j];
            sheet_row(s, NULL);
            sheet_text(s, "parameter", p->rows[k].name);
            sheet_number(s, "value", c->value);
            sheet_number(s, "objective", c->objective);
            sheet_number(s, "rise", c->rise);
            sheet_number(s, "rms_log_residual", c->rms_log_residual);
        }
    sheet_end(s);
}

const Question PROFILES_QUESTION = {&FLAGS, &DEFAULTS, sizeof DEFAULTS, ask, put};
