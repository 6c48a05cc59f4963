/* test_train_config.c: a config is refused for a reason or read as it was written; a run's id
 * follows what decides the run and nothing else; micro-batches are even shares; schedules warm up,
 * hold and end as they say. */
#include "tests/train_rig.h"

#include "train/config.h"
#include "train/schedule.h"

static Status read_text(Scratch *x, const char *text, RunConfig *out) {
    JsonDoc *doc;
    *out = run_config_default();
    TRY(json_open(text, "c.json", &doc, &x->err));
    Status status = run_config_from_json(out, x->arena, doc, json_root(doc), &x->err);
    if (status == OK) status = run_config_check(out, &x->err);
    json_close(doc);
    return status;
}

static const char *write_text(Scratch *x, const RunConfig *c) {
    JsonOut out = json_out(2);
    json_begin(&out, NULL, '{');
    run_config_to_json(c, &out);
    json_end(&out);
    const char *text = arena_strdup(x->arena, out.text.s);
    text_close(&out.text);
    return text;
}

static void test_defaults_pass(void **state) {
    Scratch *x = *state;
    RunConfig c = run_config_default();
    assert_ok(x, run_config_check(&c, &x->err));
    assert_ok(x, read_text(x, "{}", &c));
    const RunConfig defaults = run_config_default();
    assert_string_equal(write_text(x, &c), write_text(x, &defaults));
}

static void test_bad_configs(void **state) {
    static const struct {
        const char *json, *part;
    } CASES[] = {
        {"{\"d_model\": 40}", "d_model 40 is not a multiple of d_head 16: 32 or 48"},
        {"{\"d_model\": 35, \"d_head\": 7}", "d_head 7 is odd"},
        {"{\"batch_tok\": 1000}", "batch_tok 1000 is not a multiple of lanes x ctx = 2 x 64"},
        {"{\"tokens\": 1000}", "tokens 1000 is less than one batch"},
        {"{\"warmup\": 0.5, \"decay\": 0.6}", "warmup 0.5 and decay 0.6"},
        {"{\"experts\": 0}", "c.json: experts"},
        {"{\"experts\": 2, \"top_k\": 3}", "top_k 3 is more than experts 2"},
        {"{\"experts\": 4, \"capacity\": 0, \"dropless\": false}", "c.json: capacity"},
        {"{\"experts\": 4, \"granularity\": 3}", "= 3 equal experts: 129 would"},
        {"{\"experts\": 4, \"top_k\": 2, \"shared\": 1, \"router\": \"renorm\"}",
         "d_ff 128 does not split into (top_k 2 + shared 1)"},
        {"{\"experts\": 4, \"moe_every\": 5}", "moe_every 5"},
        {"{\"experts\": 4, \"router\": \"sigmoid\"}", "router sigmoid with top_k 1"},
        {"{\"experts\": 4, \"router\": \"sotfmax\"}", "did you mean 'softmax'"},
        {"{\"layers\": -3}", "c.json: layers"},
        {"{\"tokens\": -1}", "c.json: tokens"},
        {"{\"d_model\": 0}", "c.json: d_model"},
        {"{\"layers\": 2.5}", "c.json: layers"},
        {"{\"lr\": \"fast\"}", "c.json: lr"},
        {"{\"tied\": 1}", "c.json: tied"},
        {"{\"schedule\": \"cosin\"}", "did you mean 'cosine'"},
        {"{\"d_modle\": 32}", "unknown key 'd_modle', did you mean 'd_model'"},
        {"{\"data\": {\"symbls\": 3}}", "unknown key 'symbls', did you mean 'symbols'"},
        {"{\"data\": 7}", "c.json: data"},
        {"[1]", "c.json"},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        RunConfig c;
        refused(read_text(x, CASES[i].json, &c), &x->err, E_USAGE, CASES[i].part);
    }
}

