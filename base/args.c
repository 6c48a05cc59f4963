/* args.c: a command line of positionals and flags, read by the rows of the field tables; --help is
 * printed from them. */
#include <ctype.h>
#include <string.h>

#include "base/field.h"
#include "base/suggest.h"

typedef struct {
    const Field *field;
    void *record;
    size_t index; // counted through the groups
} Found;

static bool same_title(const ArgSpec *spec, size_t g, size_t h) {
    return strcmp(spec->groups[g].table->title, spec->groups[h].table->title) == 0;
}

/* Tables with one title stand together, where the first of them stands. */
static void print_help(const ArgSpec *spec) {
    printf("usage: %s\n", spec->usage);
    if (spec->about && *spec->about) printf("\n%s\n", spec->about);
    for (size_t g = 0; g < spec->n_groups; g++) {
        size_t first = 0;
        while (!same_title(spec, first, g)) first++;
        if (first < g) continue;
        printf("\n%s:\n", spec->groups[g].table->title);
        for (size_t h = g; h < spec->n_groups; h++)
            if (same_title(spec, g, h))
                fields_help(spec->groups[h].table, spec->groups[h].record, stdout);
    }
}

static bool find_flag(const ArgSpec *spec, const char *name, Found *out) {
    size_t before = 0;
    for (size_t g = 0; g < spec->n_groups; g++) {
        const FieldTable *t = spec->groups[g].table;
        const Field *f = field_find(t, name);
        if (f) {
            *out = (Found){f, spec->groups[g].record, before + (size_t)(f - t->rows)};
            return true;
        }
        before += t->n;
    }
    return false;
}

static Status unknown_flag(const ArgSpec *spec, const char *name, Err *err) {
    const char *names[COUNT_OF(((Args *)0)->seen_flag) + 1] = {"help"};
    size_t n = 1;
    for (size_t g = 0; g < spec->n_groups; g++)
        for (size_t i = 0; i < spec->groups[g].table->n; i++)
            names[n++] = spec->groups[g].table->rows[i].name;
    char near[64];
    const char *nearest = suggest_nearest(name, names, n);
    snprintf(near, sizeof near, "--%s", nearest ? nearest : "");
    for (char *c = near; *c; c++)
        if (*c == '_') *c = '-';
    FAIL(err, E_USAGE, "unknown flag '--%s'%s", name, DID_YOU_MEAN(nearest ? near : NULL));
}

/* Read the flag at argv[*i]; *i moves on when its value is the next argument. */
static Status read_flag(const ArgSpec *spec, Arena *arena, int argc, char **argv, int *i, Args *out,
                        Err *err) {
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    name = arena_strndup(arena, name, equals ? (size_t)(equals - name) : strlen(name));
    Found found;
    if (!find_flag(spec, name, &found)) return unknown_flag(spec, name, err);
    const char *where = arena_printf(arena, "--%s", name), *value = equals ? equals + 1 : NULL;
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL;
    if (!value && found.field->kind == FIELD_BOOL) {
        const bool said = next && (strcmp(next, "true") == 0 || strcmp(next, "false") == 0);
        value = said ? argv[++*i] : "true";
    } else if (!value) {
        if (!next || strncmp(next, "--", 2) == 0) FAIL(err, E_USAGE, "%s: needs a value", where);
        value = argv[++*i];
    }
    if (out->seen_flag[found.index]) FAIL(err, E_USAGE, "%s: given twice", where);
    out->seen_flag[found.index] = true;
    return field_from_text(found.field, found.record, arena, value, where, err);
}

/* Tell a positional argument from a flag: "-" is standard input and "-1" a number; any other "-x"
 * was meant as a flag. */
static bool is_positional(const char *arg) {
    return arg[0] != '-' || arg[1] == 0 || arg[1] == '.' || isdigit((unsigned char)arg[1]);
}

Status args_parse(const ArgSpec *spec, Arena *arena, int argc, char **argv, Args *out, Err *err) {
    size_t n_flags = 0;
    for (size_t g = 0; g < spec->n_groups; g++) n_flags += spec->groups[g].table->n;
    MUST(n_flags <= COUNT_OF(out->seen_flag));
    MUST(spec->max_args <= (int)COUNT_OF(out->args));
    *out = (Args){0};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            print_help(spec);
            out->help = true;
            return OK;
        }
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            TRY(read_flag(spec, arena, argc, argv, &i, out, err));
            continue;
        }
        if (!is_positional(argv[i]))
            FAIL(err, E_USAGE, "unknown flag '%s': flags begin with '--'", argv[i]);
        if (out->n_args == spec->max_args)
            FAIL(err, E_USAGE, "unexpected argument '%s'; usage: %s", argv[i], spec->usage);
        out->args[out->n_args++] = argv[i];
    }
    if (out->n_args < spec->min_args)
        FAIL(err, E_USAGE, "an argument is missing; usage: %s", spec->usage);
    return OK;
}
