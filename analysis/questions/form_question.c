/* form_question.c: what the residuals say of the law's form, whether or not it is beyond chance,
 * and what repeats say of the noise. */
#include <math.h>

#include "base/stat.h"
#include "analysis/questions/question.h"
#include "analysis/questions/study.h"

static void put_patterns(Sheet *s, const Form *form) {
    sheet_table(s, "form", '{',
                "form: a quadratic in ln N and ln D beside the law; size is what it moves ln L by, "
                "root mean square");
    for (int k = 0; k < FORM_PATTERNS; k++) {
        const FormPattern *p = &form->patterns[k];
        sheet_row(s, form_pattern_name((FormPatternKind)k));
        sheet_number(s, "size", p->size);
        sheet_number(s, "noises", fabs(p->size) / form_noise(form));
        sheet_number(s, "p", p->p);
        sheet_number(s, "freedom", p->freedom);
        sheet_text(s, "told", isnan(p->p) ? NULL : form_found(p) ? "beyond chance" : "no");
    }
    sheet_end(s);
}

static void put_lack(Sheet *s, const FormLack *lack) {
    if (isnan(lack->noise)) {
        sheet_missing(s, "lack_of_fit");
        return;
    }
    sheet_table(s, "lack_of_fit", '.',
                "lack of fit: sizes and lengths beside what their repeats differ by");
    sheet_number(s, "pure_error", lack->noise);
    sheet_number(s, "size", lack->size);
    sheet_number(s, "f", lack->f);
    sheet_count(s, "freedom", (uint64_t)lack->freedom);
    sheet_count(s, "rest", (uint64_t)lack->rest);
    sheet_number(s, "p", lack->p);
    sheet_end(s);
}

/* Put a deviation with its interval, which chi-square gives it. */
static void put_deviation(Sheet *s, const char *name, const FormDeviation *d, double level) {
    const double k = d->freedom, tail = 0.5 * (1 - level);
    sheet_row(s, name);
    sheet_interval_cells(s, (Interval){d->sd, d->sd * sqrt(k / stat_chi2_quantile(1 - tail, k)),
                                       d->sd * sqrt(k / stat_chi2_quantile(tail, k))});
    sheet_count(s, "repeats", (uint64_t)d->repeats);
    sheet_count(s, "cells", (uint64_t)d->cells);
    sheet_count(s, "freedom", (uint64_t)d->freedom);
}

static void put_part(Sheet *s, const char *name, double sd) {
    if (isnan(sd)) return;
    sheet_row(s, name);
    sheet_interval_cells(s, (Interval){sd, NAN, NAN});
    sheet_number(s, "repeats", NAN);
    sheet_number(s, "cells", NAN);
    sheet_number(s, "freedom", NAN);
}

/* Return the standard error of a loss by its sample of held-out text, in ln L, root mean square
 * over the rows that tell it. */
static double evaluation(const Points *points) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const double se = points->rows[i].loss_se / points->rows[i].loss;
        if (!isnan(se)) sum += se * se, n++;
    }
    return n ? sqrt(sum / (double)n) : NAN;
}

static void put_repeats(Sheet *s, const Fit *fit) {
    const FormRepeats *r = &fit->form.repeats;
    if (isnan(r->run.sd) && isnan(r->rounding.sd)) {
        sheet_missing(s, "noise_of_run");
        return;
    }
    sheet_table(s, "noise_of_run", '{',
                "noise of a run, by repeats: sd in ln L; that of evaluation is common to runs on "
                "the same windows");
    if (!isnan(r->run.sd)) put_deviation(s, "run", &r->run, fit->level);
    if (!isnan(r->rounding.sd)) put_deviation(s, "rounding", &r->rounding, fit->level);
    put_part(s, "seed", r->seed);
    put_part(s, "evaluation", evaluation(fit->part->points));
    sheet_end(s);
}

static const char *says(Arena *arena, const Form *form) {
    const FormPattern *most = form_strongest(form);
    if (form->untested) return arena_printf(arena, "not tested: %s", form->untested);
    if (!most) return "not tested: these points cannot tell any pattern from the law.";
    if (form_wrong(form)) return form_direction_words(form);
    return arena_printf(arena, "nothing beyond chance, which is below p = %.3g", FORM_CHANCE);
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Fit *fit = &study->fit;
    Arena *scratch = arena_open();
    (void)answer;
    sheet_text(s, "form_says", says(scratch, &fit->form));
    if (!sheet_for_people(s) || fit->form.outliers > 0)
        sheet_count(s, "form_outliers", fit->form.outliers);
    if (form_strongest(&fit->form))
        put_patterns(s, &fit->form);
    else
        sheet_missing(s, "form");
    put_lack(s, &fit->form.lack);
    put_repeats(s, fit);
    arena_close(scratch);
}

const Question FORM_QUESTION = {.put = put};
