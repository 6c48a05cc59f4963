/* profile.c: walks outward from the estimate, each fit from its neighbour, until the objective has
 * risen too far; then draws the curve in between. */
#include "analysis/fit/profile.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/profile_scale.h"
#include "base/sheet.h"
#include "base/stat.h"

enum { MAX_STRIDES = 12, MAX_ROOT_STEPS = 12 };

/* One side of one parameter's profile. Values are of theta_i. */
typedef struct {
    const Problem *problem;
    int i, direction;
    double at, least; // theta_i at the estimate, and the objective there
    double lambda, reach, threshold;
    double end; // end of the interval
    bool open;
} Side;

typedef struct {
    double value, rise, objective;
    double theta[LAW_MAX_PARAMS];
} Step;

/* Fit with theta_i = value. The start is extrapolated from the last two fits. */
static Step step_to(const Side *s, double value, const Step *before, const Step *last) {
    Problem p = *s->problem;
    problem_uncentre(&p, s->i);
    p.fixed[s->i] = true;
    p.lo[s->i] = p.hi[s->i] = value;
    Step out = {.value = value};
    const double apart = last->value - before->value;
    for (int k = 0; k < p.law->n_params; k++) {
        const double slope = apart != 0 ? (last->theta[k] - before->theta[k]) / apart : 0;
        out.theta[k] = last->theta[k] + slope * (value - last->value);
    }
    out.theta[s->i] = value;
    const Estimate e = estimate_from(NULL, &p, out.theta);
    memcpy(out.theta, e.theta, sizeof out.theta);
    out.objective = e.objective;
    out.rise = 2 * (e.objective - s->least) / s->lambda;
    return out;
}

/* Return how far theta_i can go: to its bound. A coefficient has none, since its bounds are on its
 * term. */
static double limit_of(const Side *s) {
    const Problem *p = s->problem;
    if (p->law->params[s->i].ln_x && !p->asked[s->i]) return copysign(INFINITY, s->direction);
    return s->direction < 0 ? p->lo[s->i] : p->hi[s->i];
}

static double above(const Side *s, const Step *step) {
    return sqrt(fmax(0, step->rise)) - sqrt(s->threshold);
}

/* Find the end between a step inside and one outside, by regula falsi on sqrt(T), which is nearly a
 * line. An end that was kept twice gets half its weight (Illinois), since some ends are walls. */
static double find_end(const Side *s, Step in, Step out) {
    double f_in = above(s, &in), f_out = above(s, &out);
    int kept = 0; // the end that was kept last; -1: in, 1: out, 0: none
    for (int k = 0; k < MAX_ROOT_STEPS; k++) {
        const double share = f_in / (f_in - f_out);
        const Step mid = step_to(s, in.value + share * (out.value - in.value), &out, &in);
        const double f = above(s, &mid);
        if (fabs(f) < 1e-3) return mid.value;
        if (f < 0) {
            if (kept == 1) f_out /= 2;
            f_in = f, in = mid, kept = 1;
        } else {
            if (kept == -1) f_in /= 2;
            f_out = f, out = mid, kept = -1;
        }
    }
    return in.value; // the data do not contradict it
}

static void walk(Side *s, const double *theta) {
    const double limit = limit_of(s);
    Step before = {.value = s->at}, last;
    memcpy(before.theta, theta, sizeof before.theta);
    last = before;
    double stride = s->direction * fmax(s->reach * sqrt(s->threshold), 1e-6 * fmax(1, fabs(s->at)));
    for (int k = 0; k < MAX_STRIDES; k++, stride *= 1.6) {
        const bool stop = s->direction * (last.value + stride - limit) >= 0;
        const Step next = step_to(s, stop ? limit : last.value + stride, &before, &last);
        if (next.rise > s->threshold) {
            s->end = find_end(s, last, next);
            return;
        }
        before = last;
        last = next;
        if (stop) break;
    }
    s->end = last.value;
    s->open = true;
}

/* ---- curves ---------------------------------------------------------------------------------- */

static double rms_at(const Problem *p, const double *theta) {
    double sum = 0, n = 0;
    for (size_t row = 0; row < p->points->n; row++) {
        if (problem_weight(p, row) == 0) continue;
        const double *x = p->data.x + row * (size_t)p->data.n_x;
        const double r = p->law->log_loss(theta, x, NULL) - p->data.ln_loss[row];
        sum += r * r;
        n++;
    }
    return sqrt(sum / n);
}

static ProfilePoint point_of(const Problem *p, int i, const Step *s) {
    return (ProfilePoint){law_param(p->law, s->theta, i), s->objective, s->rise,
                          rms_at(p, s->theta)};
}

