/* compare_print.c: the question COMPARISON: the laws compared, as a table and in sentences. */
#include "analysis/questions/compare.h"
#include "base/sheet.h"

static void put_rival(Sheet *s, const Rival *r) {
    const Fit *f = &r->fit;
    const Holdout h = fit_holdout(f);
    const Validation *v = r->validation;
    sheet_row(s, NULL);
    sheet_text(s, "law", f->law->name);
    /* A formula is too wide for a column of text. */
    if (!sheet_for_people(s)) sheet_text(s, "formula", f->law->formula);
    sheet_count(s, "k", (uint64_t)f->n_free);
    sheet_text(s, "status", fit_status_name(f->status));
    sheet_number(s, "objective", f->objective);
    sheet_number(s, "rms_log_residual", f->rms_log_residual);
    sheet_number(s, "aicc", f->aicc);
    sheet_number(s, "delta_aicc", r->delta_aicc);
    sheet_number(s, "cross_validation", v->sizes.error.mean_abs_rel);
    sheet_number(s, "left_out", v->largest.error.mean_abs_rel);
    sheet_number(s, "left_out_bias", v->largest.error.bias);
    if (!sheet_for_people(s) || h.n > 0) {
        sheet_number(s, "holdout_mean_abs_rel", h.mean_abs_rel);
        sheet_number(s, "holdout_bias", h.bias);
    }
    sheet_number(s, "as_good", r->as_good);
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Comparison *c = study->comparison;
    (void)answer;
    if (sheet_for_people(s) && !c) return;
    sheet_table(s, "comparison", '[',
                "laws compared on the same points, best prediction first (relative errors)");
    for (size_t i = 0; c && i < c->n; i++) put_rival(s, &c->rivals[i]);
    sheet_end(s);
    if (!c) return;
    sheet_list(s, "verdict", c->verdict, c->n_verdict);
    sheet_list(s, "not_compared", c->left_out, c->n_left_out);
    nested_put(s, study->fit.points, c->nested, c->n_nested);
}

const Question COMPARISON_QUESTION = {.put = put};
