/* test_train_coordinates.c: the coordinate check tells muP from one rate for all matrices. */
#include "train/coordinates.h"
#include "tests/train_rig.h"

static CoordinatesAsked asked(RunParametrization parametrization) {
    CoordinatesAsked a = {.config = small_config(1),
                          .widths = {16, 32, 64, 128},
                          .n_widths = 4,
                          .steps = 4,
                          .seeds = 3};
    a.config.parametrization = parametrization;
    a.config.d_base = 32;
    a.config.clip = 1;
    return a;
}

static Coordinates measured(Scratch *x, const CoordinatesAsked *a) {
    Coordinates c;
    const DataSpec spec = language_spec("markov", 32, 60000);
    Corpus *corpus = corpus_of(x, &spec);
    assert_ok(x, coordinates_of(x->arena, a, corpus, &c, &x->err));
    corpus_close(corpus);
    return c;
}

static void mup_is_flat_and_one_rate_for_all_is_not(void **state) {
    Scratch *x = *state;
    const CoordinatesAsked mup = asked(PARAMETRIZATION_MUP), sp = asked(PARAMETRIZATION_SP);
    const Coordinates flat = measured(x, &mup), steep = measured(x, &sp);
    assert_int_equal(flat.n, 5 * 2 + 1);
    if (!flat.flat)
        fail_msg("%s %d: %g", flat.steepest->name, flat.steepest->layer,
                 flat.steepest->change_slope);
    assert_false(steep.flat);
    assert_true(steep.steepest->change_slope > 0.6);
    for (int i = 0; i < flat.n; i++) { // at the start both are one model, but for what zeros hide
        const CoordinatesRow *a = &flat.rows[i], *b = &steep.rows[i];
        for (int w = 0; w < 4; w++) {
            assert_true(a->size[0][w] == b->size[0][w] && a->change[0][w] == 0);
            assert_true(a->change[4][w] > 0 && a->size[4][w] > 0);
        }
    }
    assert_string_equal(flat.rows[10].name, "logits");
    assert_true(flat.rows[10].size[0][0] == 0); // the head begins at 0
    assert_true(flat.rows[10].size[4][2] == flat.rows[10].change[4][2]);
}

/* Residual outputs begin at zero, so that the stream is the embedding: |x| of a normal draw of
 * deviation 0.5 is 0.399 on average, at any width. */
static void sizes_at_the_start_are_those_of_the_draws(void **state) {
    Scratch *x = *state;
    const CoordinatesAsked a = asked(PARAMETRIZATION_MUP);
    const Coordinates c = measured(x, &a);
    for (int layer = 0; layer < 2; layer++)
        for (int w = 0; w < 4; w++)
            assert_near(c.rows[layer].size[0][w], 0.5 * sqrt(2 / M_PI), 0.04);
}

static void what_cannot_be_compared_is_refused(void **state) {
    Scratch *x = *state;
    const DataSpec spec = language_spec("markov", 32, 60000);
    Corpus *corpus = corpus_of(x, &spec);
    Coordinates c;
    CoordinatesAsked a = asked(PARAMETRIZATION_MUP);
    a.config.d_ff = 64;
    refused(coordinates_of(x->arena, &a, corpus, &c, &x->err), &x->err, E_USAGE, "d_ff 64");
    a.config.d_ff = 0;
    a.config.experts = 4;
    refused(coordinates_of(x->arena, &a, corpus, &c, &x->err), &x->err, E_USAGE, "experts 4");
    a.config.experts = 1;
    a.widths[2] = 60;
    refused(coordinates_of(x->arena, &a, corpus, &c, &x->err), &x->err, E_USAGE, "d_model 60");
    corpus_close(corpus);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(mup_is_flat_and_one_rate_for_all_is_not),
        TEST(sizes_at_the_start_are_those_of_the_draws),
        TEST(what_cannot_be_compared_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
