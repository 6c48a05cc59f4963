/* work.h: what a lane has done: FLOPs of its matrix products, and seconds by kind of operation.
 *
 *     work_start(work);                  // a stretch of work begins
 *     ...norm...      work_lap(work, OP_NORM);
 *     ...attention... work_lap(work, OP_ATTENTION);
 *
 * A lap costs some 25 ns. A step has a few hundred of them and takes milliseconds.
 */
#ifndef MODEL_KERNELS_WORK_H
#define MODEL_KERNELS_WORK_H

#include <stdint.h>

#include "base/proc.h"

// clang-format off
#define OP_TABLE(X)                                                                                    \
    X(GEMM_FORWARD, "gemm_forward") /* y = x W                                                      */ \
    X(GEMM_DX,      "gemm_dx")      /* dx = dy W^T                                                  */ \
    X(GEMM_DW,      "gemm_dw")      /* dW += x^T dy                                                 */ \
    X(ATTENTION,    "attention")    /* scores, softmax, values, and back; rotary embedding          */ \
    X(ROUTER,       "router")       /* scores, choices, rows sorted by expert and back              */ \
    X(NORM,         "norm")         /* of the residual stream                                       */ \
    X(ACTIVATION,   "activation")   /* the MLP's nonlinearity                                       */ \
    X(LOSS,         "loss")         /* softmax cross-entropy; the head's products are gemm          */ \
    X(OPTIMIZER,    "optimizer")    /* AdamW                                                        */ \
    X(REDUCTION,    "reduction")    /* lanes' gradients summed, and their norm                      */ \
    X(OTHER,        "other")        /* embedding, reading the batch, waiting for the other lanes    */
// clang-format on

#define OP_ID(id, name) OP_##id,
typedef enum { OP_TABLE(OP_ID) N_OPS } Op;
#undef OP_ID
extern const char *const OP_NAMES[N_OPS];

typedef struct {
    uint64_t gemm_flops;   // 2 M N K summed over all products
    double seconds[N_OPS]; // spent on each Op by the one thread that works here
    double lap_began;      // wall_seconds() when this lap began
} Work;

/* Begin a stretch of work: the time before it is not counted. */
static inline void work_start(Work *work) {
    work->lap_began = wall_seconds();
}

/* Count the time since the last lap, or since the start, as spent on `op`. */
static inline void work_lap(Work *work, Op op) {
    const double now = wall_seconds();
    work->seconds[op] += now - work->lap_began;
    work->lap_began = now;
}

#endif
