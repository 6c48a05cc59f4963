/* arena.c: a chain of blocks from which zeroed pieces are cut; arena.h draws it. The arena owns
 * every piece. */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/memory.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(WITH_ASAN)
#include <sanitizer/asan_interface.h>
#define POISON(start, size)   __asan_poison_memory_region((start), (size))
#define UNPOISON(start, size) __asan_unpoison_memory_region((start), (size))
enum { REDZONE = 64 };
#else
#define POISON(start, size)   ((void)(start), (void)(size))
#define UNPOISON(start, size) ((void)(start), (void)(size))
enum { REDZONE = 0 };
#endif

enum { ALIGN = 64, BLOCK_BYTES = 1 << 18, HUGE_PAGE = 1 << 21 };

typedef struct Block {
    struct Block *older;
    size_t size, used; // of the bytes after the header
} Block;

struct Arena {
    Block *head; // the block that small pieces are cut from
    size_t used;
};

static size_t padded(size_t bytes) {
    if (bytes > SIZE_MAX / 2) out_of_memory(bytes);
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static char *block_start(Block *b) {
    return (char *)b + padded(sizeof(Block));
}

/* Large blocks ask for huge pages, which a training step walks some 5 % faster. */
static Block *block_open(size_t size) {
    const bool large = size >= HUGE_PAGE;
    const size_t page = large ? HUGE_PAGE : ALIGN, bytes = padded(sizeof(Block)) + size;
    Block *b = aligned_alloc(page, (bytes + page - 1) / page * page);
    if (!b) out_of_memory(size);
#ifdef MADV_HUGEPAGE
    if (large) madvise(b, bytes, MADV_HUGEPAGE); // a wish: refused, it changes nothing
#endif
    *b = (Block){.size = size};
    POISON(block_start(b), size);
    return b;
}

static void block_close(Block *b) {
    UNPOISON(block_start(b), b->size);
    free(b);
}

Arena *arena_open(void) {
    Arena *a = calloc(1, sizeof *a);
    if (!a) out_of_memory(sizeof *a);
    return a;
}

void arena_close(Arena *a) {
    if (!a) return;
    for (Block *b = a->head, *older; b; b = older) {
        older = b->older;
        block_close(b);
    }
    free(a);
}

void arena_reset(Arena *a) {
    Block *largest = a->head;
    for (Block *b = a->head; b; b = b->older)
        if (b->size > largest->size) largest = b;
    for (Block *b = a->head, *older; b; b = older) {
        older = b->older;
        if (b != largest) block_close(b);
    }
    a->head = largest;
    a->used = 0;
    if (!largest) return;
    largest->older = NULL;
    largest->used = 0;
    POISON(block_start(largest), largest->size);
}

/* A block with room for need bytes. A piece larger than a block gets its own, behind the head, so
 * that the room left in the head stays in use. */
static Block *block_for(Arena *a, size_t need) {
    if (a->head && a->head->size - a->head->used >= need) return a->head;
    Block *b = block_open(need > BLOCK_BYTES ? need : BLOCK_BYTES);
    Block **link = a->head && need > BLOCK_BYTES ? &a->head->older : &a->head;
    b->older = *link;
    *link = b;
    return b;
}

void arena_reserve(Arena *a, size_t bytes) {
    if (a->head && a->head->size - a->head->used >= bytes) return;
    Block *b = block_open(padded(bytes));
    b->older = a->head;
    a->head = b;
}

void *arena_alloc(Arena *a, size_t bytes) {
    const size_t need = padded(bytes ? bytes : 1) + REDZONE;
    Block *b = block_for(a, need);
    char *piece = block_start(b) + b->used;
    b->used += need;
    a->used += need;
    UNPOISON(piece, bytes);
    return memset(piece, 0, bytes);
}

void *arena_array(Arena *a, size_t count, size_t bytes) {
    if (bytes > 0 && count > SIZE_MAX / bytes) out_of_memory(SIZE_MAX);
    return arena_alloc(a, count * bytes);
}

char *arena_strndup(Arena *a, const char *s, size_t n) {
    n = strnlen(s, n);
    return memcpy(arena_alloc(a, n + 1), s, n);
}

char *arena_strdup(Arena *a, const char *s) {
    return arena_strndup(a, s, SIZE_MAX);
}

char *arena_printf(Arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    MUST(n >= 0);
    char *s = arena_alloc(a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return s;
}

size_t arena_used(const Arena *a) {
    return a->used;
}
