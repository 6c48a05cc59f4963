/* test_study_worth_field.c: --worth of any column of a table: a planted multiplier of compute is
 * found again inside its interval, whether it holds or grows; which rows are the baseline, by which
 * law, and what cannot be asked. */
#include <math.h>
#include <string.h>

#include "tests/scratch_dir.h"
#include "tests/study_told.h"

#include "analysis/questions/returns.h"
#include "analysis/questions/study_of.h"
#include "analysis/questions/worth.h"
#include "base/rng.h"
#include "base/text.h"

static const double E = 0.9, A = 19, ALPHA = 0.3, B = 84, BETA = 0.35;
#define A_OF_C (BETA / (ALPHA + BETA))  // N* ~ C^a
#define B_OF_C (ALPHA / (ALPHA + BETA)) // D* ~ C^b
#define ETA    (ALPHA * B_OF_C * BETA / ALPHA)

/* 30 sizes and lengths with "adamw" and again with "muon", whose A and B are m^-eta times as large:
 * the loss of N, D is that of N m^a, D m^b, which takes adamw m times the compute. m is `times` at
 * 1e11 FLOPs and grows as this power of compute. muon takes 10 % more time. */
typedef struct {
    double times, power, noise;
    uint64_t seed;
    const char *adamw, *muon; // as written
} Table;
static const Table TWO = {2, 0, 0.002, 5, "adamw", "muon"};

static const char *table(Scratch *x, const Table *t) {
    const Stream noise = stream_open(t->seed, "noise", 0);
    Text text = {0};
    text_add(&text, "params,tokens,loss,wall_s,optimizer,part\n");
    for (int i = 0; i < 60; i++) {
        const double n = 1e4 * pow(2, i % 6), d = round(2e5 * pow(2.5, i / 6 % 5));
        const bool muon = i >= 30;
        const double m = muon ? t->times * pow(6 * n * d / 1e11, t->power) : 1;
        const double loss = E + (A * pow(n, -ALPHA) + B * pow(d, -BETA)) * pow(m, -ETA);
        text_add(&text, "%.0f,%.0f,%.8f,%.8g,%s,%s\n", n, d,
                 loss * exp(t->noise * stream_normal(&noise, (uint64_t)i)),
                 1e-9 * n * d * (muon ? 1.1 : 1), muon ? t->muon : t->adamw,
                 i % 6 == 5 ? "largest" : "rest");
    }
    const char *path = scratch_write(x, "runs.csv", text.s);
    text_close(&text);
    return path;
}

static StudyOptions asked(Scratch *x, const char *worth, int resamples) {
    StudyOptions o = study_options_default(x->arena);
    o.fit.resamples = resamples;
    o.fit.starts = 8;
    ReturnsOptions *returns = study_options_of(&o, &RETURNS_QUESTION);
    returns->returns = "none";
    o.worth = worth;
    return o;
}

static void study(Scratch *x, const char *path, const StudyOptions *o, Study *out) {
    assert_ok(x, study_of(x->arena, path, o, out, &x->err));
}

static const Worths *told(const Study *s) {
    static const Worths NOTHING;
    const Worths *g = study_answer(s, &WORTH_QUESTION);
    return g ? g : &NOTHING;
}

static bool inside(Interval v, double truth) {
    return v.lo <= truth && truth <= v.hi;
}

static bool noted(const Worths *g, const char *part) {
    for (size_t i = 0; i < g->n_notes; i++)
        if (strstr(g->notes[i], part)) return true;
    return false;
}

static void assert_value(double got, double want, double share) {
    if (!(fabs(got / want - 1) <= share)) fail_msg("%.6g is not %.6g", got, want);
}

static void a_multiplier_is_exact_without_noise(void **state) {
    Scratch *x = *state;
    Table t = TWO;
    t.noise = 0;
    const StudyOptions o = asked(x, "optimizer=adamw", 0);
    Study s;
    study(x, table(x, &t), &o, &s);
    const Worths *g = told(&s);
    assert_null(g->why);
    assert_int_equal(g->n_settings, 1);
    assert_int_equal(g->n_cells, 30);
    assert_string_equal(g->settings[0].label, "optimizer=muon");
    assert_string_equal(g->contrast.baseline, "optimizer=adamw");
    for (size_t i = 0; i < g->n_cells; i++) {
        assert_value(g->cells[i].in_flops.value, 2, 1e-3);
        assert_value(g->cells[i].in_tokens.value, pow(2, B_OF_C), 1e-3);
        assert_value(g->cells[i].in_time.value, 2 / 1.1, 1e-3);
    }
    assert_int_equal(g->settings[0].n_scales, 6);
}

