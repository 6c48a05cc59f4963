/* numbers.c: numbers as people write and read them. */
#include "base/numbers.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

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
