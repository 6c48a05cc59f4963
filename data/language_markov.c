/* language_markov.c: an order-k Markov chain over V symbols, every context's row drawn from
 * Dirichlet(c/V, .., c/V).                                      [Cover and Thomas 2006, ch. 4]
 *
 *     h    = sum_s pi(s) H(P_s)            pi: stationary distribution over the V^k contexts
 *     H(n) = H(pi) + (n - k) h,  n >= k    H(1) from the marginal of pi
 *
 * Rows are kept as running sums: sampling and entropy rest on the same numbers.
 */
#include "data/language.h"

#include <string.h>

#include "base/rng.h"

/* The table (V^(k+1) running sums) stays below 512 MB. */
enum { MAX_TABLE = 1 << 26, MAX_STEPS = 10000 };

typedef struct {
    size_t symbols, contexts; // V, V^k
    int order;                // k
    uint64_t seed;
    double *cumulative; // (contexts, V)  running sums of each row
    double *stationary; // (contexts)     pi; a context's last digit in base V is its latest symbol
    double rate;
} Markov;

static Status markov_check(const DataSpec *spec, Err *err) {
    const double table = pow(spec->symbols, spec->order + 1);
    if (table > MAX_TABLE)
        FAIL(err, E_USAGE,
             "markov: symbols %d and order %d need a table of %.0f numbers; "
             "symbols^(order + 1) may be at most %d",
             spec->symbols, spec->order, table, MAX_TABLE);
    return OK;
}

/* Counters set aside for one gamma variate: two per attempt (one in 20 fails), one for the boost.
 */
enum { GAMMA_DRAWS = 256 };

/* Draw ln of a Gamma(shape, 1) variate, number `which` of the stream. It is a log because a variate
 * of shape 0.01 is often below the smallest double. [Marsaglia and Tsang 2000, "A simple method for
 * generating gamma variables"] */
static double ln_gamma_variate(const Stream *s, uint64_t which, double shape) {
    const uint64_t first = which * GAMMA_DRAWS;
    const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);
    double v = 1;
    for (uint64_t i = 0; i < GAMMA_DRAWS - 2; i += 2) {
        const double x = stream_normal(s, first + i), u = stream_uniform(s, first + i + 1);
        v = pow(1 + c * x, 3);
        if (v <= 0) continue;
        if (u > 0.0331 * x * x * x * x) break; // nearly always: saves the logarithms below
        if (log(1 - u) < x * x / 2 + d - d * v + d * log(v)) break;
    }
    /* Shapes below 1 are boosted: G(a) = G(a + 1) U^(1/a). */
    if (shape >= 1) return log(d * v);
    return log(d * v) + log(1 - stream_uniform(s, first + GAMMA_DRAWS - 1)) / shape;
}

static void draw_row(double *row, size_t symbols, double concentration, const Stream *s) {
    double top = -INFINITY, sum = 0;
    for (size_t x = 0; x < symbols; x++) {
        row[x] = ln_gamma_variate(s, x, concentration / (double)symbols);
        if (row[x] > top) top = row[x];
    }
    for (size_t x = 0; x < symbols; x++) row[x] = sum += exp(row[x] - top);
    for (size_t x = 0; x < symbols; x++) row[x] /= sum;
}

static double probability(const Markov *m, size_t context, size_t x) {
    const double *row = m->cumulative + context * m->symbols;
    return x > 0 ? row[x] - row[x - 1] : row[0];
}

/* Take one step of the distribution over contexts; returns sum |next - now|. */
static double step(const Markov *m, const double *now, double *next) {
    memset(next, 0, m->contexts * sizeof *next);
    for (size_t s = 0; s < m->contexts; s++) {
        double *to = next + s * m->symbols % m->contexts; // the V contexts that can follow
        for (size_t x = 0; x < m->symbols; x++) to[x] += now[s] * probability(m, s, x);
    }
    double sum = 0, change = 0;
    for (size_t s = 0; s < m->contexts; s++) sum += next[s];
    for (size_t s = 0; s < m->contexts; s++) {
        next[s] /= sum;
        change += fabs(next[s] - now[s]);
    }
    return change;
}

