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
    int rows, cols;   // rows 0: one-dimensional, of cols elements
    const real *data; // (rows, cols)
} SafeTensor;

typedef struct {
    const char *key, *value;
} SafeTensorMeta;

/* Write tensors and metadata to a file, which appears whole. "format" and "crc32" are added. */
Status safetensors_write(const char *path, const SafeTensor *tensors, size_t n,
                         const SafeTensorMeta *meta, size_t n_meta, Err *err);

typedef struct {
    const char *path;
    JsonDoc *header;           // the caller closes it with safetensors_close
    const unsigned char *data; // (size) bytes of the tensors
    size_t size;
} SafeTensors;

/* Read and verify a file; its bytes live in the arena. */
Status safetensors_open(Arena *arena, const char *path, SafeTensors *out, Err *err);
void safetensors_close(SafeTensors *s);
/* Find the tensor of this name and shape; E_FORMAT when there is none. *out points into the file's
 * bytes. */
Status safetensors_get(const SafeTensors *s, const char *name, int rows, int cols, const real **out,
                       Err *err);
const char *safetensors_meta(const SafeTensors *s, const char *key); // its text, or NULL

#endif
