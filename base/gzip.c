/* gzip.c: zlib as this program needs it. */
#include "base/gzip.h"

#include <string.h>
#include <zlib.h>

#include "base/memory.h"

enum { CHUNK = 1 << 16 };

bool gzip_begins(const char *data, size_t size) {
    return size >= 2 && memcmp(data, "\x1f\x8b", 2) == 0;
}

/* Unpack the member at z->next_in and append it to out. A result other than Z_STREAM_END means junk
 * or a torn end. */
static int inflate_member(z_stream *z, const char *end, Text *out) {
    char chunk[CHUNK];
    int result = Z_OK;
    while (result == Z_OK) {
        const size_t left = (size_t)(end - (const char *)z->next_in);
        z->avail_in = left < CHUNK ? (uInt)left : CHUNK;
        z->next_out = (Bytef *)chunk;
        z->avail_out = sizeof chunk;
        result = inflate(z, Z_NO_FLUSH); // Z_BUF_ERROR when the input has ended too early
        if (result == Z_MEM_ERROR) out_of_memory(0);
        text_add_bytes(out, chunk, sizeof chunk - z->avail_out);
    }
    return result;
}

Status gzip_unpack(const char *path, const Text *packed, Text *out, Err *err) {
    z_stream z = {.next_in = (Bytef *)packed->s};
    const char *end = packed->s + packed->size;
    if (inflateInit2(&z, 15 + 16) != Z_OK) out_of_memory(0);
    int result;
    bool more;
    do {
        result = inflate_member(&z, end, out);
        more = result == Z_STREAM_END && (const char *)z.next_in < end && *z.next_in != 0;
        if (more) inflateReset(&z);
    } while (more);
    const char *at = (const char *)z.next_in, *padding = at;
    inflateEnd(&z);
    while (padding < end && *padding == 0) padding++;
    if (result == Z_BUF_ERROR)
        FAIL(err, E_FORMAT, "%s: the gzip data is torn: it ends after %zu bytes, in the middle",
             path, packed->size);
    if (result != Z_STREAM_END || padding < end)
        FAIL(err, E_FORMAT, "%s: not valid gzip data near byte %zu", path,
             (size_t)(at - packed->s));
    return OK;
}

uint32_t gzip_crc32(const void *data, size_t size, uint32_t start) {
    return size ? (uint32_t)crc32_z(start, data, size) : start; // crc32_z(x, NULL, 0) would be 0
}

size_t gzip_packed_size(const void *data, size_t size) {
    z_stream z = {.next_in = (Bytef *)data};
    if (deflateInit(&z, 9) != Z_OK) out_of_memory(0);
    char chunk[CHUNK];
    size_t packed = 0, fed = 0;
    int result;
    do {
        if (z.avail_in == 0) {
            z.avail_in = size - fed < CHUNK ? (uInt)(size - fed) : CHUNK;
            fed += z.avail_in;
        }
        z.next_out = (Bytef *)chunk;
        z.avail_out = sizeof chunk;
        result = deflate(&z, fed == size ? Z_FINISH : Z_NO_FLUSH);
        packed += sizeof chunk - z.avail_out;
    } while (result == Z_OK || result == Z_BUF_ERROR);
    MUST(result == Z_STREAM_END);
    deflateEnd(&z);
    return packed;
}
