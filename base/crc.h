/* crc.h: texts that carry their own checksum, so that a flipped bit is found before it is believed.
 *
 * The last member of a JSON object is "crc32":"89abcdef": the CRC-32 of the whole text with these
 * eight digits as zeros. Ledger lines, result.json and a run's config.json end so. Checkpoints hold
 * the member anywhere; crc_seal_inside() and crc_check_inside() are for them.
 */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

typedef enum {
    CRC_ABSENT, // no checksum at the end: written before there were any, or by hand
    CRC_GOOD,
    CRC_BAD, // the text or the checksum itself is damaged
} CrcState;
/* Test the checksum at the end of a JSON text, which ends in '}', or in '}' and a newline. */
CrcState crc_state(const char *text, size_t size);

/* Refuse a damaged text: E_FORMAT when its state is CRC_BAD; name is what the message calls it. */
Status crc_check(const char *name, const char *text, size_t size, Err *err);

/* Count the bytes before the comma of the checksum's member: with a '}' put there the text is the
 * object without its checksum. The whole size when the member is absent. */
size_t crc_content(const char *text, size_t size);

/* End the outermost object of j with the member. */
void crc_end(JsonOut *j);
/* Return an object on one line with the member added; it lives in the arena. */
char *crc_sealed_line(Arena *arena, const char *object);

/* Read a JSON file whose checksum is tested when it has one, and is no part of the document. */
Status crc_open_json(const char *path, JsonDoc **out, Err *err);

/* Write the CRC over the zeros of "crc32":"00000000", which stands once somewhere in the bytes. */
void crc_seal_inside(char *bytes, size_t size);
/* Check bytes that were sealed inside: E_FORMAT where the CRC is another, or there is none. */
Status crc_check_inside(const char *path, const char *bytes, size_t size, Err *err);

#endif
