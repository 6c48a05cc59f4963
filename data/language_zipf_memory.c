/* language_zipf_memory.c: an endless list of records, each a key and the value that belongs to it.
 *
 *     k k k v v  k k k v v  k k k v v ...     key symbols 0..S-1, value symbols S..2S-1
 *
 * Records are independent, p(key of rank r) ~ r^-zipf, and a value symbol is replaced by a uniform
 * one with probability `noise`.
 *
 *     h    = [H(key) + value_len H(noisy symbol)] / R,   R = key_len + value_len
 *     H(n) = ln R + 1/R sum_phase H(n symbols | phase),  n > max(key_len, value_len)
 *
 * A block that long shows its phase. Given the phase it is the end of a record, whole records, and
 * the start of one, all independent. The entropy of a piece of a record comes from its exact
 * distribution over all keys.
 */
#include "data/language.h"

#include <stdlib.h>

#include "base/rng.h"

enum {
    MAX_KEYS = 1 << 20,
    MAX_NOISY_TABLE = 1 << 24, // distribution of a noisy piece of a record: doubles, dense
    MAX_PIECE_BITS = 63,       // a piece of a record without noise is one integer in base S
};

typedef struct {
    size_t symbols, keys; // S, S^key_len
    int key_len, value_len, record_len;
    double noise;
    uint64_t seed;
    double *p;          // (keys)             of a key
    double *cumulative; // (keys)             running sums by rank
    uint32_t *ranked;   // (keys)             the key of a rank
    uint16_t *values;   // (keys, value_len)  0..S-1
    double key_entropy, noise_entropy;
} Memory;

static Status memory_check(const DataSpec *spec, Err *err) {
    const double keys = pow(spec->symbols, spec->key_len);
    const double pieces = pow(spec->symbols, spec->key_len - 1 + spec->value_len);
    if (keys > MAX_KEYS)
        FAIL(err, E_USAGE,
             "zipf-memory: symbols %d and key_len %d make %.0f keys; at most %d are allowed",
             spec->symbols, spec->key_len, keys, MAX_KEYS);
    if (spec->noise > 0 && pieces > MAX_NOISY_TABLE)
        FAIL(err, E_USAGE,
             "zipf-memory: with noise, symbols^(key_len - 1 + value_len) may be at most %d (the "
             "exact "
             "entropy needs a table of that size); here it is %.0f",
             MAX_NOISY_TABLE, pieces);
    if (log2(pieces) > MAX_PIECE_BITS)
        FAIL(err, E_USAGE, "zipf-memory: symbols^(key_len - 1 + value_len) must stay below 2^%d",
             MAX_PIECE_BITS);
    return OK;
}

static void rank_keys(Memory *m, double zipf) {
    const Stream order = stream_open(m->seed, "zipf-memory ranks", 0);
    double sum = 0;
    for (size_t r = m->keys; r-- > 0;) sum += pow((double)(r + 1), -zipf); // small ones first
    double running = 0;
    for (size_t r = 0; r < m->keys; r++) {
        const double p = pow((double)(r + 1), -zipf) / sum;
        m->ranked[r] = (uint32_t)stream_permute(&order, r, m->keys);
        m->p[m->ranked[r]] = p;
        m->cumulative[r] = running += p;
    }
    for (size_t r = m->keys; r-- > 0;) m->key_entropy += language_entropy_term(m->p[m->ranked[r]]);
}

