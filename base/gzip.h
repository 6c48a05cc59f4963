/* gzip.h: gzip data unpacked, its checksum, how far bytes can be packed. The only user of zlib. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* Tell whether the bytes begin with the two that all gzip data begins with. */
bool gzip_begins(const char *data, size_t size);

/* Append what is packed to `out`. Several gzip members may follow one another, and zeros after the
 * last are padding, as gzip itself has it. Torn or junk data is E_FORMAT; errors call it `path`. */
Status gzip_unpack(const char *path, const Text *packed, Text *out, Err *err);

/* CRC-32 of bytes that follow others whose CRC-32 is `start`; 0 when they are the first. */
uint32_t gzip_crc32(const void *data, size_t size, uint32_t start);

/* Size in bytes after zlib at level 9: a yardstick of redundancy. */
size_t gzip_packed_size(const void *data, size_t size);

#endif
