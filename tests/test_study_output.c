/* test_study_output.c: people and programs are told the same: every number of `tinyscale fit
 * --json` is printed without it, in one section, and every number that is printed is the JSON's.
 * A number is told when it stands there as sheets print numbers: with six or four digits, or as
 * a count (14.3k). Numbers inside the JSON's texts (formulas, sentences, names) count as its
 * own. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "tests/fit_rig.h"

#include "base/json.h"
#include "base/numbers.h"
#include "base/rng.h"
#include "base/text.h"

/* ---- numbers of a text --------------------------------------------------------------------- */

typedef struct {
    const char **s;
    size_t n, room;
} Words;

static void words_add(Arena *arena, Words *w, const char *s) {
    if (w->n == w->room) {
        const size_t room = w->room ? 2 * w->room : 256;
        const char **grown = ARENA_ARRAY(arena, const char *, room);
        if (w->n) memcpy(grown, w->s, w->n * sizeof *grown);
        w->s = grown, w->room = room;
    }
    w->s[w->n++] = s;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void words_sort(Words *w) {
    if (w->n) qsort(w->s, w->n, sizeof *w->s, by_text);
}

static bool words_have(const Words *w, const char *s) {
    return w->n && bsearch(&s, w->s, w->n, sizeof *w->s, by_text);
}

/* Length of the number that begins here: "12", "-.5", "3e-05", "14.3k"; 0: none does. "2x", "N^2"
 * and "run02" are names. */
static size_t number_here(const char *text, const char *at) {
    const char before = at > text ? at[-1] : ' ';
    if (isalnum((unsigned char)before) || strchr("_^.", before)) return 0;
    const char *p = at;
    if (*p == '-') {
        if (before == '-') return 0;
        p++;
    }
    const size_t whole = strspn(p, "0123456789");
    p += whole;
    if (*p == '.' && isdigit((unsigned char)p[1]))
        p += 1 + strspn(p + 1, "0123456789");
    else if (whole == 0)
        return 0;
    if (*p == 'e' &&
        (isdigit((unsigned char)p[1]) || (strchr("+-", p[1]) && isdigit((unsigned char)p[2]))))
        p += 2 + strspn(p + 2, "0123456789");
    if (*p && strchr("kMGTPE", *p)) p++;
    return isalnum((unsigned char)*p) || *p == '_' ? 0 : (size_t)(p - at);
}

static void numbers_of(Arena *arena, const char *text, Words *out) {
    for (const char *p = text; *p; p++) {
        const size_t n = number_here(text, p);
        if (n == 0) continue;
        const char *word = arena_strndup(arena, p, n);
        if (strncmp(p + n, " %", 2) == 0 || p[n] == '%') // "90 %" is .9
            word = arena_printf(arena, "%.6g", atof(word) / 100);
        words_add(arena, out, word);
        p += n - 1;
    }
}

/* ---- numbers of a document ----------------------------------------------------------------- */

enum { FORMS = 4 };

/* The ways in which a sheet prints a number. */
static void forms_of(double x, char forms[FORMS][32]) {
    snprintf(forms[0], 32, "%.6g", x);
    snprintf(forms[1], 32, "%.4g", x);
    count_to_text(forms[2], x);
    snprintf(forms[3], 32, "%.0f", x == floor(x) && fabs(x) < 1e18 ? x : 0.);
    if (x != floor(x) || fabs(x) >= 1e18) strcpy(forms[3], forms[0]);
}

/* Every form of every number, and the numbers inside texts and keys. */
static void forms_below(Arena *arena, const Json *v, Words *out) {
    numbers_of(arena, json_key(v), out);
    if (json_kind(v) == JSON_STRING) numbers_of(arena, json_as_string(v), out);
    if (json_kind(v) == JSON_NUMBER) {
        char forms[FORMS][32];
        forms_of(json_as_number(v), forms);
        for (int i = 0; i < FORMS; i++) words_add(arena, out, arena_strdup(arena, forms[i]));
    }
    if (json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY)
        for (const Json *child = json_first(v); child; child = json_next(child))
            forms_below(arena, child, out);
}

static size_t count_below(const Json *v) {
    size_t n = json_kind(v) == JSON_NUMBER;
    if (json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY)
        for (const Json *child = json_first(v); child; child = json_next(child))
            n += count_below(child);
    return n;
}

/* The first number below v that these do not have; NULL: they have all. */
static const Json *not_told(const Json *v, const Words *told) {
    if (json_kind(v) == JSON_NUMBER) {
        char forms[FORMS][32];
        forms_of(json_as_number(v), forms);
        for (int i = 0; i < FORMS; i++)
            if (words_have(told, forms[i])) return NULL;
        return v;
    }
    const Json *missing = NULL;
    if (json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY)
        for (const Json *child = json_first(v); child && !missing; child = json_next(child))
            missing = not_told(child, told);
    return missing;
}

/* ---- sections of a text -------------------------------------------------------------------- */

enum { SECTIONS = 100 };

/* A section begins with a blank line and a title; what follows a blank line and has dashes below it
 * is the head of a folded table's next block. All of the text is a section too, the last. */
static size_t sections_of(Arena *arena, const char *text, Words out[SECTIONS]) {
    size_t n = 1;
    Text part = {0};
    bool blank = false;
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n'), *below = end ? end + 1 : "";
        const size_t length = end ? (size_t)(end - line) : strlen(line);
        if (blank && length > 0 && *below != '-' && *line != ' ') {
            if (part.s) numbers_of(arena, part.s, &out[n - 1]);
            text_close(&part);
            MUST(n < SECTIONS - 1);
            n++;
        }
        text_add_bytes(&part, line, length);
        text_add(&part, "\n");
        blank = length == 0;
        line = below;
    }
    if (part.s) numbers_of(arena, part.s, &out[n - 1]);
    text_close(&part);
    numbers_of(arena, text, &out[n++]);
    for (size_t i = 0; i < n; i++) words_sort(&out[i]);
    return n;
}

