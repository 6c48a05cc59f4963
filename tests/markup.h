/* markup.h: whether a page or a picture is well-formed, holds nothing from outside, and says what
 * it should. */
#ifndef TESTS_MARKUP_H
#define TESTS_MARKUP_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/scratch_dir.h"

static inline size_t count_of(const char *text, const char *part) {
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) n++;
    return n;
}

#define assert_says(page, part)                                                                    \
    do {                                                                                           \
        if (!strstr((page), (part))) fail_msg("the page does not say '%s'", (part));               \
    } while (0)

/* Tags nest and end, attributes are quoted, '&' begins a reference, control characters are absent.
 */
static inline const char *skip_tag(const char *s, char name[32], bool *closed) {
    size_t n = 0;
    while (isalnum((unsigned char)*s) && n < 31) name[n++] = *s++;
    name[n] = '\0';
    if (n == 0) fail_msg("'<' begins no tag: %.40s", s - 1);
    while (*s && *s != '>') {
        if (*s == '"' || *s == '\'') {
            const char *end = strchr(s + 1, *s);
            if (!end || memchr(s, '<', (size_t)(end - s)))
                fail_msg("attribute does not end: %.40s", s);
            s = end;
        } else if (*s == '<')
            fail_msg("tag does not end: %.40s", s);
        s++;
    }
    *closed = s[-1] == '/';
    return s + 1;
}

static inline void assert_well_formed(const char *s) {
    char stack[64][32];
    int depth = 0;
    if (strncmp(s, "<!DOCTYPE html>", 15) == 0) s += 15;
    while (*s) {
        if ((unsigned char)*s < ' ' && !strchr("\n\t", *s)) fail_msg("control character %d", *s);
        if (*s == '&' && !(strcspn(s, ";") < 8)) fail_msg("'&' alone: %.40s", s);
        if (*s++ != '<') continue;
        char name[32];
        bool closed;
        if (*s == '/') {
            s = skip_tag(s + 1, name, &closed);
            if (depth == 0 || strcmp(stack[--depth], name) != 0)
                fail_msg("</%s> ends nothing before %.40s", name, s);
            continue;
        }
        s = skip_tag(s, name, &closed);
        if (closed || strcmp(name, "meta") == 0) continue;
        assert_true(depth < 64);
        strcpy(stack[depth++], name);
    }
    if (depth) fail_msg("<%s> does not end", stack[depth - 1]);
}

static inline void assert_self_contained(const char *page) {
    static const char *const FORBIDDEN[] = {"<script", "src=",   "url(",   "@import",
                                            "<link",   "onload", "onmouse"};
    for (size_t i = 0; i < COUNT_OF(FORBIDDEN); i++)
        if (strstr(page, FORBIDDEN[i])) fail_msg("the page holds %s", FORBIDDEN[i]);
    assert_int_equal(count_of(page, "http"),
                     count_of(page, "xmlns=\"http://www.w3.org/2000/svg\""));
}

static inline void assert_ids_differ(const char *page) {
    for (const char *at = page; (at = strstr(at, " id=\"")); at++) {
        char id[64];
        snprintf(id, sizeof id, "%.*s", (int)strcspn(at + 5, "\"") + 6, at);
        if (count_of(page, id) != 1) fail_msg("%s is given twice", id);
    }
}

#endif
