/* page.h: a report as one self-contained HTML file. */
#ifndef ANALYSIS_REPORT_PAGE_H
#define ANALYSIS_REPORT_PAGE_H

#include "analysis/report/report.h"
#include "base/text.h"

typedef struct {
    const char *id;
    const char *title; // NULL: title_of tells it
    void (*write)(const Report *r, Text *out);
    bool (*applies)(const Report *r);         // NULL: always; a section that does not is left out
    const char *picture;                      // of PLOTS, that stands in this section; NULL: none
    const char *(*title_of)(const Report *r); // as markup
} PageSection;

Status page_html(const Report *r, Text *out, Err *err);
#define PAGE_GENERATOR "<meta name=\"generator\" content=\"tinyscale" // every page, near its top

/* The sentences at the top of the page (sections_law.c). */
void page_summary(const Report *r, Text *out);

#endif