static void draw_curve(const Side *s, const double *theta, Profile *out) {
    const double whole = limit_of(s), beyond = s->open ? 1 : 1.25;
    Step before = {.value = s->at, .objective = s->least}, last;
    memcpy(before.theta, theta, sizeof before.theta);
    last = before;
    if (s->direction < 0) out->curve[PROFILE_SIDE] = point_of(s->problem, s->i, &before);
    for (int k = 1; k <= PROFILE_SIDE; k++) {
        const double value = s->at + (s->end - s->at) * beyond * k / PROFILE_SIDE;
        const bool stop = s->direction * (value - whole) >= 0;
        const Step next = step_to(s, stop ? whole : value, &before, &last);
        out->curve[PROFILE_SIDE + s->direction * k] = point_of(s->problem, s->i, &next);
        before = last;
        last = next;
    }
}

static void run_side(const Problem *p, const Fit *fit, double threshold, double reach, int i,
                     int direction, Profile *out) {
    Side s = {.problem = p,
              .i = i,
              .direction = direction,
              .at = fit->theta[i],
              .least = fit->objective,
              .lambda = out->lambda,
              .reach = reach,
              .threshold = threshold};
    walk(&s, fit->theta);
    draw_curve(&s, fit->theta, out);
    double theta[LAW_MAX_PARAMS];
    theta[i] = s.end;
    *(direction < 0 ? &out->lo : &out->hi) = law_param(p->law, theta, i);
    *(direction < 0 ? &out->open_lo : &out->open_hi) = s.open;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Return the parameter whose interval spans the largest factor, an open side counting most.
 * Coefficients are left aside: they swing with their exponents however good the data are. */
static const Profile *least_pinned(const Profiles *p, const Law *law) {
    const Profile *worst = NULL;
    double most = -1;
    for (int k = 0; k < p->n; k++) {
        const Profile *r = &p->rows[k];
        const LawParam *row = &law->params[law_param_index(law, r->name)];
        const double factor = (r->open_lo || r->open_hi ? 1e9 : 0) + fabs(log(fabs(r->hi / r->lo)));
        if (row->ln_x || row->either_sign || factor <= most) continue;
        most = factor;
        worst = r;
    }
    return worst;
}

static const char *words(Arena *arena, const Profiles *p, const Fit *fit) {
    for (int k = 0; k < p->n; k++)
        for (int j = 0; j < PROFILE_POINTS; j++)
            if (p->rows[k].curve[j].rise < -0.01)
                return arena_printf(arena,
                                    "with %s at %.4g the objective is lower than at the estimate: "
                                    "the fit did not find the best minimum, try more --starts.",
                                    p->rows[k].name, p->rows[k].curve[j].value);
    const Profile *r = least_pinned(p, fit->law);
    if (!r) return NULL;
    const int lo = r->open_lo ? 0 : 1, hi = PROFILE_POINTS - 1 - !r->open_hi;
    return arena_printf(arena,
                        "%s anywhere from %.3g to %.3g changes the rms residual only from %.3g %% "
                        "to %.3g %%%s.",
                        r->name, r->lo, r->hi, 100 * fit->rms_log_residual,
                        100 * fmax(r->curve[lo].rms_log_residual, r->curve[hi].rms_log_residual),
                        r->open_lo || r->open_hi ? ": these points do not pin it" : "");
}

const Profiles *profiles_of(Arena *arena, const Fit *fit, double level) {
    const Problem *p = fit->problem;
    MUST(p->law->log_loss);
    const ProfileScale scale = profile_scale_of(arena, p, fit->theta);
    Profiles *out = ARENA_NEW(arena, Profiles);
    *out = (Profiles){.level = level, .df = scale.df};
    out->threshold = profile_threshold(level, scale.df);
    double reach[LAW_MAX_PARAMS];
    int of[LAW_MAX_PARAMS];
    for (int i = 0; i < p->law->n_params; i++) {
        if (p->fixed[i]) continue;
        Profile *row = &out->rows[out->n];
        *row = (Profile){.name = p->law->params[i].name,
                         .value = law_param(p->law, fit->theta, i),
                         .lambda = profile_lambda(&scale, i, &reach[out->n])};
        of[out->n++] = i;
    }
#pragma omp parallel for schedule(dynamic)
    for (int k = 0; k < 2 * out->n; k++)
        run_side(p, fit, out->threshold, reach[k / 2], of[k / 2], k % 2 ? 1 : -1,
                 &out->rows[k / 2]);
    out->says = words(arena, out, fit);
    return out;
}
