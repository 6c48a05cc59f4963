/* noisy_quadratic.c: sums over up to 1e13 directions at the price of some hundred terms.
 *
 * The first directions are added one by one. From n = M on, a sum is an integral in ln n, in which
 * the terms vary slowly, by Gauss and Legendre's rule over equal panels; and Gregory's weights at
 * its two ends turn the integral into the sum:
 *     sum_{n=M}^N f(n) = integral_M^N f + sum_j w_j f(M + j) + sum_j w_j f(N - j)
 * Where terms stand does not depend on the spectrum, so that the sums are as smooth as terms are.
 *
 * What a term has of n alone is kept for the last few spectra and sizes. A fit asks for one
 * spectrum at all rows, and for one beside it in each direction, over and over; this changes no
 * bit.
 */
#include "analysis/laws/noisy_quadratic.h"

#include <math.h>
#include <string.h>

enum {
    FIRST = 32,   // M
    ORDER = 8,    // of Gregory's weights at M
    TOP = 4,      // their order at N, where terms differ less
    DIRECT = 200, // up to this N all terms are added one by one
    PANEL = 16,
    MOST_PANELS = 12,
    MOST = FIRST + ORDER + MOST_PANELS * PANEL + TOP + 1
};
static const double WIDEST = 2.5; // a panel, in ln n, as long as MOST_PANELS suffice

_Static_assert((int)DIRECT <= (int)MOST, "room for a sum without an integral");

/* Coefficients of Gregory's rule: of first differences, second ones, ... */
static const double GREGORY[] = {1 / 12.0,      1 / 24.0,      19 / 720.0,        3 / 160.0,
                                 863 / 60480.0, 275 / 24192.0, 33953 / 3628800.0, 8183 / 1036800.0};

/* Gauss and Legendre's rule of 16 points on [-1, 1]: the positive half. */
static const double AT[] = {0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863,
                            0.6178762444026437484, 0.7554044083550030339, 0.8656312023878317439,
                            0.9445750230732325761, 0.9894009349916499326};
static const double WEIGHT[] = {0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382,
                                0.1495959888165767321, 0.1246289712555338721, 0.0951585116824927848,
                                0.0622535239386478929, 0.0271524594117540949};

/* What terms have of n: ln n, weight * n^-p, weight * n^-r / (2 - lambda), ln (1 - lambda)^2 and
 * minus its slope in ln lambda, and the slope of ln 1 / (2 - lambda). */
typedef struct {
    double key[5]; // p, q, r, ln Q, ln N
    int n;
    double tail, tail_of_p; // sum_{n > N} n^-p
    double ln_n[MOST], bias[MOST], noise[MOST], decay[MOST], decays[MOST], gain[MOST];
} Terms;

/* Return ln |1 - lambda|; most lambda are so small that a few terms of its series do. */
static double ln_left(double lambda) {
    static const double SMALL = 0.02;
    double sum = 1 / 9.0;
    if (lambda > SMALL) return lambda < 0.5 ? log1p(-lambda) : log(fabs(1 - lambda));
    for (int k = 8; k >= 1; k--) sum = sum * lambda + 1.0 / k;
    return -lambda * sum;
}

/* The powers of n that terms are made of. */
typedef struct {
    double p, q, r; // n^-p, Q n^-q, n^-r
} Powers;

static Powers powers_of(const Terms *t, double ln_n) {
    return (Powers){exp(-t->key[0] * ln_n), exp(t->key[3] - t->key[1] * ln_n),
                    exp(-t->key[2] * ln_n)};
}

static void add_term(Terms *t, double ln_n, double weight, const Powers *of) {
    const int i = t->n++;
    const double lambda = of->q;
    t->ln_n[i] = ln_n;
    t->bias[i] = weight * of->p;
    t->noise[i] = weight * of->r / (2 - lambda);
    t->decay[i] = 2 * ln_left(lambda);
    t->decays[i] = 2 * lambda / (1 - lambda);
    t->gain[i] = lambda / (2 - lambda);
}

static void add_at(Terms *t, double ln_n, double weight) {
    const Powers of = powers_of(t, ln_n);
    add_term(t, ln_n, weight, &of);
}

static void copy_terms(Terms *t, const Terms *from, int n) {
    double *const to[] = {t->ln_n, t->bias, t->noise, t->decay, t->decays, t->gain};
    const double *const of[] = {from->ln_n,  from->bias,   from->noise,
                                from->decay, from->decays, from->gain};
    for (int i = 0; i < 6; i++) memcpy(to[i], of[i], sizeof(double) * (size_t)n);
    t->n = n;
}

/* Return Gregory's weight at the end (j = 0) or j steps from it. */
static double end_weight(int j, int order) {
    double sum = 0, choose = 1; // k over j
    for (int k = j; k <= order; k++) {
        if (k > j) choose *= (double)k / (k - j);
        if (k > 0) sum += GREGORY[k - 1] * choose;
    }
    return (j == 0 ? 0.5 : 0) + (j % 2 ? -sum : sum);
}

