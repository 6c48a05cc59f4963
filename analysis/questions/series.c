/* series.c: reads a series of gains as losses and fits one power law to it; the formulas are in
 * series.h. */
#include "analysis/questions/series.h"

#include <math.h>
#include <string.h>

#include "base/linear.h"
#include "base/numbers.h"
#include "base/rng.h"
#include "base/stat.h"

static const double AGREES = 0.05;

static const char *const KINDS[] = {"gain", "loss", NULL};
#define AT(member) offsetof(SeriesOptions, member)
static const Field FIELDS[] = {
    {"series", FIELD_STRING, AT(series), 0, -1, NULL, "%",
     "instead of PATH: gains one after the other, '42,28,14,6' or '42+-2,28+-2,...'"},
    {"per", FIELD_REAL, AT(per), 1.0001, 1e12, NULL, "",
     "factor of scale from one gain of the series to the next"},
    {"series_kind", FIELD_CHOICE, AT(kind), 0, -1, KINDS, "", "what the series is of"},
};
const FieldTable SERIES_FIELDS = {"a published series", FIELDS, COUNT_OF(FIELDS)};

SeriesOptions series_options_default(void) {
    return (SeriesOptions){.per = 10, .kind = KINDS[0]};
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Return the standard deviation of rounding: an even distribution over half a unit of the last
 * digit either way. */
static double rounding(const char *text) {
    const char *dot = strchr(text, '.');
    const int decimals = dot ? (int)strspn(dot + 1, "0123456789") : 0;
    return pow(10, -decimals) / sqrt(12);
}

static Status read_one(char *text, double *said, double *error, Err *err) {
    static const char *const BETWEEN[] = {"+-", "+/-", "±"};
    const char *behind = NULL;
    for (size_t i = 0; i < COUNT_OF(BETWEEN) && !behind; i++) {
        char *at = strstr(text, BETWEEN[i]);
        if (!at) continue;
        *at = 0;
        behind = at + strlen(BETWEEN[i]);
    }
    char *percent = strchr(text, '%');
    if (percent && percent[1] == 0) *percent = 0;
    if (!real_from_text(text, said) || !isfinite(*said))
        FAIL(err, E_USAGE, "--series: '%s' is no number; it looks like '42,28,14,6'", text);
    *error = rounding(text);
    if (behind && (!real_from_text(behind, error) || !(*error > 0) || isinf(*error)))
        FAIL(err, E_USAGE, "--series: '%s' is no error of %s; it looks like '42+-2'", behind, text);
    return OK;
}

static Status read_series(Series *s, Err *err) {
    const bool losses = strcmp(s->options.kind, "loss") == 0;
    char text[1024], *rest = text;
    if (snprintf(text, sizeof text, "%s", s->options.series) >= (int)sizeof text)
        FAIL(err, E_USAGE, "--series: is longer than %zu characters", sizeof text);
    int negative = 0;
    for (char *one; (one = strsep(&rest, ","));) {
        if (s->n == SERIES_LONGEST)
            FAIL(err, E_USAGE, "--series: has more than %d numbers", SERIES_LONGEST);
        TRY(read_one(one, &s->said[s->n], &s->error[s->n], err));
        negative += s->said[s->n++] < 0;
    }
    const size_t least = losses ? 4 : 3;
    if (s->n < least)
        FAIL(err, E_USAGE,
             "--series: needs %zu %s or more to tell whether their ratio changes, has %zu", least,
             losses ? "losses" : "gains", s->n);
    if (losses && negative) FAIL(err, E_USAGE, "--series: losses are positive");
    return OK;
}

/* ---- from falls of the loss to what is published, and back --------------------------------- */

typedef enum { POINTS, SHARE, GROWTH, LOSSES } How;
static const char *const NAMES[] = {"points", "share", "growth", "loss"};
static const char *const MEANINGS[] = {
    "every gain is points of one scale", "every gain is a share of the loss before it",
    "every gain is growth of a performance 1 / loss", "these are losses"};

/* Publish the falls d (n), which begin at this loss, as gains (n), or as losses (n + 1). */
static void publish(How how, double loss, const double *d, size_t n, double *out) {
    if (how == LOSSES) *out++ = loss;
    for (size_t i = 0; i < n; i++) {
        const double after = loss - d[i];
        out[i] = how == POINTS   ? d[i]
                 : how == SHARE  ? 100 * d[i] / loss
                 : how == GROWTH ? 100 * d[i] / after
                                 : after;
        loss = after;
    }
}

/* Fill d with the falls behind n published numbers and return their count: n, or n - 1 for losses.
 * The first loss is taken as 100 where the series does not give it. */
static size_t falls_of(How how, const double *said, size_t n, double *d) {
    double loss = how == LOSSES ? said[0] : 100;
    const size_t first = how == LOSSES;
    for (size_t i = first; i < n; i++) {
        d[i - first] = how == POINTS   ? said[i]
                       : how == SHARE  ? loss * said[i] / 100
                       : how == GROWTH ? loss * said[i] / (100 + said[i])
                                       : said[i - 1] - said[i];
        loss -= d[i - first];
    }
    return n - first;
}

/* ---- the law ------------------------------------------------------------------------------- */

/* theta = (first loss, ln d_0, ln r, bend): ln d_i = ln d_0 + i ln r + bend i (i - 1) / 2. */
enum { FIRST_LOSS, LN_D0, LN_R, BEND, N_THETA };

typedef struct {
    How how;
    const double *said, *error;
    size_t n;
    bool moves[N_THETA];
} Model;

static void falls_by(const double *theta, size_t n, double *d) {
    for (size_t i = 0; i < n; i++) {
        const double k = (double)i;
        d[i] = exp(theta[LN_D0] + k * theta[LN_R] + 0.5 * k * (k - 1) * theta[BEND]);
    }
}

/* Fill out (n + 1) with the published numbers by the law; the last one is the next of the series.
 */
static void predict(const Model *m, const double *theta, double *out) {
    double d[SERIES_LONGEST + 2];
    const size_t n = m->n + 1 - (m->how == LOSSES);
    falls_by(theta, n, d);
    publish(m->how, theta[FIRST_LOSS], d, n, out);
}

static double chi2_at(const Model *m, const double *theta, double *residuals) {
    double out[SERIES_LONGEST + 2], sum = 0;
    predict(m, theta, out);
    for (size_t i = 0; i < m->n; i++) {
        const double r = (out[i] - m->said[i]) / m->error[i];
        if (residuals) residuals[i] = r;
        sum += r * r;
    }
    return isfinite(sum) ? sum : INFINITY;
}

/* Solve A x = b in place, for a small A (k, k); return false when A is not positive definite. */
static bool solve(int k, double A[N_THETA][N_THETA], double *b) {
    for (int i = 0; i < k; i++) {
        if (!(A[i][i] > 0)) return false;
        for (int j = i + 1; j < k; j++) {
            const double f = A[j][i] / A[i][i];
            for (int c = i; c < k; c++) A[j][c] -= f * A[i][c];
            b[j] -= f * b[i];
        }
    }
    for (int i = k - 1; i >= 0; i--) {
        for (int c = i + 1; c < k; c++) b[i] -= A[i][c] * b[c];
        b[i] /= A[i][i];
    }
    return true;
}

/* Take one Levenberg-Marquardt step with this damping; return false when the system cannot be
 * solved. */
static bool try_step(const Model *m, const double *theta, double damping, double *to) {
    double J[N_THETA][SERIES_LONGEST], r[SERIES_LONGEST], A[N_THETA][N_THETA], b[N_THETA];
    int at[N_THETA], k = 0;
    chi2_at(m, theta, r);
    for (int i = 0; i < N_THETA; i++) {
        if (!m->moves[i]) continue;
        double up[N_THETA], down[N_THETA], above[SERIES_LONGEST], below[SERIES_LONGEST];
        const double h = 1e-6 * fmax(1, fabs(theta[i]));
        memcpy(up, theta, sizeof up), memcpy(down, theta, sizeof down);
        up[i] += h, down[i] -= h;
        chi2_at(m, up, above), chi2_at(m, down, below);
        for (size_t j = 0; j < m->n; j++) J[k][j] = (above[j] - below[j]) / (2 * h);
        at[k++] = i;
    }
    for (int i = 0; i < k; i++) {
        b[i] = 0;
        for (size_t j = 0; j < m->n; j++) b[i] -= J[i][j] * r[j];
        for (int c = 0; c < k; c++) {
            A[i][c] = 0;
            for (size_t j = 0; j < m->n; j++) A[i][c] += J[i][j] * J[c][j];
        }
        A[i][i] *= 1 + damping;
    }
    memcpy(to, theta, N_THETA * sizeof *to);
    if (!solve(k, A, b)) return false;
    for (int i = 0; i < k; i++) to[at[i]] += b[i];
    return true;
}

/* Fill the start: a straight line through the logarithms of the falls. A step that gained nothing
 * counts as a hundredth of the largest fall. */
static void start(const Model *m, double *theta) {
    double d[SERIES_LONGEST], top = 0;
    LinearLine line = {0};
    const size_t n = falls_of(m->how, m->said, m->n, d);
    for (size_t i = 0; i < n; i++) top = fmax(top, fabs(d[i]));
    for (size_t i = 0; i < n; i++)
        linear_add_point(&line, 1, (double)i, log(fmax(d[i], 0.01 * top)));
    theta[FIRST_LOSS] = m->how == LOSSES ? m->said[0] : 100;
    theta[LN_R] = linear_slope(&line);
    theta[LN_D0] = line.my - theta[LN_R] * line.mx;
    theta[BEND] = 0;
}

/* Minimise chi squared from theta on; return its least value. */
static double improve(const Model *m, double *theta) {
    double least = chi2_at(m, theta, NULL), damping = 1e-3;
    for (int i = 0; i < 200 && damping < 1e12; i++) {
        double next[N_THETA];
        const bool some = try_step(m, theta, damping, next);
        const double chi2 = some ? chi2_at(m, next, NULL) : INFINITY;
        if (chi2 < least) {
            const bool done = least - chi2 < 1e-14 * (1 + least);
            least = chi2;
            memcpy(theta, next, sizeof next);
            damping = fmax(damping / 10, 1e-12);
            if (done) break;
        } else
            damping *= 10;
    }
    return least;
}

/* ---- one reading --------------------------------------------------------------------------- */

/* Places of the numbers that get an interval, in an array of N_ANSWERS. */
enum { RATIO, ETA, ETA_FIRST, ETA_LAST, FLOOR, LEFT, NEXT, NEXT_WITH_BEND, BENT, STEPS };
enum { N_ANSWERS = STEPS + 2 * SERIES_LONGEST }; // the rest are ratio and eta of each step

/* Return the sum of all gains still to come, as published; NaN when the falls do not converge. */
static double left_of(const Model *m, const double *theta) {
    double d[SERIES_LONGEST + 1], loss = theta[FIRST_LOSS];
    const size_t n = m->n - (m->how == LOSSES);
    if (!(theta[LN_R] < 0)) return NAN;
    falls_by(theta, n + 1, d);
    for (size_t i = 0; i < n; i++) loss -= d[i];
    const double to_come = d[n] / (1 - exp(theta[LN_R]));
    double out[2];
    publish(m->how, loss, &to_come, 1, out);
    return m->how == LOSSES ? to_come : m->how == GROWTH && to_come >= loss ? NAN : out[0];
}

static double floor_of(const Model *m, const double *theta) {
    if (m->how == POINTS || !(theta[LN_R] < 0)) return NAN;
    const double E = theta[FIRST_LOSS] - exp(theta[LN_D0]) / (1 - exp(theta[LN_R]));
    return m->how == LOSSES ? E : E / 100;
}

/* Fit both laws to these numbers, fill out (N_ANSWERS), and leave the coefficients in power and
 * bent. Return chi squared of the single power law. */
static double answer(How how, const double *said, const double *error, size_t n, double ln_per,
                     double power[N_THETA], double bent[N_THETA], double *out) {
    Model m = {.how = how, .said = said, .error = error, .n = n};
    double d[SERIES_LONGEST], published[SERIES_LONGEST + 2];
    m.moves[FIRST_LOSS] = how == LOSSES;
    m.moves[LN_D0] = m.moves[LN_R] = true;
    start(&m, power);
    const double chi2 = improve(&m, power);
    out[RATIO] = exp(power[LN_R]);
    out[ETA] = -power[LN_R] / ln_per;
    out[FLOOR] = floor_of(&m, power);
    out[LEFT] = left_of(&m, power);
    predict(&m, power, published);
    out[NEXT] = published[n];
    memcpy(bent, power, N_THETA * sizeof *bent);
    m.moves[BEND] = true;
    improve(&m, bent);
    predict(&m, bent, published);
    out[NEXT_WITH_BEND] = published[n];
    out[BENT] = -bent[BEND] / ln_per;
    const size_t n_falls = falls_of(how, said, n, d), first = n - n_falls;
    for (size_t i = 0; i < n; i++) out[STEPS + 2 * i] = out[STEPS + 2 * i + 1] = NAN;
    for (size_t i = 1; i < n_falls; i++) {
        const double ratio = d[i] / d[i - 1];
        out[STEPS + 2 * (i + first)] = isfinite(ratio) ? ratio : NAN;
        out[STEPS + 2 * (i + first) + 1] =
            ratio > 0 && isfinite(ratio) ? -log(ratio) / ln_per : NAN;
    }
    out[ETA_FIRST] = out[STEPS + 2 * (first + 1) + 1];
    out[ETA_LAST] = out[STEPS + 2 * (n - 1) + 1];
    return chi2;
}

/* Return the probability of more than chi2 with k degrees of freedom [Abramowitz and Stegun 1964,
 * eq. 26.4.4 and 26.4.5]. */
static double chi2_tail(double chi2, int k) {
    const double half = 0.5 * chi2;
    double term = k % 2 ? sqrt(4 * half / M_PI) * exp(-half) : exp(-half);
    double sum = k % 2 ? erfc(sqrt(half)) : 0;
    for (int j = k % 2 ? 3 : 2; j <= k; j += 2) {
        sum += term;
        term *= chi2 / j;
    }
    return sum;
}

/* Publish the power law through the first two falls. */
static void go_on(How how, const double *said, size_t n, double *out) {
    double d[SERIES_LONGEST];
    const size_t n_falls = falls_of(how, said, n, d);
    for (size_t i = 2; i < n_falls; i++) d[i] = d[i - 1] * (d[1] / d[0]);
    publish(how, how == LOSSES ? said[0] : 100, d, n_falls, out);
}

static Interval interval_of(const double *answers, const double *draws, int resamples, double level,
                            size_t at) {
    Interval v = {answers[at], NAN, NAN};
    if (resamples == 0 || isnan(v.value)) return v;
    Arena *scratch = arena_open();
    double *x = ARENA_ARRAY(scratch, double, (size_t)resamples);
    for (int r = 0; r < resamples; r++) x[r] = draws[(size_t)r * N_ANSWERS + at];
    v.lo = stat_quantile(x, (size_t)resamples, (1 - level) / 2);
    v.hi = stat_quantile(x, (size_t)resamples, (1 + level) / 2);
    arena_close(scratch);
    return v;
}

static void fill(SeriesReading *r, const Series *s, const double *answers, const double *draws) {
    struct {
        Interval *to;
        size_t at;
    } const PLACES[] = {{&r->ratio, RATIO},
                        {&r->eta, ETA},
                        {&r->eta_first, ETA_FIRST},
                        {&r->eta_last, ETA_LAST},
                        {&r->floor, FLOOR},
                        {&r->left, LEFT},
                        {&r->next, NEXT},
                        {&r->next_with_bend, NEXT_WITH_BEND},
                        {&r->bend, BENT}};
    for (size_t i = 0; i < COUNT_OF(PLACES); i++)
        *PLACES[i].to = interval_of(answers, draws, s->resamples, s->level, PLACES[i].at);
    for (size_t i = 0; i < s->n; i++) {
        const size_t at = STEPS + 2 * i;
        r->step_ratio[i] = interval_of(answers, draws, s->resamples, s->level, at);
        r->step_eta[i] = interval_of(answers, draws, s->resamples, s->level, at + 1);
    }
}

static SeriesReading read_as(How how, const Series *s) {
    SeriesReading r = {.name = NAMES[how], .meaning = MEANINGS[how]};
    const double ln_per = log(s->options.per), *said = s->said;
    double power[N_THETA], bent[N_THETA], answers[N_ANSWERS], out[SERIES_LONGEST + 2];
    Arena *scratch = arena_open();
    double *draws = ARENA_ARRAY(scratch, double, (size_t)s->resamples *N_ANSWERS + 1);
    for (int k = 0; k < s->resamples; k++) {
        double drawn[SERIES_LONGEST];
        const Stream noise = stream_open(s->seed, "series", (uint64_t)k);
        for (size_t i = 0; i < s->n; i++)
            drawn[i] = said[i] + s->error[i] * stream_normal(&noise, i);
        answer(how, drawn, s->error, s->n, ln_per, power, bent, draws + (size_t)k * N_ANSWERS);
    }
    r.chi2 = answer(how, said, s->error, s->n, ln_per, power, bent, answers);
    fill(&r, s, answers, draws);
    r.freedom = (int)s->n - (how == LOSSES ? 3 : 2);
    r.p = chi2_tail(r.chi2, r.freedom);
    r.agrees = r.p >= AGREES;
    const Model m = {.how = how, .said = said, .error = s->error, .n = s->n};
    go_on(how, said, s->n, r.as_begun);
    predict(&m, power, out);
    memcpy(r.power_law, out, s->n * sizeof *out);
    predict(&m, bent, out);
    memcpy(r.with_bend, out, s->n * sizeof *out);
    arena_close(scratch);
    return r;
}

Status series_of(const SeriesOptions *options, const FitOptions *fit, Series *out, Err *err) {
    *out = (Series){
        .options = *options, .level = fit->level, .resamples = fit->resamples, .seed = fit->seed};
    TRY(read_series(out, err));
    if (strcmp(options->kind, "loss") == 0) {
        out->readings[out->n_readings++] = read_as(LOSSES, out);
        return OK;
    }
    bool falls = true;
    for (size_t i = 0; i < out->n; i++) falls = falls && out->said[i] < 0;
    for (size_t i = 0; falls && i < out->n; i++) out->said[i] = -out->said[i];
    for (How how = POINTS; how <= (falls ? SHARE : GROWTH); how++)
        out->readings[out->n_readings++] = read_as(how, out);
    return OK;
}