static Status memory_open(Arena *arena, const DataSpec *spec, void **out, Err *err) {
    (void)err;
    Memory *m = ARENA_NEW(arena, Memory);
    m->symbols = (size_t)spec->symbols;
    m->key_len = spec->key_len;
    m->value_len = spec->value_len;
    m->record_len = spec->key_len + spec->value_len;
    m->noise = spec->noise;
    m->seed = spec->seed;
    m->keys = 1;
    for (int i = 0; i < m->key_len; i++) m->keys *= m->symbols;
    m->p = ARENA_ARRAY(arena, double, m->keys);
    m->cumulative = ARENA_ARRAY(arena, double, m->keys);
    m->ranked = ARENA_ARRAY(arena, uint32_t, m->keys);
    rank_keys(m, spec->zipf);

    const size_t n_values = m->keys * (size_t)m->value_len;
    const Stream values = stream_open(m->seed, "zipf-memory values", 0);
    m->values = ARENA_ARRAY(arena, uint16_t, n_values);
    for (size_t i = 0; i < n_values; i++)
        m->values[i] = (uint16_t)stream_below(&values, i, m->symbols);

    const double wrong = m->noise / (double)m->symbols, right = 1 - m->noise + wrong;
    m->noise_entropy =
        language_entropy_term(right) + (double)(m->symbols - 1) * language_entropy_term(wrong);
    *out = m;
    return OK;
}

static int memory_vocab(const void *self) {
    return (int)(2 * ((const Memory *)self)->symbols);
}

/* Return symbol `at` of the record of a key before noise: 0..S-1, whether it is of the key or of
 * the value. */
static size_t record_symbol(const Memory *m, size_t key, int at) {
    if (at >= m->key_len) return m->values[key * (size_t)m->value_len + (size_t)(at - m->key_len)];
    for (int i = at + 1; i < m->key_len; i++) key /= m->symbols;
    return key % m->symbols;
}

static void memory_write(const void *self, int part, uint64_t n, uint16_t *out) {
    const Memory *m = self;
    const uint64_t substream = (uint64_t)part, record_len = (uint64_t)m->record_len;
    const Stream phases = stream_open(m->seed, "zipf-memory phase", substream);
    const Stream keys = stream_open(m->seed, "zipf-memory keys", substream);
    const Stream noise = stream_open(m->seed, "zipf-memory noise", substream);
    const uint64_t phase = stream_below(&phases, 0, record_len);
    size_t key = 0;
    for (uint64_t i = phase; i < phase + n; i++) {
        const uint64_t record = i / record_len;
        const int at = (int)(i % record_len);
        if (at == 0 || i == phase)
            key = m->ranked[stream_pick(&keys, record, m->cumulative, m->keys)];
        size_t symbol = record_symbol(m, key, at);
        if (at >= m->key_len) {
            const double u = stream_uniform(&noise, i);
            if (u < m->noise) symbol = (size_t)(u / m->noise * (double)m->symbols);
            symbol += m->symbols;
        }
        out[i - phase] = (uint16_t)symbol;
    }
}

static double memory_rate(const void *self) {
    const Memory *m = self;
    return (m->key_entropy + m->value_len * m->noise_entropy) / m->record_len;
}

/* Pack symbols a .. b-1 of a key's record into one number in base S. */
static uint64_t piece_code(const Memory *m, size_t key, int a, int b) {
    uint64_t code = 0;
    for (int at = a; at < b; at++) code = code * m->symbols + record_symbol(m, key, at);
    return code;
}

typedef struct {
    uint64_t code;
    double p;
} Piece;

static int by_code(const void *a, const void *b) {
    const uint64_t x = ((const Piece *)a)->code, y = ((const Piece *)b)->code;
    return (x > y) - (x < y);
}

/* Compute the entropy of symbols a .. b-1 of a record without noise; keys that agree on them are
 * one case. */
static double clean_piece_entropy(const Memory *m, int a, int b) {
    Arena *arena = arena_open();
    Piece *pieces = ARENA_ARRAY(arena, Piece, m->keys);
    for (size_t key = 0; key < m->keys; key++)
        pieces[key] = (Piece){piece_code(m, key, a, b), m->p[key]};
    qsort(pieces, m->keys, sizeof *pieces, by_code);
    double entropy = 0;
    for (size_t i = 0; i < m->keys;) {
        const uint64_t code = pieces[i].code;
        double p = 0;
        for (; i < m->keys && pieces[i].code == code; i++) p += pieces[i].p;
        entropy += language_entropy_term(p);
    }
    arena_close(arena);
    return entropy;
}

