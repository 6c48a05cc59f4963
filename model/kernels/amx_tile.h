/* amx_tile.h: numbers packed for the matrix unit: cut into pieces of bfloat16, in tiles, in the
 * order in which they are read. amx.h says why six products of pieces make one of floats.
 *
 *     left   for 32 rows:     for 32 k:  piece (h, m, l):  two tiles of 16 rows x 32 k
 *     right  for 32 columns:  for 32 k:  piece:            two tiles of 16 pairs of k x 16 columns x 2
 *
 * The unit sums over pairs of k. Any two k may make a pair as long as both factors agree; here they
 * are k and k + 16. Only files compiled per path include this, and on paths other than amx it is
 * empty.
 */
#ifndef MODEL_KERNELS_AMX_TILE_H
#define MODEL_KERNELS_AMX_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kernels/vec.h"

#if defined(__AMX_TILE__) && !defined(TINYSCALE_DOUBLE)

enum { SIDE = 32, PIECES = 3, TILE_NUMBERS = 512, STEP = PIECES * 2 * TILE_NUMBERS };

typedef uint16_t Brain; // a bfloat16

/* Give each of the unit's eight tiles 16 rows of 64 bytes, until _tile_release(). */
static inline void amx_configure(void) {
    struct __attribute__((packed)) {
        uint8_t palette, start, zero[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {.palette = 1};
    for (int i = 0; i < 8; i++) config.bytes[i] = 64, config.rows[i] = 16;
    // gcc's intrinsic claims to read eight bytes only: this makes it store all of config first
    __asm__ volatile("" : : "r"(&config) : "memory");
    _tile_loadconfig(&config);
}

/* A vector's pieces, each in the upper halves of its lanes. A piece is cut off, not rounded, so
 * that what remains is exact. The lower halves of the last piece are not cleared. */
typedef struct {
    VecBits piece[PIECES];
} Cut;

ALWAYS_INLINE Cut cut(Vec x) {
    const VecBits upper = (VecBits){0} + 0xffff0000u;
    Cut c;
    for (int p = 0; p < PIECES - 1; p++) {
        c.piece[p] = (VecBits)x & upper;
        x -= (Vec)c.piece[p];
    }
    c.piece[PIECES - 1] = (VecBits)x;
    return c;
}

/* Write row i of a tile for each piece; the next piece's tile lies two tiles further. Numbers j of
 * `first` and of `second` become neighbours. */
ALWAYS_INLINE void pack_row(Brain *to, int i, const Cut *first, const Cut *second) {
#pragma GCC unroll 3
    for (int p = 0; p < PIECES; p++)
        *(VecBits *)(to + p * 2 * TILE_NUMBERS + i * SIDE) = (VecBits)_mm512_mask_mov_epi16(
            (__m512i)(first->piece[p] >> 16), 0xaaaaaaaa, (__m512i)second->piece[p]);
}

#endif
#endif