/* ---- both ways ----------------------------------------------------------------------------- */

/* Numbers that titles explain formulas with. */
static char *without_formulas(Arena *arena, const char *text) {
    static const char *const FORMULAS[] = {"6 N D", "(C/6)"};
    char *out = arena_strdup(arena, text);
    for (size_t i = 0; i < COUNT_OF(FORMULAS); i++)
        for (char *at; (at = strstr(out, FORMULAS[i]));) memset(at, '~', strlen(FORMULAS[i]));
    return out;
}

/* What one of them says and the other does not; NULL: nothing. */
static const char *differ(Arena *arena, const char *json, const char *told) {
    JsonDoc *doc;
    Err err = {0};
    Words said = {0}, sections[SECTIONS] = {0};
    const char *why = NULL, *text = without_formulas(arena, told);
    if (json_open(json, "json", &doc, &err) != OK) fail_msg("%s", err.message);
    const size_t n = sections_of(arena, text, sections);
    forms_below(arena, json_root(doc), &said);
    words_sort(&said);
    for (const Json *v = json_first(json_root(doc)); v && !why; v = json_next(v)) {
        const Json *missing = not_told(v, &sections[n - 1]);
        bool whole = json_kind(v) == JSON_NUMBER || count_below(v) == 0;
        for (size_t i = 0; i + 1 < n && !whole; i++)
            whole = sections[i].n >= count_below(v) && !not_told(v, &sections[i]);
        if (missing)
            why = arena_printf(arena, "%s: %s = %.9g is in the JSON only", json_key(v),
                               json_key(missing), json_as_number(missing));
        else if (!whole)
            why = arena_printf(arena, "%s: no section tells all of it", json_key(v));
    }
    for (size_t i = 0; i < sections[n - 1].n && !why; i++)
        if (!words_have(&said, sections[n - 1].s[i]))
            why = arena_printf(arena, "%s is printed, and not in the JSON", sections[n - 1].s[i]);
    json_close(doc);
    return why;
}

/* ---- runs of the command ------------------------------------------------------------------- */

static void assert_same(Scratch *x, const char *const args[]) {
    const char *text = fit_rig_prints(x, args, NULL), *json = fit_rig_prints(x, args, "--json");
    const char *why = differ(x->arena, json, text);
    Text line = {0};
    for (int i = 0; args[i]; i++) text_add(&line, " %s", args[i]);
    if (why) fail_msg("fit%s: %s", line.s, why);
    text_close(&line);
}

