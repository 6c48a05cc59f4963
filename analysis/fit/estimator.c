/* estimator.c: penalties and the table of estimators. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/suggest.h"
#include "analysis/fit/estimator.h"

/* Return Huber's penalty, quadratic within delta and linear beyond. It is summed over rows, not
 * averaged [Hoffmann et al. 2022, App. D.2]. */
static double huber(double r, double delta, double *slope, double *bend) {
    const double size = fabs(r);
    const bool near = size <= delta;
    *slope = near ? r : copysign(delta, r);
    *bend = near;
    return near ? 0.5 * r * r : delta * (size - 0.5 * delta);
}

static double square(double r, double delta, double *slope, double *bend) {
    (void)delta;
    *slope = 2 * r;
    *bend = 2;
    return r * r;
}

static double size(double r, double delta, double *slope, double *bend) {
    (void)delta;
    *slope = (r > 0) - (r < 0);
    *bend = 0;
    return fabs(r);
}

const Estimator ESTIMATORS[] = {
    {.name = "huber-log",
     .about = "relative noise with a few far rows, which pull no harder than near ones",
     .minimises = "Huber's penalty, r^2/2 up to |r| = delta and delta (|r| - delta/2) "
                  "beyond, r = ln L fitted - ln L",
     .penalty = huber,
     .has_delta = true,
     .smooth = true,
     .way = WAY_SMOOTH},
    {.name = "lad-log",
     .about = "relative noise with heavy tails: the median of ln L, whatever the size of far rows",
     .minimises = "|r|, r = ln L fitted - ln L",
     .penalty = size,
     .way = WAY_KINKS},
    {.name = "l2-log",
     .about = "relative Gaussian noise",
     .minimises = "r^2, r = ln L fitted - ln L",
     .penalty = square,
     .smooth = true,
     .way = WAY_SMOOTH},
    {.name = "l2-raw",
     .about = "absolute Gaussian noise",
     .minimises = "r^2, r = L fitted - L in nats",
     .penalty = square,
     .raw = true,
     .smooth = true,
     .way = WAY_SMOOTH},
    {.name = "vpnls",
     .about = "absolute Gaussian noise, as l2-raw, found by a grid on the exponents with "
              "non-negative least squares inside",
     .minimises = "r^2, r = L fitted - L in nats, by variable projection",
     .penalty = square,
     .raw = true,
     .smooth = true,
     .way = WAY_PROJECTED},
    {.name = NULL},
};

const Estimator *estimator_find(const char *name) {
    for (const Estimator *e = ESTIMATORS; e->name; e++)
        if (strcmp(e->name, name) == 0) return e;
    return NULL;
}

const char *estimator_nearest(const char *name) {
    const char *names[COUNT_OF(ESTIMATORS)];
    size_t n = 0;
    for (; ESTIMATORS[n].name; n++) names[n] = ESTIMATORS[n].name;
    return suggest_nearest(name, names, n);
}
