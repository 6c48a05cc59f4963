/* study_print.c: puts a fit and the answers to every question on a sheet, whose pen decides the
 * format. */
#include "analysis/report/study_print.h"

#include <math.h>
#include <string.h>

#include "analysis/questions/forecast_told.h"
#include "analysis/questions/validate.h"

/* Return the column that the law's N comes from: the one read as params, or params_active if the
 * law asks for active parameters. */
static const char *params_column(const Fit *fit) {
    return fit->law->variables[0].ln_x == ln_active ? "params_active" : fit->points->n_convention;
}

/* Put in words how the law was fitted. A law that is read off the points minimises nothing. */
static void put_estimator(Sheet *s, const Fit *fit) {
    const Estimator *e = fit->problem->estimator;
    const bool read_off = fit->law->read_off;
    char what[256];
    snprintf(what, sizeof what, "%s over rows of %s", fit->problem->average ? "mean" : "sum",
             e->minimises);
    sheet_text(s, "estimator", fit->estimator);
    sheet_text(s, "minimises", read_off ? NULL : what);
    sheet_text(s, "right_for", read_off ? NULL : e->about);
    sheet_number(s, "delta", e->has_delta && !read_off ? fit->delta : NAN);
}

/* People see the list where it says more than the status. */
static void put_reasons(Sheet *s, const Fit *fit) {
    const char *names[FIT_REASONS];
    char line[128] = "";
    const int n = fit_reasons(fit, names);
    if (!sheet_for_people(s)) {
        sheet_list(s, "reasons", names, n);
        return;
    }
    for (int i = 0; i < n; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", i ? ", " : "", names[i]);
    if (n > 1) sheet_text(s, "reasons", line);
}

/* People see first which number to use beyond the runs; machines have it as forecast_verdict. */
static void put_verdict(Sheet *s, const Study *study) {
    const ForecastTold *told = study_answer(study, &FORECAST_QUESTION);
    if (told && sheet_for_people(s)) sheet_text(s, "forecast", told->verdict);
}

static void put_head(Sheet *s, const Study *study) {
    const Fit *fit = &study->fit;
    const Points *p = fit->points;
    put_verdict(s, study);
    if (!sheet_for_people(s) || study->design) sheet_text(s, "design", study->design);
    sheet_text(s, "law", fit->law->name);
    sheet_text(s, "formula", fit->law->formula);
    sheet_text(s, "source", fit->law->source);
    put_estimator(s, fit);
    sheet_text(s, "points", study->called);
    sheet_count(s, "n_points", p->n);
    sheet_count(s, "n_groups", (uint64_t)p->n_groups);
    sheet_text(s, "params_column", params_column(fit));
    sheet_text(s, "params_counted", p->n_counted);
    sheet_text(s, "flops_column", p->c_convention);
    sheet_text(s, "flops_counted", p->c_counted);
    sheet_bool(s, "flops_assumed", p->flops_assumed);
    sheet_text(s, "status", fit_status_name(fit->status));
    put_reasons(s, fit);
}

static void put_dropped(Sheet *s, const Points *p) {
    if (sheet_for_people(s) && p->n_dropped == 0) return;
    sheet_table(s, "dropped", '[', "dropped rows");
    for (size_t i = 0; i < p->n_dropped; i++) {
        sheet_row(s, NULL);
        sheet_count(s, "line", (uint64_t)p->dropped[i].line);
        sheet_text(s, "id", p->dropped[i].id);
        sheet_text(s, "rule", p->dropped[i].rule);
        sheet_count(s, "rows", p->dropped[i].rows);
    }
    sheet_end(s);
}

static void put_row(Sheet *s, const char *name, Interval v, const char *unit) {
    sheet_row(s, name);
    sheet_interval_cells(s, v);
    sheet_text(s, "unit", unit);
}

static void put_params(Sheet *s, const Fit *fit) {
    char title[64];
    snprintf(title, sizeof title, "parameters, with %.0f %% intervals", 100 * fit->level);
    sheet_table(s, "params", '{', title);
    for (int i = 0; i < fit->law->n_params; i++)
        put_row(s, fit->law->params[i].name, fit->params[i], fit->law->params[i].unit);
    sheet_end(s);
}

/* E by all laws, where several were weighed, and whether it allows for what is known. */
static void put_floor_of_all(Sheet *s, const Study *study) {
    const Interval none = {NAN, NAN, NAN};
    const Interval e = study->forecast ? forecast_floor(study->forecast) : none;
    const double floor = study->fit.points->floor_nat;
    const bool inside = floor >= e.lo && floor <= e.hi;
    sheet_interval(s, "E_by_all_laws", e);
    sheet_text(s, "verdict_by_all_laws",
               isnan(e.value) ? NULL
               : inside       ? "the floor lies inside the interval of E by all laws together"
                              : "the floor lies outside the interval of E by all laws together");
}

static void put_truth(Sheet *s, const Study *study) {
    const Fit *fit = &study->fit;
    if (!fit_truth_known(fit)) {
        sheet_missing(s, "truth");
        return;
    }
    sheet_table(s, "truth", '.', "what is known of the source, nats per token");
    sheet_number(s, "entropy", fit->points->entropy_nat);
    sheet_number(s, "floor", fit->points->floor_nat);
    sheet_bool(s, "E_inside", fit_E_inside(fit));
    sheet_text(s, "verdict",
               fit_E_inside(fit) ? "the floor lies inside the interval of E"
                                 : "the floor lies outside the interval of E");
    put_floor_of_all(s, study);
    sheet_end(s);
}

static void put_derived(Sheet *s, const Fit *fit) {
    if (!sheet_for_people(s) || fit->no_frontier) sheet_text(s, "frontier_says", fit->no_frontier);
    if (isnan(fit->split.a.value)) {
        sheet_missing(s, "derived");
        return;
    }
    sheet_table(s, "derived", '{',
                "compute-optimal, C = 6 N D: N = G (C/6)^a, D = (C/6)^b / G, L = E + K (C/6)^-eta");
    put_row(s, "a", fit->split.a, "");
    put_row(s, "b", fit->split.b, "");
    put_row(s, "G", fit->split.G, "");
    put_row(s, "eta", fit->split.eta, "");
    put_row(s, "K", fit->split.K, "nat");
    sheet_end(s);
}

static void put_cost(Sheet *s, const Fit *fit) {
    sheet_table(s, "cost", '.', "training FLOPs of these points: C = kappa N^q D");
    sheet_number(s, "kappa", fit->cost.kappa);
    sheet_number(s, "q", fit->cost.q);
    sheet_number(s, "flops_error", fit->cost.error);
    sheet_end(s);
}

static void put_fit(Sheet *s, const Fit *fit) {
    sheet_table(s, NULL, ':', "how it was fitted");
    sheet_number(s, "objective", fit->objective);
    sheet_text(s, "stop", fit_stop_name(fit->stop));
    sheet_number(s, "gradient_norm", fit->gradient_norm);
    sheet_count(s, "starts", (uint64_t)fit->n_starts);
    sheet_count(s, "starts_at_best", (uint64_t)fit->n_best);
    sheet_text(s, "bootstrap", fit->bootstrap);
    sheet_count(s, "resamples", (uint64_t)fit->n_boots);
    sheet_number(s, "level", fit->level);
    sheet_count(s, "seed", fit->seed);
    sheet_number(s, "rms_log_residual", fit->rms_log_residual);
    /* What residuals tell is noise only if the law is right; people are told which it is. */
    const bool people = sheet_for_people(s);
    sheet_number(s, people ? "scatter_about_this_law" : "noise", fit->noise.total);
    sheet_number(s, people ? "scatter_of_trunks" : "noise_trunk", fit->noise.trunk);
    sheet_number(s, people ? "scatter_of_runs" : "noise_run", fit->noise.run);
    sheet_number(s, "aicc", fit->aicc);
    sheet_end(s);
}

static void put_holdout(Sheet *s, const Fit *fit) {
    const Holdout h = fit_holdout(fit);
    if (h.n == 0) {
        sheet_missing(s, "holdout");
        return;
    }
    sheet_table(s, "holdout", '.', "held-out points, relative error of the predicted loss");
    sheet_text(s, "rule", fit->held->rule);
    sheet_count(s, "n", h.n);
    sheet_number(s, "mean_abs_rel", h.mean_abs_rel);
    sheet_number(s, "bias", h.bias);
    const Outcome o = validate_held(fit);
    if (o.n > 0 || !sheet_for_people(s)) outcome_put(s, &o);
    sheet_end(s);
}

static void put_all(Sheet *s, const Study *study) {
    const Fit *fit = &study->fit;
    put_head(s, study);
    sheet_list(s, "notes", fit->notes, fit->n_notes);
    put_dropped(s, fit->points);
    put_params(s, fit);
    simulation_put(s, fit, study->simulation);
    put_truth(s, study);
    put_derived(s, fit);
    put_cost(s, fit);
    put_fit(s, fit);
    put_holdout(s, fit);
    for (size_t i = 0; i < N_QUESTIONS; i++) QUESTIONS[i]->put(s, study, study->answers[i]);
}

void study_print_json(const Study *study, JsonOut *out) {
    Sheet s = sheet_json(out);
    put_all(&s, study);
}

void study_print_tables(const Study *study, Tables *out) {
    Sheet s = sheet_tables(out);
    put_all(&s, study);
}

void study_print_text(const Study *study, FILE *out) {
    Sheet s = sheet_text_out(out);
    put_all(&s, study);
}

void study_print_html(const Study *study, FILE *out) {
    Sheet s = sheet_html(out);
    put_all(&s, study);
    sheet_html_end(&s);
}