/* Set the sum of n^-p over n > N by Euler and Maclaurin's formula. */
static void set_tail(Terms *t, double ln_n) {
    const double p = t->key[0], all = exp((1 - p) * ln_n) / (p - 1),
                 first = p * exp((-p - 1) * ln_n) / 12;
    t->tail = all - 0.5 * exp(-p * ln_n) + first;
    t->tail_of_p = -ln_n * t->tail - all / (p - 1) + first / p;
}

static void add_few(Terms *t, double ln_n) {
    const int whole = (int)floor(exp(ln_n) + 1e-9);
    for (int n = 1; n <= whole; n++) add_at(t, log(n), 1);
    set_tail(t, log(DIRECT));
    for (int n = whole + 1; n <= DIRECT; n++) {
        const double term = pow(n, -t->key[0]);
        t->tail += term;
        t->tail_of_p -= log(n) * term;
    }
}

enum { LOW = FIRST + ORDER }; // terms that do not depend on N

/* Add the terms of a sum that begins as it does for another N (NULL: none is known), and goes on as
 * an integral. From panel to panel powers of n change by one factor. */
static void add_many(Terms *t, double ln_n, const Terms *begun) {
    const double from = log(FIRST), width = ln_n - from;
    const int panels = (int)fmin(ceil(width / WIDEST), MOST_PANELS);
    const double half = 0.5 * width / panels, step = 2 * half, wider = exp(step);
    const Powers by = {exp(-t->key[0] * step), exp(-t->key[1] * step), exp(-t->key[2] * step)};
    if (begun)
        copy_terms(t, begun, LOW);
    else
        for (int n = 1; n <= LOW; n++)
            add_at(t, log(n), n < FIRST ? 1 : end_weight(n - FIRST, ORDER));
    for (int i = 0; i < PANEL; i++) {
        const double ln = from + half * (1 + (i % 2 ? AT[i / 2] : -AT[i / 2]));
        Powers of = powers_of(t, ln);
        double weight = half * WEIGHT[i / 2] * exp(ln); // dn = n d ln n
        for (int k = 0; k < panels; k++) {
            add_term(t, ln + k * step, weight, &of);
            weight *= wider, of.p *= by.p, of.q *= by.q, of.r *= by.r;
        }
    }
    for (int j = 0; j <= TOP; j++) add_at(t, log(exp(ln_n) - j), end_weight(j, TOP));
    set_tail(t, ln_n);
}

/* Return the terms of a spectrum and a size, made anew unless they are among the last. */
static const Terms *terms_of(const Spectrum *s, double ln_n) {
    enum { KEPT = 12 }; // as many as a fit's derivatives go between, and some
    static _Thread_local Terms kept[KEPT];
    static _Thread_local int next;
    const double key[] = {s->p, s->q, s->r, s->ln_Q, ln_n};
    const Terms *begun = NULL;
    Terms *t = &kept[(next + 1) % KEPT];
    for (int i = 0; i < KEPT; i++) {
        if (kept[i].n == 0 || memcmp(kept[i].key, key, 4 * sizeof *key) != 0) continue;
        if (kept[i].key[4] == ln_n) return &kept[i];
        if (&kept[i] != t && kept[i].key[4] >= log(DIRECT)) begun = &kept[i];
    }
    next = (next + 1) % KEPT;
    memcpy(t->key, key, sizeof key);
    t->n = 0;
    if (ln_n < log(DIRECT))
        add_few(t, ln_n);
    else
        add_many(t, ln_n, begun);
    return t;
}

static const double LEARNT = -80; // no more than e^this is left of such a direction

void noisy_quadratic(const Spectrum *s, double ln_n, double ln_k, SpectrumSum *bias,
                     SpectrumSum *noise) {
    const Terms *t = terms_of(s, fmax(0, ln_n));
    const double k = exp(ln_k);
    SpectrumSum b = {.value = t->tail, .of_p = t->tail_of_p}, v = {0};
    for (int i = 0; i < t->n; i++) {
        const double power = k * t->decay[i], left = power > LEARNT ? exp(power) : 0;
        const double of_b = t->bias[i] * left, of_v = t->noise[i] * (1 - left);
        const double falls = left > 0 ? k * t->decays[i] * left : 0; // - d left / d ln lambda
        const double b_slope = -t->bias[i] * falls,
                     v_slope = t->noise[i] * falls + of_v * t->gain[i];
        b.value += of_b;
        b.of_p -= t->ln_n[i] * of_b;
        b.of_ln_Q += b_slope;
        b.of_q -= t->ln_n[i] * b_slope;
        v.value += of_v;
        v.of_r -= t->ln_n[i] * of_v;
        v.of_ln_Q += v_slope;
        v.of_q -= t->ln_n[i] * v_slope;
    }
    *bias = b;
    *noise = v;
}
