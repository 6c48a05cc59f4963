/* reference.c: published fits of public tables, run against this build:   reference TINYSCALE
 * DIR...
 *
 * Every DIR holds cases.json: a list of { "name", "args": after "tinyscale fit", "expect": {
 * "path": [value, tolerance] or "text" } }. A case whose law, estimator or flag this build does not
 * know is skipped, and the reason is printed.
 */
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/fit/estimate.h"
#include "base/json.h"

typedef enum { PASSED, FAILED, SKIPPED, N_VERDICTS } Verdict;

/* In single quotes for the shell. */
static void add_quoted(Text *t, const char *s) {
    text_add(t, " '");
    for (; *s; s++) text_add(t, *s == '\'' ? "'\\''" : "%c", *s);
    text_add(t, "'");
}

/* Everything the command prints on stdout; returns its exit code, -1 when it could not be run. */
static int run(const char *command, Text *out) {
    FILE *pipe = popen(command, "r");
    if (!pipe) return -1;
    char buffer[4096];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text_add_bytes(out, buffer, n);
    text_add(out, "%s", "");
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool after(const char *arg, const char *flag, const Json *v, const char **value) {
    const Json *next = json_next(v);
    if (strcmp(arg, flag) != 0 || !next) return false;
    *value = json_as_string(next);
    return true;
}

/* Whether this build lacks what the case needs, and what that is. */
static bool cannot_run(const Json *args, const char *help, char *reason, size_t size) {
    for (const Json *v = json_first(args); v; v = json_next(v)) {
        const char *arg = json_as_string(v), *value, *what = NULL;
        if (strncmp(arg, "--", 2) != 0) continue;
        if (!strstr(help, arg))
            what = "flag", value = arg;
        else if (after(arg, "--law", v, &value) && !law_find(value))
            what = "law";
        else if (after(arg, "--estimator", v, &value) && !estimator_find(value))
            what = "estimator";
        if (!what) continue;
        snprintf(reason, size, "%s %s is not known here", what, value);
        return true;
    }
    return false;
}

/* The value at "params.alpha.value", NULL when there is none. */
static const Json *at_path(const Json *root, const char *path) {
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key; root && (key = strsep(&rest, "."));)
        root = json_kind(root) == JSON_OBJECT ? json_get(root, key) : NULL;
    return root;
}

static bool check(const Json *result, const Json *expected) {
    const char *path = json_key(expected);
    const Json *got = at_path(result, path);
    if (json_kind(expected) == JSON_STRING) {
        const char *text = got && json_kind(got) == JSON_STRING ? json_as_string(got) : "missing";
        const bool equal = strcmp(text, json_as_string(expected)) == 0;
        printf("    %-24s %s, expected %s%s\n", path, text, json_as_string(expected),
               equal ? "" : "   <-- FAILED");
        return equal;
    }
    const double want = json_as_number(json_first(expected));
    const double tolerance = json_as_number(json_next(json_first(expected)));
    const double x = got && json_kind(got) == JSON_NUMBER ? json_as_number(got) : NAN;
    const bool near = fabs(x - want) <= tolerance;
    printf("    %-24s %.10g, expected %.10g +- %.2g%s\n", path, x, want, tolerance,
           near ? "" : "   <-- FAILED");
    return near;
}

static Verdict judge(const char *json, int code, const Json *expect) {
    Err err = {0};
    JsonDoc *doc;
    if (code != 0 || json_open(json, "output", &doc, &err) != OK) {
        printf("    exit code %d %s   <-- FAILED\n", code, err.message);
        return FAILED;
    }
    bool all = true;
    for (const Json *v = json_first(expect); v; v = json_next(v)) all &= check(json_root(doc), v);
    json_close(doc);
    return all ? PASSED : FAILED;
}

static Verdict run_case(const Json *c, const char *binary, const char *dir, const char *help) {
    const Json *args = json_get(c, "args");
    char reason[256];
    printf("%s\n", json_string_or(c, "name", "?"));
    if (cannot_run(args, help, reason, sizeof reason)) {
        printf("    skipped: %s\n", reason);
        return SKIPPED;
    }
    Text command = {0}, out = {0};
    text_add(&command, "cd");
    add_quoted(&command, dir);
    text_add(&command, " &&");
    add_quoted(&command, binary);
    text_add(&command, " fit");
    for (const Json *v = json_first(args); v; v = json_next(v))
        add_quoted(&command, json_as_string(v));
    text_add(&command, " --json");
    const int code = run(command.s, &out);
    const Verdict verdict = judge(out.s, code, json_get(c, "expect"));
    text_close(&command);
    text_close(&out);
    return verdict;
}

static bool run_folder(const char *dir, const char *binary, const char *help,
                       int counts[N_VERDICTS]) {
    char path[4096];
    Err err = {0};
    JsonDoc *doc;
    snprintf(path, sizeof path, "%s/cases.json", dir);
    if (json_open_file(path, &doc, &err) != OK) {
        printf("%s\n", err.message);
        return false;
    }
    for (const Json *c = json_first(json_root(doc)); c; c = json_next(c))
        counts[run_case(c, binary, dir, help)]++;
    json_close(doc);
    return true;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: reference TINYSCALE DIR...\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); // in step with what the children say on stderr
    setenv("TINYSCALE_QUIET", "1", 1);
    char *binary = realpath(argv[1], NULL);
    Text command = {0}, help = {0};
    if (binary) add_quoted(&command, binary);
    text_add(&command, " fit --help");
    int counts[N_VERDICTS] = {0};
    bool whole = binary && run(command.s, &help) == 0;
    for (int i = 2; i < argc && whole; i++) whole = run_folder(argv[i], binary, help.s, counts);
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    text_close(&command);
    text_close(&help);
    free(binary);
    return whole && counts[FAILED] == 0 && counts[PASSED] > 0 ? 0 : 1;
}
