/* field.h: the option-field table. One row is a command-line flag, a JSON key, a ledger column and
 * a line of help.
 *
 *     typedef struct { int d_model; double lr; const char *schedule; } RunConfig;
 *     static const Field FIELDS[] = {
 *         {"d_model",  FIELD_INT,    offsetof(RunConfig, d_model),  8, 4096, NULL, "",  "width of the residual stream"},
 *         {"lr",       FIELD_REAL,   offsetof(RunConfig, lr),       0, 10,   NULL, "",  "peak learning rate"},
 *         {"schedule", FIELD_CHOICE, offsetof(RunConfig, schedule), 0, 0, SCHEDULES, "", "learning-rate schedule"},
 *     };
 *     static const FieldTable TABLE = {"run config", FIELDS, COUNT_OF(FIELDS)};
 *
 * The record is filled with defaults by its own function first; help prints what stands in such a
 * record, so that the defaults shown are the live ones.
 */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

typedef enum {
    FIELD_INT,     // int
    FIELD_COUNT,   // uint64_t; 250000, 2.5e5 or "250k"
    FIELD_REAL,    // double
    FIELD_SECONDS, // double; 90, "30m", "2h"
    FIELD_BOOL,    // bool; as a flag "--x" or "--x true|false"; in JSON true or false
    FIELD_STRING,  // const char *, copied into the arena
    FIELD_CHOICE,  // const char *, one of choices[], set to the table's own pointer
    FIELD_ENUM,    // an enum, or int: the number of one of choices[], whose word is read and shown
} FieldKind;

typedef struct {
    const char *name; // JSON key and ledger column; the flag is "--" with '_' as '-'
    FieldKind kind;
    size_t offset;              // in the record
    double lo, hi;              // inclusive range of the number kinds; hi < lo means no range
    const char *const *choices; // FIELD_CHOICE, FIELD_ENUM: NULL-terminated
    const char *unit;           // "" when it has none
    const char *help;           // one line, what it is
} Field;

typedef struct {
    const char *title; // "run config", what errors and help call these fields
    const Field *rows;
    size_t n;
} FieldTable;

/* Find a field by its name, in which '-' counts as '_'; NULL when unknown. */
const Field *field_find(const FieldTable *t, const char *name);
const char *field_suggest(const FieldTable *t, const char *name); // nearest known name, or NULL

/* Set one field from text (flag) or JSON; where names the place in errors ("--lr", "sweep.json:
 * base.lr"). A value out of range or of the wrong type is E_USAGE. Strings live in the arena. */
Status field_from_text(const Field *f, void *record, Arena *arena, const char *text,
                       const char *where, Err *err);
Status field_from_json(const Field *f, void *record, Arena *arena, const JsonDoc *doc,
                       const Json *v, Err *err);

/* Set every member of a JSON object; an unknown key is E_USAGE and suggests the nearest. skip[]
 * (NULL-terminated, may be NULL) are keys that somebody else reads. */
Status fields_from_json(const FieldTable *t, void *record, Arena *arena, const JsonDoc *doc,
                        const Json *object, const char *const *skip, Err *err);
/* Write all fields, or one, as members of the open object, in table order. */
void fields_to_json(const FieldTable *t, const void *record, JsonOut *out);
void field_to_json(const Field *f, const void *record, JsonOut *out);
char *field_to_text(const Field *f, const void *record, char *buffer, size_t size);
double field_as_number(const Field *f, const void *record); // number kinds; NaN for the others
/* Print one line per flag, with its default as it stands in `defaults`. */
void fields_help(const FieldTable *t, const void *defaults, FILE *out);

/* A command line of positionals and flags. Several tables may share it, each with its record. */
typedef struct {
    const FieldTable *table;
    void *record;
} FieldGroup;

typedef struct {
    const char *usage;        // "tinyscale fit PATH [--flags]"
    const char *about;        // a few lines of what the command does
    const FieldGroup *groups; // flags
    size_t n_groups;
    int min_args, max_args; // positionals
} ArgSpec;

typedef struct {
    const char *args[16]; // positionals, in order
    int n_args;
    bool help;           // --help was given and printed to stdout: the command returns OK at once
    bool seen_flag[128]; // seen_flag[i]: flag i (counted through the groups) was given
} Args;

/* Read a command line into the groups' records. argv[0] is the command's name and is skipped.
 * Accepts "--flag value" and "--flag=value". Anything unknown is E_USAGE with the nearest flag, and
 * so is a flag given twice. */
Status args_parse(const ArgSpec *spec, Arena *arena, int argc, char **argv, Args *out, Err *err);

#endif