/* Find the stationary distribution by power iteration from the uniform one. If it took n steps to
 * come down to 1e-13, the spectral gap is about 30/n and the error of pi about n/30 * 1e-13: below
 * 1e-10 for any n here. */
static Status find_stationary(Markov *m, Arena *arena, const DataSpec *spec, Err *err) {
    double *now = ARENA_ARRAY(arena, double, m->contexts);
    double *next = ARENA_ARRAY(arena, double, m->contexts);
    for (size_t s = 0; s < m->contexts; s++) now[s] = 1 / (double)m->contexts;
    double change = INFINITY;
    for (int n = 0; n < MAX_STEPS && change > 1e-13; n++) {
        change = step(m, now, next);
        double *swap = now;
        now = next;
        next = swap;
    }
    if (change > 1e-13)
        FAIL(err, E_USAGE,
             "markov: with concentration %g the chain hardly mixes (its distribution still moves "
             "by %.1e after %d steps); a larger concentration or another seed does better",
             spec->concentration, change, MAX_STEPS);
    m->stationary = now;
    return OK;
}

static Status markov_open(Arena *arena, const DataSpec *spec, void **out, Err *err) {
    Markov *m = ARENA_NEW(arena, Markov);
    m->symbols = (size_t)spec->symbols;
    m->order = spec->order;
    m->seed = spec->seed;
    m->contexts = 1;
    for (int i = 0; i < spec->order; i++) m->contexts *= m->symbols;
    m->cumulative = ARENA_ARRAY(arena, double, m->contexts * m->symbols);
    for (size_t s = 0; s < m->contexts; s++) {
        const Stream row = stream_open(spec->seed, "markov row", s);
        draw_row(m->cumulative + s * m->symbols, m->symbols, spec->concentration, &row);
    }
    TRY(find_stationary(m, arena, spec, err));
    for (size_t s = 0; s < m->contexts; s++) {
        double row_entropy = 0;
        for (size_t x = 0; x < m->symbols; x++)
            row_entropy += language_entropy_term(probability(m, s, x));
        m->rate += m->stationary[s] * row_entropy;
    }
    *out = m;
    return OK;
}

static int markov_vocab(const void *self) {
    return (int)((const Markov *)self)->symbols;
}

static void markov_write(const void *self, int part, uint64_t n, uint16_t *out) {
    const Markov *m = self;
    const Stream start = stream_open(m->seed, "markov start", (uint64_t)part);
    const Stream text = stream_open(m->seed, "markov text", (uint64_t)part);
    double left = stream_uniform(&start, 0);
    size_t context = 0;
    while (context + 1 < m->contexts && (left -= m->stationary[context]) >= 0) context++;
    for (uint64_t i = 0; i < n; i++) {
        const double *row = m->cumulative + context * m->symbols;
        const size_t x = stream_pick(&text, i, row, m->symbols);
        out[i] = (uint16_t)x;
        context = (context * m->symbols + x) % m->contexts;
    }
}

static double markov_rate(const void *self) {
    return ((const Markov *)self)->rate;
}

static double first_symbol_entropy(const Markov *m) {
    double entropy = 0;
    for (size_t x = 0; x < m->symbols; x++) {
        double p = 0;
        for (size_t s = x; s < m->contexts; s += m->symbols) p += m->stationary[s];
        entropy += language_entropy_term(p);
    }
    return entropy;
}

static double markov_block(const void *self, int n) {
    const Markov *m = self;
    if (n == 1) return first_symbol_entropy(m);
    MUST(n >= m->order);
    double entropy = 0;
    for (size_t s = 0; s < m->contexts; s++) entropy += language_entropy_term(m->stationary[s]);
    return entropy + (n - m->order) * m->rate;
}

static int markov_period(const void *self) {
    (void)self;
    return 1;
}

static int markov_min_block(const void *self) {
    return ((const Markov *)self)->order;
}

const LanguageKind LANGUAGE_MARKOV = {
    .name = "markov",
    .about = "order-k chain over an alphabet, every row drawn from a Dirichlet",
    .check = markov_check,
    .open = markov_open,
    .vocab = markov_vocab,
    .write = markov_write,
    .entropy_rate = markov_rate,
    .block_entropy = markov_block,
    .min_block = markov_min_block,
    .period = markov_period,
};
