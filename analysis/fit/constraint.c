/* constraint.c: reads names and ranges, and puts them in the minimiser's coordinates. */
#include <math.h>
#include <string.h>

#include "analysis/fit/constraint.h"
#include "analysis/points/where.h"
#include "base/numbers.h"
#include "base/suggest.h"

/* The largest |theta| that may be asked for; fits stay far within. */
static const double THETA_MOST = 100;

int constraint_param(const Law *law, const char *name, bool *as_ln) {
    *as_ln = false;
    const int plain = law_param_index(law, name);
    if (plain >= 0 || strncmp(name, "ln", 2) != 0) return plain;
    const int logged = law_param_index(law, name + 2);
    *as_ln = logged >= 0 && law->params[logged].logged;
    return *as_ln ? logged : -1;
}

static Status unknown_param(const Law *law, const char *flag, const char *name, Err *err) {
    const char *names[LAW_MAX_PARAMS];
    for (int i = 0; i < law->n_params; i++) names[i] = law->params[i].name;
    const char *near = suggest_nearest(name, names, (size_t)law->n_params);
    FAIL(err, E_USAGE, "%s: %s has no parameter '%s'%s", flag, law->name, name, DID_YOU_MEAN(near));
}

Status constraint_theta(const Law *law, int i, bool as_ln, const char *flag, const char *text,
                        double *out, Err *err) {
    const bool logged = !as_ln && law->params[i].logged;
    if (!real_from_text(text, out) || !isfinite(*out))
        FAIL(err, E_USAGE, "%s: %s: '%s' is no number", flag, law->params[i].name, text);
    if (logged && *out <= 0)
        FAIL(err, E_USAGE, "%s: %s: %s, needs a positive number", flag, law->params[i].name, text);
    if (logged) *out = log(*out);
    if (fabs(*out) <= THETA_MOST) return OK;
    FAIL(err, E_USAGE, "%s: %s: %s is out of all range: needs a number from %s", flag,
         law->params[i].name, text, logged ? "3.8e-44 to 2.6e43" : "-100 to 100");
}

static Status fix_one(const WhereCondition *c, Problem *p, Err *err) {
    bool as_ln;
    double value;
    const int i = constraint_param(p->law, c->name, &as_ln);
    if (i < 0) return unknown_param(p->law, "--fix", c->name, err);
    TRY(constraint_theta(p->law, i, as_ln, "--fix", c->value, &value, err));
    if (p->asked[i]) FAIL(err, E_USAGE, "--fix: %s is given twice", p->law->params[i].name);
    problem_uncentre(p, i);
    p->fixed[i] = true;
    p->lo[i] = p->hi[i] = value;
    return OK;
}

static Status bound_one(Arena *arena, const WhereCondition *c, Problem *p, Err *err) {
    bool as_ln;
    const Law *law = p->law;
    const int i = constraint_param(law, c->name, &as_ln);
    if (i < 0) return unknown_param(law, "--bound", c->name, err);
    char *lo = arena_strdup(arena, c->value), *hi = strchr(lo, ':');
    if (!hi)
        FAIL(err, E_USAGE, "--bound: %s: '%s' is no range; write %s=LOWEST:HIGHEST", c->name,
             c->value, c->name);
    *hi++ = '\0';
    /* The law bounds a coefficient's term; the coefficient by itself may be anything. */
    const bool coefficient = law->params[i].ln_x;
    double low = coefficient ? -THETA_MOST : p->lo[i], high = coefficient ? THETA_MOST : p->hi[i];
    if (*lo) TRY(constraint_theta(law, i, as_ln, "--bound", lo, &low, err));
    if (*hi) TRY(constraint_theta(law, i, as_ln, "--bound", hi, &high, err));
    if (!(low < high)) FAIL(err, E_USAGE, "--bound: %s: '%s' is empty", c->name, c->value);
    if (p->fixed[i]) FAIL(err, E_USAGE, "--bound: %s is fixed already", c->name);
    if (p->asked[i]) FAIL(err, E_USAGE, "--bound: %s is given twice", law->params[i].name);
    problem_uncentre(p, i);
    p->lo[i] = low;
    p->hi[i] = high;
    return OK;
}

Status constraint_apply(Arena *arena, const char *fix, const char *bound, Problem *p, Err *err) {
    Where fixes, bounds;
    TRY(where_assignments(arena, fix, "--fix", &fixes, err));
    for (size_t k = 0; k < fixes.n; k++) TRY(fix_one(&fixes.rows[k], p, err));
    TRY(where_assignments(arena, bound, "--bound", &bounds, err));
    for (size_t k = 0; k < bounds.n; k++) TRY(bound_one(arena, &bounds.rows[k], p, err));
    return OK;
}