static void a_multiplier_lies_in_its_interval(void **state) {
    Scratch *x = *state;
    enum { TABLES = 20 };
    int flops = 0, tokens = 0, time = 0, holds = 0;
    const StudyOptions o = asked(x, "optimizer=adamw", 60);
    for (int i = 0; i < TABLES; i++) {
        Table t = TWO;
        t.seed = 40 + (uint64_t)i;
        Study s;
        study(x, table(x, &t), &o, &s);
        const WorthSetting *w = &told(&s)->settings[0];
        flops += inside(w->all.in_flops, 2);
        tokens += inside(w->all.in_tokens, pow(2, B_OF_C));
        time += inside(w->all.in_time, 2 / 1.1);
        holds += strcmp(w->in_flops.verdict, "holds") == 0;
        assert_true(w->all.in_flops.hi / w->all.in_flops.lo < 1.1);
    }
    print_message("covered: FLOPs %d, tokens %d, time %d; holds %d of %d\n", flops, tokens, time,
                  holds, TABLES);
    assert_true(flops >= 15 && tokens >= 15 && time >= 15 && flops + tokens + time < 3 * TABLES);
    assert_true(holds >= 12); // intervals of slopes are narrow: 80 of 100 such tables
}

static void a_multiplier_that_grows_is_seen_to(void **state) {
    Scratch *x = *state;
    enum { TABLES = 10 };
    int flops = 0, tokens = 0, time = 0;
    const StudyOptions o = asked(x, "optimizer=adamw", 60);
    for (int i = 0; i < TABLES; i++) {
        Table t = TWO;
        t.times = 1.5, t.power = 0.08, t.seed = 80 + (uint64_t)i;
        Study s;
        study(x, table(x, &t), &o, &s);
        const WorthSetting *w = &told(&s)->settings[0];
        flops += inside(w->in_flops.slope, 0.08);
        tokens += inside(w->in_tokens.slope, 0.08 * B_OF_C);
        time += inside(w->in_time.slope, 0.08);
        assert_true(fabs(w->in_flops.slope.value - 0.08) < 0.02);
        assert_string_equal(w->in_flops.verdict, "grows");
        assert_string_equal(w->in_tokens.verdict, "grows");
    }
    print_message("slopes covered: FLOPs %d, tokens %d, time %d of %d\n", flops, tokens, time,
                  TABLES);
    assert_true(flops >= 6 && tokens >= 6 && time >= 6);
}

static void the_law_is_of_the_baseline_alone(void **state) {
    Scratch *x = *state;
    StudyOptions o = asked(x, "optimizer=adamw", 0);
    o.points.holdout = "part=largest";
    Study s;
    study(x, table(x, &TWO), &o, &s);
    assert_int_equal(s.fit.points->n, 25);
    assert_int_equal(s.held.n, 5);
    for (size_t i = 0; i < s.held.n; i++) assert_string_equal(s.held.rows[i].setting, "adamw");
    const Dropped *last = &s.fit.points->dropped[s.fit.points->n_dropped - 1];
    assert_int_equal(last->rows, 25);
    assert_string_equal(last->rule, "not optimizer=adamw, the baseline of --worth");
    bool noted_held = false;
    for (int i = 0; i < s.fit.n_notes; i++)
        noted_held |= strstr(s.fit.notes[i], "5 held-out rows are not judged") != NULL;
    assert_true(noted_held);
    for (int i = 0; i < s.fit.law->n_params; i++) // worth is read on the law that is told
        assert_value(told(&s)->base.params[i].value, s.fit.params[i].value, 1e-12);

    o = asked(x, NULL, 0); // without --worth nothing is chosen among the rows
    study(x, table(x, &TWO), &o, &s);
    assert_int_equal(s.fit.points->n, 60);
    assert_int_equal(told(&s)->n_settings, 0);
}

