/* text.c: growing strings, numbers as people write and read them, and the nearest word. columns.c
 * has the tables. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- growing strings -------------------------------------------------------------------------- */

static void reserve(Text *t, size_t more) {
    if (t->size + more + 1 <= t->capacity) return;
    size_t capacity = t->capacity ? t->capacity : 64;
    while (capacity < t->size + more + 1) capacity *= 2;
    t->s = realloc(t->s, capacity);
    if (!t->s) out_of_memory(capacity);
    t->capacity = capacity;
}

void text_add_bytes(Text *t, const char *bytes, size_t n) {
    reserve(t, n);
    if (n) memcpy(t->s + t->size, bytes, n);
    t->s[t->size += n] = 0;
}

void text_add(Text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    text_add_list(t, format, args);
    va_end(args);
}

void text_add_list(Text *t, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    MUST(n >= 0);
    reserve(t, (size_t)n);
    vsnprintf(t->s + t->size, (size_t)n + 1, format, again);
    t->size += (size_t)n;
    va_end(again);
}

void text_add_escaped(Text *t, const char *s) {
    for (; *s; s++) switch (*s) {
        case '&':
            text_add(t, "&amp;");
            break;
        case '<':
            text_add(t, "&lt;");
            break;
        case '>':
            text_add(t, "&gt;");
            break;
        case '"':
            text_add(t, "&quot;");
            break;
        case '\'':
            text_add(t, "&#39;");
            break;
        default: // control characters are not allowed in a document at all
            if ((unsigned char)*s >= ' ' || *s == '\n' || *s == '\t') text_add_bytes(t, s, 1);
        }
}

void text_close(Text *t) {
    free(t->s);
    *t = (Text){0};
}

/* --- numbers for people ----------------------------------------------------------------------- */

/* "1e+20" to "1e20", "3e-05" to "3e-5". */
static void tidy_exponent(char *number) {
    char *to = strchr(number, 'e');
    if (!to) return;
    const char *from = ++to;
    if (*from == '-') to++;
    from += strspn(from, "+-0");
    memmove(to, from, strlen(from) + 1);
}

/* Any decimal of up to 15 digits survives the way through a normal double, and %g drops the zeros
 * behind it; so the search for the shortest can start at 15. Subnormals have fewer digits. */
char *real_to_text(char *buffer, double x) {
    if (isnan(x)) return strcpy(buffer, "nan");
    if (isinf(x)) return strcpy(buffer, x > 0 ? "inf" : "-inf");
    for (int digits = fabs(x) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(buffer, 32, "%.*g", digits, x);
        if (strtod(buffer, NULL) == x) break;
    }
    tidy_exponent(buffer);
    return buffer;
}

char *count_to_text(char *buffer, double x) {
    static const char SUFFIX[] = " kMGTPE";
    double v = fabs(x);
    int i = 0;
    while (v >= 999.5 && SUFFIX[i + 1]) v /= 1000, i++;
    if (i == 0 || !(v < 999.5))
        snprintf(buffer, 16, "%.3g", x);
    else
        snprintf(buffer, 16, "%s%.*f%c", x < 0 ? "-" : "",
                 v < 9.995   ? 2
                 : v < 99.95 ? 1
                             : 0,
                 v, SUFFIX[i]);
    return buffer;
}

static char *two_units(char *buffer, double small, double per_large, const char *large,
                       const char *unit) {
    const double whole = floor(small / per_large);
    snprintf(buffer, 32, "%.0f %s %02.0f %s", whole, large, small - whole * per_large, unit);
    return buffer;
}

char *seconds_to_text(char *buffer, double seconds) {
    if (!(fabs(seconds) < 1e12)) return strcpy(buffer, "?");
    if (seconds >= 59.5 && seconds < 3599.5)
        return two_units(buffer, round(seconds), 60, "min", "s");
    if (seconds >= 3599.5 && seconds < 172800)
        return two_units(buffer, round(seconds / 60), 60, "h", "min");
    if (seconds >= 172800) return two_units(buffer, round(seconds / 3600), 24, "d", "h");
    if (fabs(seconds) < 0.095)
        snprintf(buffer, 32, "%.1g s", seconds);
    else
        snprintf(buffer, 32, "%.*f s", seconds < 9.95 ? 1 : 0, seconds);
    return buffer;
}

