/* validation.c: the question that every fit is asked: how well does it predict runs that were left
 * out? Its answer is a Validation (validate.h). */
#include <math.h>

#include "analysis/questions/compare.h"

void outcome_put(Sheet *s, const Outcome *o) {
    const bool any = o->n > 0;
    if (any && o->judged)
        sheet_count(s, "inside", o->inside);
    else
        sheet_number(s, "inside", NAN);
    sheet_text(s, "side", any ? outcome_side(o) : NULL);
    sheet_number(s, "noises", any ? o->noises : NAN);
}

static void put_errors(Sheet *s, const Holdout *h, const Outcome *o) {
    sheet_count(s, "n", h->n);
    sheet_number(s, "mean_abs_rel", h->mean_abs_rel);
    sheet_number(s, "bias", h->bias);
    outcome_put(s, o);
}

static void put_largest(Sheet *s, const LargestOut *l) {
    sheet_table(s, "leave_largest_out", '.',
                "fitted without the largest, which are then predicted: relative error");
    sheet_text(s, "rule", l->rule);
    put_errors(s, &l->error, &l->outcome);
    sheet_count(s, "n_fitted", l->n_fitted);
    sheet_number(s, sheet_for_people(s) ? "scatter" : "noise", l->noise);
    sheet_end(s);
}

static void put_sizes(Sheet *s, const SizesOut *v) {
    sheet_table(s, "cross_validation", '.',
                "fitted without each size in turn, which is then predicted: relative error");
    sheet_text(s, "by", v->by);
    sheet_count(s, "folds", (uint64_t)v->n_folds);
    put_errors(s, &v->error, &v->outcome);
    sheet_end(s);
}

/* Answer with the validation that the comparison made of the chosen law, if there was one. */
static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    const Comparison *c = study->comparison;
    (void)options, (void)err;
    *answer = c ? c->rivals[c->chosen].validation : validate(arena, &study->fit);
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Validation *v = answer;
    if (v && v->largest.error.n > 0 && !validate_user_holdout(&study->fit))
        put_largest(s, &v->largest);
    else
        sheet_missing(s, "leave_largest_out");
    if (v && v->sizes.error.n > 0)
        put_sizes(s, &v->sizes);
    else
        sheet_missing(s, "cross_validation");
}

const Question VALIDATION_QUESTION = {.ask = ask, .put = put};