/* A sweep of the same surface, with a run that diverged, the truth, and a hero foretold and run. */
static const char *sweep(Scratch *x) {
    Text t = {0};
    text_add(&t, "{\"event\":\"open\",\"name\":\"s\",\"corpus\":{\"entropy_nat\":0.88,"
                 "\"floor_nat\":0.9}}\n");
    for (int i = 0; i <= 20; i++) {
        const double n = 2e4 * pow(2, i / 4), d = 2e5 * pow(3, i % 4);
        const Stream noise = stream_open(4, "noise", 0);
        text_add(&t,
                 "{\"event\":\"run\",\"id\":\"run%02d\",\"role\":\"%s\",\"status\":\"%s\",\"why\":"
                 "null,\"trunk\":\"t%d\",\"params\":%.0f,\"tokens\":%.0f,\"flops\":%.17g,\"loss\":"
                 "%.17g,\"loss_se\":0.001,\"cpu_s\":%.4f,\"data\":{\"seed\":1}}\n",
                 i, i == 20 ? "hero" : "grid", i == 7 ? "diverged" : "done", i, n, d, 6 * n * d,
                 (0.9 + 19 * pow(n, -0.3) + 84 * pow(d, -0.35)) *
                     exp(0.003 * stream_normal(&noise, (uint64_t)i)),
                 1e-10 * n * d);
    }
    text_add(&t, "{\"event\":\"prediction\",\"sealed\":{\"predictions\":[{\"id\":\"run20\","
                 "\"params\":640000,\"tokens\":200000,\"flops\":7.68e11,\"loss\":2.81,"
                 "\"lo\":2.7,\"hi\":2.9}]}}\n");
    scratch_write(x, "ledger.jsonl", t.s);
    text_close(&t);
    return x->dir;
}

#define SAME(x, ...) assert_same((x), (const char *const[]){__VA_ARGS__, NULL})

static void test_rows(void **state) {
    Scratch *x = *state;
    const char *dense = fit_rig_table(x, false);
    SAME(x, dense, "--resamples", "0", "--returns", "none");
    SAME(x, dense, "--resamples", "20");
    SAME(x, dense, "--resamples", "20", "--returns", "all", "--price", "0.07", "--watts", "15");
    SAME(x, dense, "--resamples", "20", "--predict", "params=1e6,tokens=2e7;params=2e6,tokens=1e7");
    SAME(x, dense, "--resamples", "20", "--holdout", "tokens>=5e6", "--fix", "alpha=0.3");
    SAME(x, dense, "--resamples", "10", "--law", "all", "--returns", "all");
    SAME(x, dense, "--resamples", "20", "--law", "power-offset", "--returns", "all");
    SAME(x, dense, "--resamples", "20", "--recount");
    SAME(x, dense, "--resamples", "10", "--profile", "--level", "0.8");
    SAME(x, dense, "--resamples", "10", "--law", "power-offset", "--bend");
    SAME(x, dense, "--resamples", "20", "--law", "bnsl", "--x", "flops", "--returns", "all");
}

static void test_sweep(void **state) {
    Scratch *x = *state;
    SAME(x, sweep(x), "--resamples", "20");
}

static void test_experts(void **state) {
    Scratch *x = *state;
    const char *experts = fit_rig_table(x, true);
    SAME(x, experts, "--resamples", "20");
    SAME(x, experts, "--resamples", "20", "--law", "moe-clark");
}

#define SPEC                                                                                       \
    "law=chinchilla,E=0.9,A=19,alpha=0.3,B=84,beta=0.35,params=1e4:3e5:5,tokens=1e5:6e6:4,noise=." \
    "003"

static void test_without_rows(void **state) {
    Scratch *x = *state;
    SAME(x, "--series", "42,28,14,6", "--resamples", "20");
    SAME(x, "--simulate", SPEC, "--resamples", "20");
    SAME(x, "--simulate", SPEC ",seeds=3,trunk=0.005", "--resamples", "20");
    SAME(x, "--simulate", SPEC, "--resamples", "20", "--simulations", "3");
    SAME(x, "--series", "3.2,2.7,2.4,2.2", "--series-kind", "loss", "--resamples", "0");
}

/* The check itself: whatever line is left out of the text, or number put in, it says so. */
static void test_a_lost_line_is_missed(void **state) {
    Scratch *x = *state;
    const char *const args[] = {fit_rig_table(x, false), "--resamples", "20", NULL};
    const char *text = fit_rig_prints(x, args, NULL), *json = fit_rig_prints(x, args, "--json");
    size_t lines = 0, missed = 0;
    assert_null(differ(x->arena, json, text));
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        Words numbers = {0};
        numbers_of(x->arena, arena_strndup(x->arena, line, (size_t)(end - line)), &numbers);
        if (numbers.n < 4 || ++lines % 5) continue; // rows of tables
        const char *without = arena_printf(x->arena, "%.*s%s", (int)(line - text), text, end + 1);
        if (differ(x->arena, json, without))
            missed++;
        else
            print_message("not missed: %.*s\n", (int)(end - line), line);
    }
    assert_true(lines > 20);
    assert_int_equal(missed, lines / 5);
    assert_non_null(differ(x->arena, json, arena_printf(x->arena, "%ssecret 0.31457\n", text)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_rows),
        TEST(test_sweep),
        TEST(test_experts),
        TEST(test_without_rows),
        TEST(test_a_lost_line_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
