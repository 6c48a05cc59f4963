/* page.c: puts the page together: head, summary, contents, sections and pictures. */
#include "analysis/report/page.h"

#include <string.h>

#include "base/proc.h"

/* The sections before and after the pictures, in order. To add one: write its PageSection in a file
 * of its own, and add its name here. */
#define BEFORE(ROW) ROW(LAW) ROW(FIT) ROW(PREDICTION) ROW(FORECAST) ROW(RETURNS) ROW(WORTH)
#define AFTER(ROW)  ROW(ROUTING) ROW(TUNING) ROW(NUMBERS) ROW(RUNS) ROW(ORIGIN) ROW(LIMITS)

#define DECLARED(NAME) extern const PageSection NAME##_SECTION;
BEFORE(DECLARED)
AFTER(DECLARED)

#define LISTED(NAME) &NAME##_SECTION,
typedef struct {
    const PageSection *const *rows;
    size_t n;
} Sections;
static const PageSection *const ROWS_BEFORE[] = {BEFORE(LISTED)}, *const ROWS_AFTER[] = {
                                                                      AFTER(LISTED)};
static const Sections SECTIONS_BEFORE = {ROWS_BEFORE, COUNT_OF(ROWS_BEFORE)},
                      SECTIONS_AFTER = {ROWS_AFTER, COUNT_OF(ROWS_AFTER)};

static const char CSS[] =
    ":root{color-scheme:light "
    "dark;--ink:#1c1e21;--paper:#fff;--soft:#5b6270;--line:#d9dce1;--tint:#f4f5f7;"
    "--good:#00735a;--bad:#b04a00}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e6ea;--paper:#15171b;--soft:#a0a7b4;--line:#"
    "343941;--tint:#1d2026;"
    "--good:#35c49b;--bad:#ff9a4d}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:78rem;padding:1.2rem 1rem "
    "4rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.55 system-ui,sans-serif}"
    "h1{font-size:1.9rem;line-height:1.2;margin:.6rem 0}h2{font-size:1.3rem;margin:2.6rem 0 .6rem}"
    "h3{font-size:1.05rem;margin:1.6rem 0 .4rem}"
    "p,ul,dl,pre{max-width:46rem}.lead{font-size:1.1rem}.soft{color:var(--soft)}"
    ".good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}"
    "nav a{margin-right:1rem;white-space:nowrap}a{color:inherit}"
    ".scroll{overflow-x:auto;max-width:100%}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.88rem}"
    "caption{text-align:left;color:var(--soft);padding:.2rem 0 .5rem}"
    "caption span{display:block;position:sticky;left:0;max-width:min(46rem,100vw - 2rem)}"
    "th,td{padding:.3rem .9rem .3rem 0;border-bottom:1px solid "
    "var(--line);text-align:right;white-space:nowrap}"
    "thead th{border-bottom:2px solid var(--line);vertical-align:bottom;font-weight:600}"
    ".text,th[scope=row]{text-align:left}th[scope=row]{font-weight:400}"
    "td.why{white-space:normal;min-width:14rem}"
    "tr.beyond{background:var(--tint);font-style:italic}tr.ill th,tr.ill td{color:var(--bad)}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9rem}"
    "pre{background:var(--tint);padding:.8rem;overflow-x:auto}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--soft)}"
    "dd{margin:0;overflow-wrap:anywhere}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:"
    "1.6rem 2.4rem}"
    "figure{margin:0;max-width:42rem}figure svg{display:block;width:100%;height:auto}"
    "figcaption{font-size:.93rem;color:var(--soft)}figcaption b{color:var(--ink)}";

static void begin_page(const Report *r, Text *out) {
    const char *name = plot_markup_escape(r->arena, report_name(r));
    text_add(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" PAGE_GENERATOR
        " %s\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>%s: a scaling law</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>%s: a "
        "scaling law</h1>\n",
        TINYSCALE_VERSION, *name ? name : "sweep", CSS, *name ? name : "sweep");
}

static const char *title_of(const PageSection *section, const Report *r) {
    return section->title ? section->title : section->title_of(r);
}

static bool applies(const PageSection *section, const Report *r) {
    return !section->applies || section->applies(r);
}

