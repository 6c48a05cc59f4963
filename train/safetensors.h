/* safetensors.h: the file format of checkpoints.
 *
 *     u64 little-endian n | n bytes of JSON, padded with spaces | raw little-endian tensors, row-major, no holes
 *     {"__metadata__":{"format":"pt","crc32":"89abcdef",...}, "name":{"dtype":"F32","shape":[..],"data_offsets":[from,to]},...}
 *
 * n is a multiple of 8, so that tensors are aligned. The CRC is of the whole file with its own
 * eight digits as zeros, so that a flipped bit anywhere is found.
 */
#ifndef TRAIN_SAFETENSORS_H
#define TRAIN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "model/dims.h"

typedef struct {
    const char *name;
    int rows, cols; // rows 0: one-dimensional, of cols elements
    const real *data;
} SafeTensor;

typedef struct {
    const char *key, *value;
} SafeTensorMeta;

/* Write tensors and metadata ("format" and "crc32" are added). Atomic. */
Status safetensors_write(const char *path, const SafeTensor *tensors, size_t n,
                         const SafeTensorMeta *meta, size_t n_meta, Err *err);

typedef struct {
    const char *path;
    JsonDoc *header; // the caller closes it with safetensors_close
    const unsigned char *data;
    size_t size;
} SafeTensors;

/* Read and verify; the bytes live in the arena. */
Status safetensors_open(Arena *arena, const char *path, SafeTensors *out, Err *err);
void safetensors_close(SafeTensors *s);
/* The tensor of this name and shape; anything else is E_FORMAT. Pointer into the file's bytes. */
Status safetensors_get(const SafeTensors *s, const char *name, int rows, int cols, const real **out,
                       Err *err);
const char *safetensors_meta(const SafeTensors *s, const char *key); // NULL when absent

#endif
