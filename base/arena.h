/* arena.h: memory by lifetime.
 *
 *   run   parameters, gradients, moments, activations: opened by the run, closed when it ends
 *   step  scratch of one step, arena_reset() each step
 *   job   a plan, a ledger's rows, a fit
 *
 *     [ block: | 64-byte aligned piece |redzone| piece |redzone| ... free ... ] -> [ older block ] -> ...
 *
 * Pieces come zeroed and live until the arena is reset or closed; there is no free of a single
 * piece. Under AddressSanitizer every piece is followed by a poisoned redzone. When memory is out
 * the program ends with a line that says so; a size beyond all addresses is no different.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_open(void);
void arena_close(Arena *a); // NULL is fine
void arena_reset(Arena *a); // forgets every piece, keeps the largest block for reuse

/* Make room for the next pieces, `bytes` together with their padding, in one block. From 2 MiB on
 * it lies in huge pages, where the system has them. */
void arena_reserve(Arena *a, size_t bytes);

void *arena_alloc(Arena *a, size_t bytes);               // zeroed, 64-byte aligned
void *arena_array(Arena *a, size_t count, size_t bytes); // count * bytes
char *arena_strdup(Arena *a, const char *s);
char *arena_strndup(Arena *a, const char *s, size_t n);
char *arena_printf(Arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t arena_used(const Arena *a); // bytes handed out since the last reset, padding included

#define ARENA_NEW(arena, Type)          ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count) ((Type *)arena_array((arena), (count), sizeof(Type)))

#endif
