/* expected.h: how precise the sealed forecast of a sweep's heroes is expected to be, which is said
 * before the sweep starts and held against the seal at its end.
 *
 *     the plan's runs ──▶ CSV ──▶ `tinyscale fit --expect` ──▶ JSON ──▶ a sentence, an event of the ledger
 *
 * What is expected follows from the design alone: sizes, lengths, seeds and trunks of the runs. No
 * loss is looked at, also where there are some.
 */
#ifndef SWEEP_EXPECTED_H
#define SWEEP_EXPECTED_H

#include <stdio.h>

#include "sweep/launch.h"
#include "sweep/sweep.h"

/* The answer of the analysis, members as precision.h puts them: "level", "noise", "heroes":
 * [{"params", "tokens", "cost", "half_width", "lo", "hi", ..}], ..; or why there is none. */
typedef struct {
    const Json *said; // NULL: nothing
    const char *why;  // a sentence's end on why nothing can be said; NULL where something is
    JsonDoc *doc;     // holds what is said until expected_close(); NULL where another document does
} SealExpected;

/* Ask what to expect of the plan's heroes, of which there must be some. Nothing here is an error:
 * where there is no answer, *out says why. program: path of tinyscale. The launcher must be idle.
 * Texts live in the sweep's arena. */
void expected_ask(const Sweep *s, Launcher *l, char *program, SealExpected *out);
/* Return what the ledger says was expected of this spec. */
SealExpected expected_kept(const Sweep *s);
void expected_close(SealExpected *e);

/* Print a sentence for each hero, or why there is none. */
void expected_print(const SealExpected *e, FILE *out);
/* Write it as the member "expected" of the open object. */
void expected_to_json(const SealExpected *e, JsonOut *out);

/* Say what to expect of heroes that have not ended, on stdout, and keep it in the ledger for as
 * long as the spec stays as it is. */
Status expected_announce(Sweep *s, Launcher *l, char *program, Err *err);

/* Print for each hero of the newest seal how precise it is, beside what was expected; nothing where
 * either is missing. */
void expected_beside(const Sweep *s, FILE *out);

#endif
