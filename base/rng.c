/* rng.c: Philox4x32-10 and what is drawn from it. Every value is a pure function of (stream,
 * index).
 *
 * Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11,
 * doi:10.1145/2063384.2063405.
 */
#include "base/rng.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

static const double TWO_PI = 6.283185307179586476925;

static uint64_t join(uint32_t low, uint32_t high) {
    return (uint64_t)high << 32 | low;
}

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c[0];
        const uint64_t p1 = (uint64_t)0xCD9E8D57u * c[2];
        const uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ c[1] ^ k0, (uint32_t)p1,
                                  (uint32_t)(p0 >> 32) ^ c[3] ^ k1, (uint32_t)p0};
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9u; // golden ratio
        k1 += 0xBB67AE85u; // sqrt(3) - 1
    }
    memcpy(out, c, sizeof c);
}

uint64_t hash_bytes(const void *data, size_t size, uint64_t start) {
    const unsigned char *bytes = data;
    uint64_t h = 0xCBF29CE484222325u ^ start;
    for (size_t i = 0; i < size; i++) h = (h ^ bytes[i]) * 0x100000001B3u;
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 27) * 0x94D049BB133111EBu;
    return h ^ h >> 31;
}

Stream stream_open(uint64_t seed, const char *name, uint64_t substream) {
    unsigned char bytes[8]; // little-endian on every machine, so that streams are the same on all
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(seed >> 8 * i);
    const uint64_t h = hash_bytes(name, strlen(name), hash_bytes(bytes, sizeof bytes, 0));
    return (Stream){{(uint32_t)h, (uint32_t)(h >> 32)}, substream};
}

/* Return 128 random bits at (index, substream). */
typedef struct {
    uint64_t a, b;
} Draw;

static Draw draw(const Stream *s, uint64_t index) {
    const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)s->substream,
                                 (uint32_t)(s->substream >> 32)};
    uint32_t out[4];
    philox4x32(counter, s->key, out);
    return (Draw){join(out[0], out[1]), join(out[2], out[3])};
}

static double unit(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

uint64_t stream_u64(const Stream *s, uint64_t index) {
    return draw(s, index).a;
}

double stream_uniform(const Stream *s, uint64_t index) {
    return unit(stream_u64(s, index));
}

double stream_normal(const Stream *s, uint64_t index) {
    const Draw d = draw(s, index);
    return sqrt(-2 * log1p(-unit(d.a))) * cos(TWO_PI * unit(d.b));
}

void stream_normal_pair(const Stream *s, uint64_t index, double pair[2]) {
    const Draw d = draw(s, index);
    const double r = sqrt(-2 * log1p(-unit(d.a))), angle = TWO_PI * unit(d.b);
    pair[0] = r * cos(angle);
    pair[1] = r * sin(angle);
}

double stream_exponential(const Stream *s, uint64_t index) {
    return -log1p(-stream_uniform(s, index));
}

/* floor(n * u) with u a 128-bit fraction: no rejection, so one index is one draw, and the bias is
 * under 2^-64. */
uint64_t stream_below(const Stream *s, uint64_t index, uint64_t n) {
    __extension__ typedef unsigned __int128 Wide;
    MUST(n >= 1);
    const Draw d = draw(s, index);
    return (uint64_t)(((Wide)d.a * n + ((Wide)d.b * n >> 64)) >> 64);
}

size_t stream_pick(const Stream *s, uint64_t index, const double *cumulative, size_t n) {
    MUST(n >= 1);
    const double u = stream_uniform(s, index);
    size_t lo = 0, hi = n - 1; // the answer is in lo .. hi
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (cumulative[mid] > u)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* Four rounds would do for large n (Luby and Rackoff 1988), but leave places of n < 50 visibly
 * uneven. The rounds draw at the top of the index range, away from the indices anybody counts up
 * to. */
static uint64_t feistel(const Stream *s, uint64_t x, int half_bits) {
    const uint64_t mask = ((uint64_t)1 << half_bits) - 1;
    uint64_t left = x >> half_bits, right = x & mask;
    for (uint64_t round = 0; round < 8; round++) {
        const uint64_t mixed = left ^ (stream_u64(s, ~round << 32 | right) & mask);
        left = right;
        right = mixed;
    }
    return left << half_bits | right;
}

uint64_t stream_permute(const Stream *s, uint64_t index, uint64_t n) {
    MUST(index < n);
    int half_bits = 1;
    while (half_bits < 32 && (n - 1) >> 2 * half_bits) half_bits++;
    do index = feistel(s, index, half_bits);
    while (index >= n);
    return index;
}