char *bytes_to_text(char *buffer, double bytes) {
    static const char *const UNITS[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t i = 0;
    while (bytes >= 999.5 && i + 1 < COUNT_OF(UNITS)) bytes /= 1000, i++;
    snprintf(buffer, 32, "%.*f %s", i > 0 && bytes < 9.95 ? 1 : 0, bytes, UNITS[i]);
    return buffer;
}

/* --- numbers from people ---------------------------------------------------------------------- */

bool real_from_text(const char *text, double *out) {
    char *end;
    errno = 0;
    const double x = strtod(text, &end);
    if (end == text || strpbrk(text, "xX")) return false; // hexadecimal is nobody's loss
    if (errno == ERANGE && isinf(x)) return false;
    while (isspace((unsigned char)*end)) end++;
    if (*end) return false;
    *out = x;
    return true;
}

/* A decimal without sign or blanks. */
static bool unsigned_from_text(const char *text, double *out) {
    return *text && strchr("0123456789.", *text) && !strpbrk(text, " \t\r\n\v\f") &&
           real_from_text(text, out);
}

/* "1.1k" is read as "1.1e3": a product would have to be rounded. */
bool count_from_text(const char *text, uint64_t *out) {
    static const char SUFFIX[] = "kKMGT";
    static const int POWER[] = {3, 3, 6, 9, 12};
    if (*text && text[strspn(text, "0123456789")] == 0) { // all digits: exact beyond 2^53
        errno = 0;
        const unsigned long long n = strtoull(text, NULL, 10);
        if (errno == ERANGE) return false;
        *out = n;
        return true;
    }
    char number[80];
    const size_t n = strlen(text);
    if (n == 0 || n > 63) return false;
    memcpy(number, text, n + 1);
    const char *suffix = strchr(SUFFIX, text[n - 1]);
    if (suffix && strpbrk(text, "eE")) return false;
    if (suffix) snprintf(number + n - 1, sizeof number - n + 1, "e%d", POWER[suffix - SUFFIX]);
    double x;
    if (!unsigned_from_text(number, &x) || x != floor(x) || x >= 0x1p64) return false;
    *out = (uint64_t)x;
    return true;
}

bool seconds_from_text(const char *text, double *out) {
    static const char SUFFIX[] = "smh";
    static const double SECONDS[] = {1, 60, 3600};
    char number[64];
    const size_t n = strlen(text);
    if (n == 0 || n >= sizeof number) return false;
    memcpy(number, text, n + 1);
    const char *suffix = strchr(SUFFIX, text[n - 1]);
    if (suffix) number[n - 1] = 0;
    double x;
    if (!unsigned_from_text(number, &x)) return false;
    *out = suffix ? x * SECONDS[suffix - SUFFIX] : x;
    return true;
}

/* --- the nearest word ------------------------------------------------------------------------- */

enum { LONGEST = 63 };

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Damerau-Levenshtein, optimal string alignment: a swap of neighbours is one edit. Words beyond 63
 * letters are not looked at: their distance is the longer length. */
int text_distance(const char *a, const char *b) {
    const int n = (int)strnlen(a, 1 << 20), m = (int)strnlen(b, 1 << 20);
    if (n > LONGEST || m > LONGEST) return n > m ? n : m;
    int d[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= n; i++) d[i][0] = i;
    for (int j = 0; j <= m; j++) d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            const int swap = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(swap, 1 + least(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *text_nearest(const char *word, const char *const words[], size_t n) {
    const char *nearest = NULL;
    int best =
        ((int)strnlen(word, LONGEST) + 2) / 3 + 1; // up to a third of the letters may be wrong
    for (size_t i = 0; i < n; i++) {
        const int distance = text_distance(word, words[i]);
        if (distance >= best) continue;
        best = distance;
        nearest = words[i];
    }
    return nearest;
}