/* Another value of a field, one that the field's range allows. */
static void alter(const Field *f, void *record) {
    void *at = (char *)record + f->offset;
    switch (f->kind) {
    case FIELD_INT:
        ++*(int *)at;
        break;
    case FIELD_COUNT:
        ++*(uint64_t *)at;
        break;
    case FIELD_REAL:
    case FIELD_SECONDS:
        *(double *)at = *(double *)at / 3 + 1e-3;
        break; // digits without end
    case FIELD_BOOL:
        *(bool *)at = !*(bool *)at;
        break;
    case FIELD_STRING:
        *(const char **)at = "a \"path\" of another";
        break;
    case FIELD_CHOICE:
        *(const char **)at = f->choices[*(const char **)at == f->choices[0]];
        break;
    case FIELD_ENUM:
        *(int *)at = *(int *)at == 0;
        break;
    }
}

static void test_round_trip(void **state) {
    Scratch *x = *state;
    RunConfig c = run_config_default(), back = c;
    for (size_t i = 0; i < RUN_FIELDS.n; i++) alter(&RUN_FIELDS.rows[i], &c);
    for (size_t i = 0; i < DATA_FIELDS.n; i++) alter(&DATA_FIELDS.rows[i], &c.data);
    const char *text = write_text(x, &c);
    JsonDoc *doc;
    assert_ok(x, json_open(text, "c.json", &doc, &x->err));
    assert_ok(x, run_config_from_json(&back, x->arena, doc, json_root(doc), &x->err));
    json_close(doc);
    assert_string_equal(write_text(x, &back), text);
    for (size_t i = 0; i < RUN_FIELDS.n; i++) { // the text may not be all there is to a number
        const Field *f = &RUN_FIELDS.rows[i];
        if (f->kind == FIELD_REAL)
            assert_same_doubles(f->name, field_as_number(f, &back), field_as_number(f, &c));
    }
}

static void test_id(void **state) {
    enum { CORPUS = 12345, MOST = 64 };
    (void)state;
    char ids[MOST][13];
    const RunConfig c = run_config_default();
    size_t n = 0;
    run_config_id(&c, CORPUS, ids[n++]);
    run_config_id(&c, CORPUS + 1, ids[n++]);
    for (size_t i = 0; i < RUN_FIELDS.n; i++) {
        RunConfig other = c;
        alter(&RUN_FIELDS.rows[i], &other);
        assert_true(n < MOST);
        run_config_id(&other, CORPUS, ids[n++]);
    }
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strspn(ids[i], "0123456789abcdef"), 12);
        for (size_t j = 0; j < i; j++)
            if (strcmp(ids[i], ids[j]) == 0) fail_msg("%zu and %zu are both %s", i, j, ids[i]);
    }
    RunConfig same = c; // the corpus stands for its spec
    for (size_t i = 0; i < DATA_FIELDS.n; i++) alter(&DATA_FIELDS.rows[i], &same.data);
    run_config_id(&same, CORPUS, ids[1]);
    assert_string_equal(ids[1], ids[0]);
}

/* Ids that were given out before a field came to be stay. */
static void test_ids_stay(void **state) {
    Scratch *x = *state;
    char id[13];
    RunConfig c = run_config_default();
    run_config_id(&c, 12345, id);
    assert_string_equal(id, "ad57faeb3313");
    assert_null(strstr(write_text(x, &c), "perturb"));
    c.perturb = 1;
    assert_non_null(strstr(write_text(x, &c), "\"perturb\": 1"));
}

/* An even share of a lane's sequences, as large as MICRO_TOK tokens allow. */
static void test_micro_batches(void **state) {
    (void)state;
    RunConfig c = run_config_default();
    for (c.ctx = 8; c.ctx <= 2 * MICRO_TOK; c.ctx *= 2)
        for (c.lanes = 1; c.lanes <= 4; c.lanes++)
            for (int sequences = 1; sequences <= 70; sequences++) {
                c.batch_tok = (uint64_t)(sequences * c.lanes * c.ctx);
                const int B = run_config_dims(&c, 9).B;
                assert_int_equal(run_config_sequences(&c), sequences);
                assert_true(B >= 1 && sequences % B == 0);
                assert_true(B == 1 || B * c.ctx <= MICRO_TOK);
                for (int more = B + 1; more <= sequences; more++)
                    assert_true(sequences % more || more * c.ctx > MICRO_TOK);
            }
}

