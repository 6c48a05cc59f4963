/* plot_svg.c: makes gnuplot's SVG fit to stand inside a page. What gnuplot writes is a document
 * with a head, named symbols whose names would clash between pictures, black ink, and hover texts
 * that need its script. The result is a bare <svg> that scales, with symbols drawn in place,
 * currentColor for black, and <title> elements. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/plot.h"

typedef struct {
    const char *from, *to;
} Rewrite;

#define FILLED "fill='currentColor' stroke='none'"
// clang-format off
static const Rewrite REWRITES[] = { // gnuplot calls the symbol of point type N + 1 gpPtN
    {"stroke=\"black\"", "stroke=\"currentColor\""},
    {"fill=\"black\"", "fill=\"currentColor\""},
    {" color=\"black\"", ""},
    {" color=\"white\"", ""},
    {"color='white'", "color='transparent'"},
    {" font-family=\"sans-serif\"", ""},
    {"shape-rendering='crispEdges'", ""},
    {"class=\"gridline\"", "class='gridline' stroke-opacity='.3'"},
    {"<use xlink:href='#gpPt5'", "<circle r='1' stroke='currentColor' stroke-width='.15'"},
    {"<use xlink:href='#gpPt6'", "<circle r='1' " FILLED},
    {"<use xlink:href='#gpPt8'", "<path d='M0-1.33L1.33.67-1.33.67z' " FILLED},
    {"<use xlink:href='#gpPt12'", "<path d='M0-1.4L1.4 0 0 1.4-1.4 0z' " FILLED},
    {"<use xlink:href='#gpPt14'", "<path d='M0-1.5L.42-.46 1.43-.46.62.18.88 1.21 0 .6-.88 1.21"
                                  "-.62.18-1.43-.46-.42-.46z' " FILLED},
};
// clang-format on

static bool begins(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

const char *plot_markup_escape(Arena *arena, const char *text) {
    Text t = {0};
    text_add_escaped(&t, text);
    const char *copy = arena_strndup(arena, t.s ? t.s : "", t.size);
    text_close(&t);
    return copy;
}

/* Each take_ function below replaces one pattern. If s begins with it, the function writes the
 * replacement and returns the rest of s; otherwise it returns NULL. */

static const char *take_rewrite(const char *s, Text *out) {
    for (size_t i = 0; i < COUNT_OF(REWRITES); i++) {
        const size_t n = strlen(REWRITES[i].from);
        if (strncmp(s, REWRITES[i].from, n) != 0) continue;
        text_add(out, "%s", REWRITES[i].to);
        return s + n;
    }
    return NULL;
}

static const char *take_colour(const char *s, Text *out) {
    unsigned r, g, b;
    if (!begins(s, "rgb(") || sscanf(s, "rgb(%u,%u,%u)", &r, &g, &b) != 3) return NULL;
    if (r + g + b == 0)
        text_add(out, "currentColor");
    else
        text_add(out, "#%02x%02x%02x", r, g, b);
    return strchr(s, ')') + 1;
}

static const char *take_series_name(const char *s, Text *out) {
    static const char END[] = "</title>";
    const char *end = begins(s, "<g id=\"gnuplot_plot_") ? strstr(s, END) : NULL;
    if (!end) return NULL;
    text_add(out, "<g>");
    return end + strlen(END);
}

static const char *take_hover(const char *s, const Plot *p, Text *out) {
    static const char BEGIN[] = "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'",
                      END[] = "</title>";
    const char *end = begins(s, BEGIN) ? strstr(s, END) : NULL;
    if (!end) return NULL;
    const size_t i = strtoul(s + strlen(BEGIN), NULL, 10);
    MUST(i < p->n_hover);
    text_add(out, "<g><title>");
    text_add_escaped(out, p->hover[i]);
    text_add(out, "</title>");
    return end + strlen(END);
}

/* Remove a group without content: if s closes the group that `out` has just opened, take that back
 * from `out` and return what follows in s. gnuplot opens a group at every change of pen, and most
 * stay empty. */
static const char *take_empty_group(const char *s, Text *out) {
    if (!begins(s, "</g>") || out->size == 0) return NULL;
    size_t end = out->size;
    while (end > 0 && strchr(" \t\n", out->s[end - 1])) end--;
    if (end == 0 || out->s[end - 1] != '>') return NULL;
    size_t start = end;
    while (start > 0 && out->s[start] != '<') start--;
    if (!begins(out->s + start, "<g>") && !begins(out->s + start, "<g ")) return NULL;
    out->s[out->size = start] = '\0';
    s += strlen("</g>");
    return s + strspn(s, "\n\t ");
}

void plot_svg_clean(const char *svg, const Plot *p, Text *out) {
    static const char DEFS_END[] = "</defs>";
    const char *s = strstr(svg, DEFS_END), *end = svg + strlen(svg);
    MUST(s);
    s += strlen(DEFS_END);
    for (int i = 0; i < 2; i++) // drop the end tags </g> and </svg> of the document
        while (end > s && *--end != '<') continue;

    text_add(out,
             "<svg viewBox=\"0 0 %d %d\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
             "aria-label=\"",
             p->width, p->height);
    text_add_escaped(out, p->label);
    text_add(out, "\" font-family=\"system-ui, sans-serif\">");
    while (s < end) {
        const char *next = take_rewrite(s, out);
        if (!next) next = take_colour(s, out);
        if (!next) next = take_series_name(s, out);
        if (!next) next = take_hover(s, p, out);
        if (!next) next = take_empty_group(s, out);
        if (!next) text_add_bytes(out, s, 1);
        s = next ? next : s + 1;
    }
    text_add(out, "</svg>\n");
    MUST(!strstr(out->s, "<use")); // a <use> left over is a point type without a row in REWRITES
}