/* Write one picture. If it cannot be drawn, add the reason to `missing`. */
static Status write_picture(const Report *r, const PlotKind *kind, Text *out, Text *missing,
                            Err *err) {
    Bytes svg;
    const char *why;
    TRY(plots_draw(kind, &r->scene, PLOT_SVG, &svg, &why, err));
    if (why) {
        text_add(missing, "<li>%s: %s</li>\n", kind->title, plot_markup_escape(r->arena, why));
        return OK;
    }
    text_add(out, "<figure id=\"plot-%s\">\n", kind->name);
    text_add_bytes(out, svg.data, svg.size);
    const char *some = kind->beside_runs ? scene_law_kind(&r->scene) : NULL;
    const bool other = r->scene.fit && kind->caption_no_best && !scene_tells_best(&r->scene);
    text_add(out, "<figcaption><b>%s.</b> %s", kind->title,
             other ? kind->caption_no_best : kind->caption);
    if (some)
        text_add(out, " The law is that of the %s runs; runs of all settings are drawn.", some);
    text_add(out, "</figcaption>\n</figure>\n");
    return OK;
}

static void write_missing(Text *out, Text *missing) {
    if (missing->size) text_add(out, "<p>Not drawn:</p>\n<ul>\n%s</ul>\n", missing->s);
    text_close(missing);
}

static Status write_sections(const Report *r, Sections sections, Text *out, Err *err) {
    Status status = OK;
    for (size_t i = 0; i < sections.n && status == OK; i++) {
        const PageSection *s = sections.rows[i];
        Text missing = {0};
        if (!applies(s, r)) continue;
        text_add(out, "<section id=\"%s\">\n<h2>%s</h2>\n", s->id, title_of(s, r));
        s->write(r, out);
        if (s->picture) status = write_picture(r, plots_find(s->picture), out, &missing, err);
        write_missing(out, &missing);
        text_add(out, "</section>\n");
    }
    return status;
}

static void write_links(const Report *r, Sections sections, Text *out) {
    for (size_t i = 0; i < sections.n; i++)
        if (applies(sections.rows[i], r))
            text_add(out, "<a href=\"#%s\">%s</a> ", sections.rows[i]->id,
                     title_of(sections.rows[i], r));
}

static void write_contents(const Report *r, Text *out) {
    text_add(out, "<nav aria-label=\"contents\">");
    write_links(r, SECTIONS_BEFORE, out);
    text_add(out, "<a href=\"#pictures\">Pictures</a> ");
    write_links(r, SECTIONS_AFTER, out);
    text_add(out, "</nav>\n");
}

/* Return whether a picture belongs to a section, even to one that does not apply. */
static bool has_section(const PlotKind *kind) {
    bool has = false;
    for (size_t i = 0; i < SECTIONS_BEFORE.n; i++) {
        const char *picture = SECTIONS_BEFORE.rows[i]->picture;
        has |= picture && strcmp(picture, kind->name) == 0;
    }
    return has;
}

static Status write_pictures(const Report *r, Text *out, Err *err) {
    Text missing = {0};
    Status status = OK;
    text_add(out, "<section id=\"pictures\">\n<h2>Pictures</h2>\n"
                  "<p class=\"soft\">Colours run from blue (small) to gold (large). Point at a dot "
                  "for its numbers.</p>\n"
                  "<div class=\"figures\">\n");
    for (size_t i = 0; i < N_PLOTS && status == OK; i++)
        if (!has_section(&PLOTS[i])) status = write_picture(r, &PLOTS[i], out, &missing, err);
    text_add(out, "</div>\n");
    write_missing(out, &missing);
    text_add(out, "</section>\n");
    return status;
}

Status page_html(const Report *r, Text *out, Err *err) {
    begin_page(r, out);
    page_summary(r, out);
    write_contents(r, out);
    TRY(write_sections(r, SECTIONS_BEFORE, out, err));
    TRY(write_pictures(r, out, err));
    TRY(write_sections(r, SECTIONS_AFTER, out, err));
    text_add(out, "</main>\n</body>\n</html>\n");
    return OK;
}
