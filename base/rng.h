/* rng.h: named counter-based random streams.
 *
 *     Stream order = stream_open(seed, "order", epoch);
 *     double u = stream_uniform(&order, k);       // a pure function of (seed, "order", epoch, k)
 *
 * There is no state to advance, so batch k, parameter k or symbol k can be drawn without drawing
 * those before it, and nothing has to be replayed on resume.
 *
 * Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"); the key is a 64-bit hash of (seed, name), the counter is (index, substream).
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t key[2];
    uint64_t substream;
} Stream;

Stream stream_open(uint64_t seed, const char *name, uint64_t substream);

uint64_t stream_u64(const Stream *s, uint64_t index);
double stream_uniform(const Stream *s, uint64_t index); // [0, 1), 53 bits
double stream_normal(const Stream *s, uint64_t index);  // N(0, 1), Box-Muller
/* Draw two independent normals for little more than the price of one; the first is
 * stream_normal(s, index). */
void stream_normal_pair(const Stream *s, uint64_t index, double pair[2]);
double stream_exponential(const Stream *s, uint64_t index);         // mean 1
uint64_t stream_below(const Stream *s, uint64_t index, uint64_t n); // [0, n), n >= 1

/* Draw one of n outcomes, n >= 1: the first whose running sum of probabilities, cumulative (n),
 * exceeds a uniform number. The last takes what rounding left over. */
size_t stream_pick(const Stream *s, uint64_t index, const double *cumulative, size_t n);

/* A bijection of [0, n): where `index` goes in this stream's random order of n things (eight-round
 * Feistel network on the next even power of two, walked until it lands below n). Needs no table, so
 * an epoch can be of any length. */
uint64_t stream_permute(const Stream *s, uint64_t index, uint64_t n);

/* The raw generator, for its test vectors: ten rounds on counter[4] with key[2]. */
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Hash bytes to 64 bits (FNV-1a, then a SplitMix64 finaliser); start chains several pieces, 0 at
 * first. */
uint64_t hash_bytes(const void *data, size_t size, uint64_t start);

#endif
