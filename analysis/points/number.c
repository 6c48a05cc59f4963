/* number.c: groups of digits, letters for powers of ten, and hints on what is no number. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "analysis/points/number.h"
#include "base/err.h"
#include "base/numbers.h"

enum { LONGEST = 63 };

static const struct {
    const char *letters, *word;
    int power;
} UNITS[] = {
    {"kK", "thousand", 3}, {"mM", "million", 6}, {"bBgG", "billion", 9}, {"tT", "trillion", 12}};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Read digits that marks part into groups of three, as in 1,234,567; *groups counts the marks.
 * Return the end, or NULL where a mark stands elsewhere. */
static const char *read_groups(const char *s, char mark, int *groups) {
    const char *from = s;
    for (*groups = 0; is_digit(*s); s++)
        ;
    if (*s != mark) return s;
    if (s == from || s - from > 3) return NULL;
    for (; *s == mark; s += 4, ++*groups)
        if (!is_digit(s[1]) || !is_digit(s[2]) || !is_digit(s[3]) || is_digit(s[4])) return NULL;
    return s;
}

/* Write the cell as C does, without marks between groups and with a decimal point. Return false
 * where a mark or a point stands wrong. */
static bool as_plain(const char *cell, Decimal decimal, char *out) {
    const char mark = decimal == DECIMAL_COMMA ? '.' : ',';
    const char point = decimal == DECIMAL_COMMA ? ',' : '.';
    while (isspace((unsigned char)*cell)) cell++;
    if (*cell == '+' || *cell == '-') *out++ = *cell++;
    int groups;
    const char *end = read_groups(cell, mark, &groups);
    if (!end) return false;
    if (groups == 1 && decimal == DECIMAL_POINT && *end != point) return false;
    for (; cell < end; cell++)
        if (*cell != mark) *out++ = *cell;
    if (*cell == point) *out++ = '.', cell++;
    if (strpbrk(cell, ",.")) return false;
    strcpy(out, cell);
    return true;
}

/* Turn a letter at the end into an exponent, 1.5B into 1.5e9, since a product would have to be
 * rounded. Return false where there is no such letter. */
static bool letter_to_exponent(char *number) {
    size_t n = strlen(number);
    while (n > 0 && isspace((unsigned char)number[n - 1])) n--;
    if (n < 2 || strpbrk(number, "eEnN")) return false; // it has an exponent, or is inf or nan
    for (size_t i = 0; i < COUNT_OF(UNITS); i++) {
        if (!strchr(UNITS[i].letters, number[n - 1])) continue;
        n--;
        while (n > 0 && number[n - 1] == ' ') n--;
        if (n == 0 || (!is_digit(number[n - 1]) && number[n - 1] != '.')) return false;
        snprintf(number + n, 8, "e%d", UNITS[i].power);
        return true;
    }
    return false;
}

bool number_from_cell(const char *cell, Decimal decimal, bool counts, double *out) {
    const bool plain = decimal != DECIMAL_COMMA || !strpbrk(cell, ".,");
    if (plain && real_from_text(cell, out)) return true;
    char number[LONGEST + 16];
    if (strnlen(cell, LONGEST + 1) > LONGEST || !as_plain(cell, decimal, number)) return false;
    return real_from_text(number, out) ||
           (counts && letter_to_exponent(number) && real_from_text(number, out));
}

const char *number_hint(const char *cell, Decimal decimal) {
    const size_t n = strlen(cell);
    if (n > 0 && cell[n - 1] == '%') return "; percent signs are not read";
    if (decimal == DECIMAL_COMMA && strpbrk(cell, ".,"))
        return "; with --decimal comma 1.234,5 is a number, and 1.234 a whole one";
    if (strchr(cell, ',') && !strpbrk(cell, "abcdfghijlmnopqrstuvwxyz"))
        return "; if the comma is a decimal comma, add --decimal comma; thousands are better "
               "written without";
    return "";
}

double number_unit(const char *header) {
    static const double FACTORS[] = {1e3, 1e6, 1e9, 1e12};
    const char *open = strpbrk(header, "([");
    const size_t n = open ? strcspn(open + 1, ")]") : 0;
    for (size_t i = 0; n > 0 && open[n + 1] && i < COUNT_OF(UNITS); i++) {
        const size_t word = strlen(UNITS[i].word);
        if (n == 1 && strchr(UNITS[i].letters, open[1])) return FACTORS[i];
        if (n >= word && n <= word + 1 && strncasecmp(open + 1, UNITS[i].word, word) == 0)
            return FACTORS[i];
    }
    return 1;
}

const char *number_setting(Arena *arena, const char *cell, Decimal decimal) {
    char number[32];
    double x;
    if (!number_from_cell(cell, decimal, false, &x) || !isfinite(x)) return cell;
    return arena_strdup(arena, real_to_text(number, x));
}
