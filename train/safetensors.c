/* safetensors.c: see safetensors.h for the bytes. */
#include "train/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "base/file.h"

static const char *const DTYPE = sizeof(real) == 4 ? "F32" : "F64";

static size_t elements(const SafeTensor *t) {
    return (size_t)(t->rows ? t->rows : 1) * (size_t)t->cols;
}

static void write_header(JsonOut *j, const SafeTensor *tensors, size_t n,
                         const SafeTensorMeta *meta, size_t n_meta) {
    json_begin(j, NULL, '{');
    json_begin(j, "__metadata__", '{');
    json_put_string(j, "format", "pt");
    json_put_string(j, "crc32", "00000000");
    for (size_t i = 0; i < n_meta; i++) json_put_string(j, meta[i].key, meta[i].value);
    json_end(j);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        json_begin(j, tensors[i].name, '{');
        json_put_string(j, "dtype", DTYPE);
        json_begin(j, "shape", '[');
        if (tensors[i].rows) json_put_count(j, NULL, (uint64_t)tensors[i].rows);
        json_put_count(j, NULL, (uint64_t)tensors[i].cols);
        json_end(j);
        json_begin(j, "data_offsets", '[');
        json_put_count(j, NULL, at);
        at += elements(&tensors[i]) * sizeof(real);
        json_put_count(j, NULL, at);
        json_end(j);
        json_end(j);
    }
    json_end(j);
    while (j->text.size % 8) text_add(&j->text, " ");
}

Status safetensors_write(const char *path, const SafeTensor *tensors, size_t n,
                         const SafeTensorMeta *meta, size_t n_meta, Err *err) {
    JsonOut j = json_out(0);
    write_header(&j, tensors, n, meta, n_meta);
    Text file = {0};
    // written as it lies in memory: all machines that this is built for are little-endian
    const uint64_t header_size = j.text.size;
    text_add_bytes(&file, (const char *)&header_size, sizeof header_size);
    text_add_bytes(&file, j.text.s, j.text.size);
    for (size_t i = 0; i < n; i++)
        text_add_bytes(&file, (const char *)tensors[i].data, elements(&tensors[i]) * sizeof(real));
    crc_seal_inside(file.s, file.size);
    const Status status = file_write(path, file.s, file.size, err);
    text_close(&file);
    text_close(&j.text);
    return status;
}

Status safetensors_open(Arena *arena, const char *path, SafeTensors *out, Err *err) {
    Bytes file;
    *out = (SafeTensors){0};
    TRY(file_read(arena, path, &file, err));
    uint64_t header_size = 0;
    if (file.size >= 8) memcpy(&header_size, file.data, 8);
    if (file.size < 8 || header_size > file.size - 8)
        FAIL(err, E_FORMAT, "%s: not a safetensors file, or torn: %zu bytes", path, file.size);
    TRY(crc_check_inside(path, file.data, file.size, err));
    if (header_size % 8 != 0) // the tensors behind it would not be aligned
        FAIL(err, E_FORMAT,
             "%s: its header has %llu bytes; it should be padded with blanks to a multiple of 8",
             path, (unsigned long long)header_size);
    const char *header = arena_strndup(arena, file.data + 8, header_size);
    *out = (SafeTensors){.path = arena_strdup(arena, path),
                         .data = (const unsigned char *)file.data + 8 + header_size,
                         .size = file.size - 8 - header_size};
    return json_open(header, out->path, &out->header, err);
}

void safetensors_close(SafeTensors *s) {
    json_close(s->header);
    s->header = NULL;
}

static double number_at(const Json *array, size_t index) {
    const Json *v = json_first(array);
    for (; v && index; index--) v = json_next(v);
    return v && json_kind(v) == JSON_NUMBER ? json_as_number(v) : -1;
}

Status safetensors_get(const SafeTensors *s, const char *name, int rows, int cols, const real **out,
                       Err *err) {
    const Json *entry, *shape, *offsets;
    const char *dtype;
    TRY(json_need(s->header, json_root(s->header), name, JSON_OBJECT, &entry, err));
    TRY(json_need_string(s->header, entry, "dtype", &dtype, err));
    TRY(json_need(s->header, entry, "shape", JSON_ARRAY, &shape, err));
    TRY(json_need(s->header, entry, "data_offsets", JSON_ARRAY, &offsets, err));
    const size_t bytes = elements(&(SafeTensor){.rows = rows, .cols = cols}) * sizeof(real);
    const bool shape_fits = json_size(shape) == (rows ? 2 : 1) &&
                            (!rows || number_at(shape, 0) == rows) &&
                            number_at(shape, rows ? 1 : 0) == cols;
    if (strcmp(dtype, DTYPE) != 0 || !shape_fits || json_size(offsets) != 2)
        FAIL(err, E_FORMAT, "%s: %s: should be %s of shape [%d, %d]", s->path, name, DTYPE, rows,
             cols);
    const double start = number_at(offsets, 0), end = number_at(offsets, 1);
    if (!(start >= 0 && end <= (double)s->size && end - start == (double)bytes) ||
        fmod(start, sizeof(real)) != 0)
        FAIL(err, E_FORMAT,
             "%s: %s: data_offsets should be multiples of %zu, %zu bytes apart and within the "
             "file's %zu bytes of tensors",
             s->path, name, sizeof(real), bytes, s->size);
    *out = (const real *)(const void *)(s->data + (size_t)start);
    return OK;
}

const char *safetensors_meta(const SafeTensors *s, const char *key) {
    return json_string_or(json_get(json_root(s->header), "__metadata__"), key, NULL);
}
