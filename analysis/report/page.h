/* page.h: writes a report as one self-contained HTML file. */
#ifndef ANALYSIS_REPORT_PAGE_H
#define ANALYSIS_REPORT_PAGE_H

#include "analysis/report/report.h"
#include "base/text.h"

typedef struct {
    const char *id;
    const char *title; // NULL: title_of returns it
    void (*write)(const Report *r, Text *out);
    /* Whether the report has what the section is about, else it is left out; NULL: always. */
    bool (*applies)(const Report *r);
    const char *picture; // name of the picture in PLOTS that stands in this section; NULL: none
    const char *(*title_of)(const Report *r); // the title as HTML
} PageSection;

Status page_html(const Report *r, Text *out, Err *err);
#define PAGE_GENERATOR "<meta name=\"generator\" content=\"tinyscale" // near the top of every page

/* Write the summary at the top of the page (sections_law.c). */
void page_summary(const Report *r, Text *out);

#endif