/* Each word of a choice is the constant of its name, in both directions. */
static void test_words_of_choices(void **state) {
    static const struct {
        const char *field, *word;
        int value;
    } WORDS[] = {
        {"activation", "gelu", ACT_GELU},
        {"activation", "swiglu", ACT_SWIGLU},
        {"router", "softmax", ROUTER_SOFTMAX},
        {"router", "renorm", ROUTER_RENORM},
        {"router", "topk", ROUTER_TOPK},
        {"router", "sigmoid", ROUTER_SIGMOID},
        {"balance", "aux", BALANCE_AUX},
        {"balance", "bias", BALANCE_BIAS},
        {"balance", "none", BALANCE_NONE},
        {"parametrization", "mup", PARAMETRIZATION_MUP},
        {"parametrization", "sp", PARAMETRIZATION_SP},
        {"schedule", "constant", SCHEDULE_CONSTANT},
        {"schedule", "cosine", SCHEDULE_COSINE},
        {"schedule", "linear", SCHEDULE_LINEAR},
        {"schedule", "wsd", SCHEDULE_WSD},
    };
    Scratch *x = *state;
    size_t words = 0;
    for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
        RunConfig c = run_config_default();
        char text[32];
        const Field *f = field_find(&RUN_FIELDS, WORDS[i].field);
        assert_ok(x, field_from_text(f, &c, x->arena, WORDS[i].word, f->name, &x->err));
        assert_int_equal(*(const int *)((const char *)&c + f->offset), WORDS[i].value);
        assert_string_equal(field_to_text(f, &c, text, sizeof text), WORDS[i].word);
    }
    for (size_t i = 0; i < RUN_FIELDS.n; i++)
        for (size_t k = 0; RUN_FIELDS.rows[i].choices && RUN_FIELDS.rows[i].choices[k]; k++)
            words++;
    assert_int_equal(words, COUNT_OF(WORDS));
}

static void test_schedules(void **state) {
    enum { STEPS = 200, WARM = 20, STABLE_END = 160 };
    (void)state;
    for (int k = 0; k < N_SCHEDULES; k++) {
        double at[STEPS];
        for (int i = 0; i < STEPS; i++)
            at[i] = schedule_at((Schedule)k, (uint64_t)i, STEPS, 0.1, 0.2);
        for (int i = 0; i < WARM; i++) assert_near(at[i], (i + 1) / (double)WARM, 1e-12);
        for (int i = WARM; i < STEPS; i++) assert_true(at[i] > 0 && at[i] <= at[i - 1]);
        if (k == SCHEDULE_CONSTANT)
            assert_true(at[STEPS - 1] == 1);
        else
            assert_true(at[STEPS - 1] < 0.01);
    }
    for (int i = WARM; i < STEPS; i++) {
        const double wsd = schedule_at(SCHEDULE_WSD, (uint64_t)i, STEPS, 0.1, 0.2);
        if (i < STABLE_END)
            assert_true(wsd == 1);
        else
            assert_near(wsd, 1 - sqrt((i + 0.5 - STABLE_END) / 40), 1e-12);
    }
    const uint64_t middle = (WARM + STEPS) / 2;
    assert_near(schedule_at(SCHEDULE_LINEAR, middle, STEPS, 0.1, 0), 0.5, 0.005);
    assert_near(schedule_at(SCHEDULE_COSINE, middle, STEPS, 0.1, 0), 0.5, 0.005);
    for (int k = 0; k < N_SCHEDULES; k++) { // the shortest run, and no warm-up or nothing but
        const double only = schedule_at((Schedule)k, 0, 1, 0.02, 0.2);
        assert_true(only > 0 && only <= 1);
        assert_true(schedule_at((Schedule)k, 9, 10, 1, 0) == 1);
        assert_true(schedule_at((Schedule)k, 0, 1000, 0, 0) > 0.99);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_pass), TEST(test_bad_configs),
        TEST(test_round_trip),    TEST(test_id),
        TEST(test_ids_stay),      TEST(test_words_of_choices),
        TEST(test_schedules),     TEST(test_micro_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
