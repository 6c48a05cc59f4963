/* report_words.c: numbers, intervals and tables as the page writes them. */
#include "analysis/report/report_words.h"

#include <math.h>
#include <string.h>

#include "base/numbers.h"

static bool has_range(const Interval *i) {
    return isfinite(i->lo) && isfinite(i->hi);
}

/* Return the decimals that show two digits of the interval's half width. */
static int decimals(const Interval *i) {
    const double half = 0.5 * (i->hi - i->lo);
    return half > 0 ? (int)fmax(0, fmin(6, 1 - floor(log10(half)))) : 4;
}

static const char *real_text(Arena *arena, double x, const Interval *i) {
    if (!has_range(i)) return arena_printf(arena, "%.4g", x);
    return fabs(x) < 1e5 ? arena_printf(arena, "%.*f", decimals(i), x)
                         : arena_printf(arena, "%.3g", x);
}

const char *report_value(const Report *r, const Interval *i) {
    return isfinite(i->value) ? real_text(r->arena, i->value, i) : "–";
}

const char *report_range(const Report *r, const Interval *i) {
    if (!has_range(i)) return "–";
    return arena_printf(r->arena, "%s to %s", real_text(r->arena, i->lo, i),
                        real_text(r->arena, i->hi, i));
}

const char *report_interval(const Report *r, const Interval *i) {
    if (!has_range(i)) return report_value(r, i);
    return arena_printf(r->arena, "%s (%s)", report_value(r, i), report_range(r, i));
}

const char *report_escape(const Report *r, const char *text) {
    return plot_markup_escape(r->arena, text);
}

const char *report_count(const Report *r, double x) {
    char buffer[32];
    return isfinite(x) ? arena_strdup(r->arena, count_to_text(buffer, x)) : "–";
}

const char *report_number(const Report *r, const char *format, double x) {
    char buffer[64];
    if (!isfinite(x)) return "–";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(buffer, sizeof buffer, format, x);
#pragma GCC diagnostic pop
    return arena_strdup(r->arena, buffer);
}

void report_table_begin(Text *out, const char *caption, const char *heads) {
    text_add(out,
             "<div class=\"scroll\" "
             "tabindex=\"0\"><table>\n<caption><span>%s</span></caption>\n<thead><tr>",
             caption);
    while (*heads) {
        const size_t n = strcspn(heads, "|");
        const bool left = *heads == '<';
        text_add(out, "<th scope=\"col\"%s>%.*s</th>", left ? " class=\"text\"" : "",
                 (int)(n - left), heads + left);
        heads += n + (heads[n] == '|');
    }
    text_add(out, "</tr></thead>\n<tbody>\n");
}

void report_table_end(Text *out) {
    text_add(out, "</tbody>\n</table></div>\n");
}

const char *report_verdict(bool inside) {
    return inside ? "<span class=\"good\">inside</span>" : "<span class=\"bad\">outside</span>";
}

const char *report_plus_minus(const Report *r, double se) {
    return isfinite(se) ? arena_printf(r->arena, " ± %.4f", se) : "";
}