/* Send one axis of a distribution through the noise: q <- (1 - noise) q + noise * mean over the
 * axis. */
static void add_noise(double *q, size_t cells, size_t stride, size_t symbols, double noise) {
    for (size_t first = 0; first < cells; first += stride * symbols)
        for (size_t i = first; i < first + stride; i++) {
            double sum = 0;
            for (size_t x = 0; x < symbols; x++) sum += q[i + x * stride];
            for (size_t x = 0; x < symbols; x++)
                q[i + x * stride] = (1 - noise) * q[i + x * stride] + noise * sum / (double)symbols;
        }
}

/* Compute the entropy of symbols a .. b-1 of a record with noise on its value symbols, which are
 * the last axes of a dense table of all cases. */
static double noisy_piece_entropy(const Memory *m, int a, int b) {
    size_t cells = 1, stride = 1;
    for (int at = a; at < b; at++) cells *= m->symbols;
    Arena *arena = arena_open();
    double *q = ARENA_ARRAY(arena, double, cells);
    for (size_t key = 0; key < m->keys; key++) q[piece_code(m, key, a, b)] += m->p[key];
    for (int at = b - 1; at >= a && at >= m->key_len; at--, stride *= m->symbols)
        add_noise(q, cells, stride, m->symbols, m->noise);
    double entropy = 0;
    for (size_t i = 0; i < cells; i++) entropy += language_entropy_term(q[i]);
    arena_close(arena);
    return entropy;
}

static double piece_entropy(const Memory *m, int a, int b) {
    if (a == 0 && b >= m->key_len) return m->key_entropy + (b - m->key_len) * m->noise_entropy;
    return m->noise > 0 && b > m->key_len ? noisy_piece_entropy(m, a, b)
                                          : clean_piece_entropy(m, a, b);
}

static double first_symbol_entropy(const Memory *m) {
    Arena *arena = arena_open();
    double *q = ARENA_ARRAY(arena, double, 2 * m->symbols); // key symbols, then value symbols
    for (size_t key = 0; key < m->keys; key++)
        for (int at = 0; at < m->record_len; at++) {
            const size_t alphabet = at >= m->key_len ? m->symbols : 0;
            q[alphabet + record_symbol(m, key, at)] += m->p[key] / m->record_len;
        }
    add_noise(q + m->symbols, m->symbols, 1, m->symbols, m->noise);
    double entropy = 0;
    for (size_t x = 0; x < 2 * m->symbols; x++) entropy += language_entropy_term(q[x]);
    arena_close(arena);
    return entropy;
}

static int memory_period(const void *self) {
    return ((const Memory *)self)->record_len;
}

static int memory_min_block(const void *self) {
    const Memory *m = self;
    return 1 + (m->key_len > m->value_len ? m->key_len : m->value_len);
}

static double memory_block(const void *self, int n) {
    const Memory *m = self;
    if (n == 1) return first_symbol_entropy(m);
    MUST(n >= memory_min_block(m));
    const int record_len = m->record_len;
    double sum = 0;
    for (int phase = 0; phase < record_len; phase++) {
        const int end = phase + n < record_len ? phase + n : record_len;
        const int rest = n - (end - phase);
        sum += piece_entropy(m, phase, end);
        sum += rest / record_len * piece_entropy(m, 0, record_len);
        sum += piece_entropy(m, 0, rest % record_len);
    }
    return log(record_len) + sum / record_len;
}

const LanguageKind LANGUAGE_ZIPF_MEMORY = {
    .name = "zipf-memory",
    .about = "records of a key and its value; keys follow Zipf's law, values must be remembered",
    .check = memory_check,
    .open = memory_open,
    .vocab = memory_vocab,
    .write = memory_write,
    .entropy_rate = memory_rate,
    .block_entropy = memory_block,
    .min_block = memory_min_block,
    .period = memory_period,
};