static void the_law_asked_for_serves_where_it_can(void **state) {
    Scratch *x = *state;
    const char *path = table(x, &TWO);
    static const struct {
        const char *law, *read_on, *note;
    } CASES[] = {{"chinchilla", "chinchilla", NULL},
                 {"skaling", "skaling", NULL},
                 {"power", "chinchilla", "--law power does not tell"},
                 {"gadre", "chinchilla", "--law gadre does not tell"},
                 {"isoflop", "chinchilla", "--law isoflop does not tell"}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        StudyOptions o = asked(x, "optimizer=adamw", 0);
        o.fit.law = CASES[i].law;
        Study s;
        if (study_of(x->arena, path, &o, &s, &x->err) != OK) { // isoflop wants bowls
            assert_string_equal(CASES[i].law, "isoflop");
            continue;
        }
        assert_string_equal(told(&s)->base.law->name, CASES[i].read_on);
        assert_int_equal(CASES[i].note != NULL, told(&s)->law_note != NULL);
        if (CASES[i].note) assert_true(noted(told(&s), CASES[i].note));
        assert_value(told(&s)->settings[0].all.in_flops.value, 2, 0.05);
    }
}

/* The baseline that is chosen where none is named, and the sentence that says so. */
static void assert_chosen(Scratch *x, const char *cells, const char *baseline, const char *why) {
    Text text = {0};
    text_add(&text, "params,tokens,loss,field\n");
    char *list = arena_strdup(x->arena, cells), *place = list;
    for (const char *cell; (cell = strsep(&place, " ")) != NULL;)
        text_add(&text, "1e4,1e5,3,%s\n", strcmp(cell, "-") == 0 ? "" : cell);
    const char *path = scratch_write(x, "cells.csv", text.s);
    text_close(&text);
    Points points, held;
    WorthAsked what;
    WorthContrast c;
    PointsOptions o = {.setting = "field"};
    assert_ok(x, worth_asked(x->arena, "field", &what, &x->err));
    assert_ok(x, points_open(x->arena, path, &o, &points, &held, &x->err));
    assert_ok(x, worth_contrast(x->arena, &points, &what, &c, &x->err));
    assert_string_equal(c.baseline, baseline);
    assert_non_null(strstr(c.chosen, why));
}

static void a_baseline_is_chosen_and_said(void **state) {
    Scratch *x = *state;
    assert_chosen(x, "a b b", "field=b", "with the most rows (2 of 3)");
    assert_chosen(x, "a b b a", "field=a", "as many rows as any (2 of 4)");
    assert_chosen(x, "a b b a c c c", "field=c", "with the most rows (3 of 7)");
    assert_chosen(x, "yes yes none", "field=none", "says no (1 of 3)");
    assert_chosen(x, "yes - yes", "field=\"\"", "says no (1 of 3)");
    assert_chosen(x, "1 0 1", "field=0", "says no (1 of 3)");
    assert_chosen(x, "2 0 2 1", "field=2", "with the most rows"); // of three none says no
    assert_chosen(x, "32 16 32.0 3.2e1 8", "field=32", "with the most rows (3 of 5)");
}

static void settings_stand_in_order(void **state) {
    Scratch *x = *state;
    Table t = TWO;
    t.muon = "8";
    char *rows = scratch_read(x, strrchr(table(x, &t), '/') + 1);
    for (char *c = rows; (c = strstr(c, ",8,largest")) != NULL; c++) c[1] = '9'; // text or number
    for (char *c = rows; (c = strstr(c, ",8,rest")) != NULL; c++)
        if ((c - rows) % 2) c[1] = 'x';
    const StudyOptions o = asked(x, "optimizer=adamw", 0);
    Study s;
    study(x, scratch_write(x, "three.csv", rows), &o, &s);
    assert_int_equal(told(&s)->n_settings, 3);
    assert_string_equal(told(&s)->settings[0].label, "optimizer=8");
    assert_string_equal(told(&s)->settings[1].label, "optimizer=9");
    assert_string_equal(told(&s)->settings[2].label, "optimizer=x");
}

