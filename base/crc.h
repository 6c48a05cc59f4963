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

/* A JSON text ends in '}', or in '}' and a newline. */
typedef enum {
    CRC_ABSENT, // no such member at the end: written before there were checksums, or by hand
    CRC_GOOD,
    CRC_BAD, // the text or the member itself is damaged
} CrcState;
CrcState crc_state(const char *text, size_t size);

/* E_FORMAT when the state is CRC_BAD; name is what the message calls the text. */
Status crc_check(const char *name, const char *text, size_t size, Err *err);

/* Bytes of the text before the member's comma: with a '}' put there it is the object without its
 * checksum. The whole size when the member is absent. */
size_t crc_content(const char *text, size_t size);

/* End the outermost object of j with the member. */
void crc_end(JsonOut *j);
/* An object on one line with the member added; lives in the arena. */
char *crc_sealed_line(Arena *arena, const char *object);

/* Read a JSON file whose checksum is tested when it has one, and is no part of the document. */
Status crc_open_json(const char *path, JsonDoc **out, Err *err);

/* "crc32":"00000000" stands somewhere, once: put the CRC in; test it. Absent is E_FORMAT too. */
void crc_seal_inside(char *bytes, size_t size);
Status crc_check_inside(const char *path, const char *bytes, size_t size, Err *err);

#endif
