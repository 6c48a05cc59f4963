/* attention_shape.h: the sizes in which attention works (drawn in attention.h). */
#ifndef MODEL_KERNELS_ATTENTION_SHAPE_H
#define MODEL_KERNELS_ATTENTION_SHAPE_H

enum { ATTENTION_TILE = 64, ATTENTION_BLOCK = 16 };

/* Return n rounded up to whole blocks. */
static inline int attention_padded(int n) {
    return (n + ATTENTION_BLOCK - 1) / ATTENTION_BLOCK * ATTENTION_BLOCK;
}

#endif
