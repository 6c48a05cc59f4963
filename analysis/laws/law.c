/* law.c: the table of laws, and what is asked of each of them alike. */
#include <math.h>
#include <string.h>

#include "analysis/laws/law.h"
#include "base/err.h"
#include "base/suggest.h"

#define LISTED(NAME) &LAW_##NAME,
const Law *const LAWS[] = {LAW_ROWS(LISTED) NULL};

const Law *law_find(const char *name) {
    for (size_t i = 0; LAWS[i]; i++)
        if (strcmp(LAWS[i]->name, name) == 0) return LAWS[i];
    return NULL;
}

const Law *law_find_x(const char *name, const char *x) {
    for (size_t i = 0; LAWS[i]; i++)
        if (strcmp(LAWS[i]->name, name) == 0 && strcmp(LAWS[i]->x, x) == 0) return LAWS[i];
    return law_find(name);
}

const char *law_nearest(const char *name) {
    const char *names[COUNT_OF(LAWS)];
    size_t n = 0;
    for (; LAWS[n]; n++) names[n] = LAWS[n]->name;
    return suggest_nearest(name, names, n);
}

int law_n_variables(const Law *law) {
    int n = 0;
    while (n < LAW_MAX_VARIABLES && law->variables[n].ln_x) n++;
    return n;
}

void law_x(const Law *law, const Point *p, double *x) {
    for (int v = 0; v < LAW_MAX_VARIABLES && law->variables[v].ln_x; v++)
        x[v] = law->variables[v].ln_x(p);
}

double law_log_loss(const Law *law, const double *theta, const Point *p) {
    double x[LAW_MAX_VARIABLES];
    if (!law->log_loss) return NAN;
    law_x(law, p, x);
    return law->log_loss(theta, x, NULL);
}

double law_loss(const Law *law, const double *theta, const Point *p) {
    return exp(law_log_loss(law, theta, p));
}

LawData law_data(Arena *arena, const Law *law, const Points *points) {
    const int n_x = law_n_variables(law);
    double *x = ARENA_ARRAY(arena, double, points->n *(size_t)n_x),
           *ln_loss = ARENA_ARRAY(arena, double, points->n);
    LawData d = {.n = points->n, .n_x = n_x, .x = x, .ln_loss = ln_loss, .min_loss = INFINITY};
    for (int v = 0; v < n_x; v++) d.lo[v] = INFINITY, d.hi[v] = -INFINITY;
    for (size_t i = 0; i < points->n; i++, x += n_x) {
        const Point *p = &points->rows[i];
        law_x(law, p, x);
        ln_loss[i] = log(p->loss);
        d.min_loss = fmin(d.min_loss, p->loss);
        d.mean_loss += p->loss / (double)points->n;
        for (int v = 0; v < n_x; v++) {
            d.mean[v] += x[v] / (double)points->n;
            d.lo[v] = fmin(d.lo[v], x[v]);
            d.hi[v] = fmax(d.hi[v], x[v]);
        }
    }
    return d;
}

double law_param(const Law *law, const double *theta, int i) {
    return law->params[i].logged ? exp(theta[i]) : theta[i];
}

int law_param_index(const Law *law, const char *name) {
    for (int i = 0; i < law->n_params; i++)
        if (strcmp(law->params[i].name, name) == 0) return i;
    return -1;
}

double (*law_param_x(const Law *law, int i))(const Point *p) {
    if (law->params[i].ln_x) return law->params[i].ln_x;
    for (int k = 0; k < law->n_params; k++)
        if (law->params[k].ln_x && law->params[k].x_exponent == i) return law->params[k].ln_x;
    return NULL;
}
