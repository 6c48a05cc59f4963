/* form.h: whether a law has the form of its points, told from the residuals in ln L.
 *
 *     Form form = form_of(&problem, theta);
 *     if (form_wrong(&form)) ...
 *
 * Patterns. Each of five quadratics in x = ln N and y = ln D is added to the law's own gradients in
 * its free parameters, so that what the law could absorb does not count, and its coefficient is
 * tested: F with one degree of freedom above. Where runs share trunks,
 *     Var(ln L) = run^2 (I + r^2 Z Z'),      Z (rows, trunks) telling the trunk of each row,
 * and r, the trunk's deviation in units of a run's, is not known. Given r, generalised least
 * squares make an exact F. The chance told is the mean of those over what the residuals say of r:
 * the restricted likelihood [Patterson and Thompson 1971] times a prior under which arctan r is
 * uniform, that is, r is as likely above 1 as below. Repeated seeds of a size, or many sizes,
 * narrow r; with few trunks it stays wide, and a pattern that trunks could have made is not called
 * one.
 *
 * Lack of fit. Where runs of one cell differ in nothing but their seed, what they differ by is pure
 * error, beside which the cells' distances from the law are tested [Draper and Smith 1998, sec.
 * 2.1]. With trunks of several rows both have an offset of their own for each trunk, which makes
 * the test exact for any deviation of trunks.
 *
 * Rows that lie beyond chance from the law and every quadratic are left out (form_columns.h). Rows
 * of a cell that were run at several learning rates count at the best rate only. Rows of a cell and
 * a trunk that no seed tells apart are one look, their mean. */
#ifndef ANALYSIS_FIT_FORM_H
#define ANALYSIS_FIT_FORM_H

#include "analysis/fit/form_columns.h"
#include "analysis/fit/form_lack.h"
#include "analysis/fit/form_repeats.h"

typedef struct {
    double size; // root mean square over rows of what the law leaves of it, in ln L, with the sign
                 // of its coefficient; NaN: the points cannot tell this pattern from the law
    double p;    // probability of so strong a pattern by chance
    double freedom; // degrees of freedom below [where trunks are shared: Satterthwaite 1946]
} FormPattern;

typedef struct {
    const char *untested; // why no pattern was tested, a sentence; NULL: they were
    FormPattern patterns[FORM_PATTERNS];
    FormLack lack;
    FormRepeats repeats; // by how much runs differ that were made again
    double scatter;  // sd in ln L of runs about the law with its strongest pattern, trunks apart
    size_t rows;     // rows tested, after those of a cell became one
    size_t outliers; // rows left out, which no smooth form explains
    int trunks;      // groups of the rows tested
} Form;

/* A pattern or lack of fit less likely than this by chance is a wrong form. */
extern const double FORM_CHANCE;

/* Test the form of a law at its estimate theta. */
Form form_of(const Problem *p, const double *theta);

bool form_found(const FormPattern *pattern); // beyond chance
bool form_lacks(const Form *form);           // lack of fit beyond chance
bool form_wrong(const Form *form);           // any of these
/* Return by how much a run misses by itself, sd in ln L: by its repeats, or else by what the
 * strongest pattern leaves. Words for it: "the noise of a run", "the scatter beside it". */
double form_noise(const Form *form);
const char *form_noise_words(const Form *form);
/* Return the least likely pattern, or NULL where none was tested. */
const FormPattern *form_strongest(const Form *form);
/* Return "saturating": size is worth more where data are plenty than the law has it;
 * "steps-limited": it is worth less there; "additive": neither is told. */
const char *form_direction(const Form *form);
/* Return it with its meaning, "saturating (...)". */
const char *form_direction_words(const Form *form);

#endif