static void what_cannot_be_asked(void **state) {
    Scratch *x = *state;
    const char *path = table(x, &TWO);
    static const struct {
        const char *worth;
        Status status;
        const char *says;
    } CASES[] = {
        {"optimzer", E_USAGE, "no column 'optimzer', did you mean 'optimizer'?"},
        {"optimizer=adam", E_FAILED,
         "no row has optimizer=adam; there are 'adamw' (rows: 30), 'muon' (30)"},
        {"optimizer=", E_FAILED, "no row has optimizer=\"\"; there are"},
        {"experts", E_FAILED, "all rows are dense, so that nothing stands beside them"},
        {"optimizer=adamw,part=rest", E_USAGE, "names 2 fields"},
        {"optimizer>adamw", E_USAGE, "assigns nothing"},
        {"", E_USAGE, "names no column"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const StudyOptions o = asked(x, CASES[i].worth, 0);
        Study s;
        x->err = (Err){0};
        assert_int_equal(study_of(x->arena, path, &o, &s, &x->err), CASES[i].status);
        if (!strstr(x->err.message, CASES[i].says))
            fail_msg("'%s' does not say '%s'", x->err.message, CASES[i].says);
    }
    StudyOptions o = asked(x, "optimizer", 0);
    o.points.where = "optimizer=muon";
    Study s;
    assert_fails(x, study_of(x->arena, path, &o, &s, &x->err),
                 "all rows have optimizer=muon, so that nothing stands beside it");
}

/* A column of experts with another baseline than the dense rows is a column like any other. */
static void a_field_of_meaning_as_a_column(void **state) {
    Scratch *x = *state;
    WorthAsked what;
    assert_ok(x, worth_asked(x->arena, "experts", &what, &x->err));
    assert_null(what.column);
    assert_string_equal(what.field->name, "experts");
    assert_ok(x, worth_asked(x->arena, "experts=dense", &what, &x->err));
    assert_null(what.column);
    assert_ok(x, worth_asked(x->arena, "experts=8", &what, &x->err));
    assert_string_equal(what.column, "experts");
    assert_ok(x, worth_asked(x->arena, "\"data mix\"=\"a,b\"", &what, &x->err));
    assert_string_equal(what.column, "data mix");
    assert_string_equal(what.baseline, "a,b");
    assert_ok(x, worth_asked(x->arena, "\"data mix\"", &what, &x->err));
    assert_string_equal(what.column, "data mix");
    assert_null(what.baseline);
}

/* --columns may say which column a field is. */
static void a_column_by_the_name_of_its_field(void **state) {
    Scratch *x = *state;
    StudyOptions o = asked(x, "family=adamw", 0);
    o.points.columns = "family=optimizer";
    Study s;
    study(x, table(x, &TWO), &o, &s);
    assert_int_equal(told(&s)->n_settings, 1);
    assert_string_equal(told(&s)->settings[0].label, "family=muon");
}

/* The key of the baseline's size is of the first field that there was; people read the kind of
 * this field's baseline. */
static void people_read_what_the_baseline_is(void **state) {
    Scratch *x = *state;
    const StudyOptions o = asked(x, "optimizer=adamw", 0);
    Study s;
    study(x, table(x, &TWO), &o, &s);
    const char *text = study_as_text(x->arena, &s), *json = study_as_json(x->arena, &s);
    assert_non_null(strstr(text, "baseline_params"));
    assert_null(strstr(text, "dense"));
    assert_non_null(strstr(json, "\"dense_params\": "));
    assert_null(strstr(json, "baseline_params"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_multiplier_is_exact_without_noise),
        TEST(a_multiplier_lies_in_its_interval),
        TEST(a_multiplier_that_grows_is_seen_to),
        TEST(the_law_is_of_the_baseline_alone),
        TEST(the_law_asked_for_serves_where_it_can),
        TEST(a_baseline_is_chosen_and_said),
        TEST(settings_stand_in_order),
        TEST(what_cannot_be_asked),
        TEST(a_field_of_meaning_as_a_column),
        TEST(a_column_by_the_name_of_its_field),
        TEST(people_read_what_the_baseline_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
