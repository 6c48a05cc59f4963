/* test_sweep_spec.c: from a spec to its runs: order, seeds, budgets, heroes, and every error with
 * its place. */
#include <math.h>
#include <string.h>

#include "model/counts.h"
#include "sweep/spec.h"
#include "tests/scratch_dir.h"

enum { VOCAB = 64 };

#define HEAD                                                                                       \
    "\"name\": \"t\", \"data\": {\"source\": \"markov\"}, \"base\": {\"d_head\": 8, \"ctx\": 32}"

typedef struct {
    Spec spec;
    SpecRun *runs;
    size_t n, n_merged;
} Unfolded;

static Status unfold(Scratch *x, const char *rest, Unfolded *u) {
    const char *path =
        scratch_write(x, "sweep.json", arena_printf(x->arena, "{ %s%s }", HEAD, rest));
    TRY(spec_open(&u->spec, x->arena, path, &x->err));
    const Status status =
        spec_runs(&u->spec, x->arena, VOCAB, 1, &u->runs, &u->n, &u->n_merged, &x->err);
    spec_close(&u->spec);
    return status;
}

static const SpecRun *find(const Unfolded *u, int d_model, uint64_t tokens, double lr) {
    for (size_t i = 0; i < u->n; i++) {
        const RunConfig *c = &u->runs[i].config;
        if (c->d_model == d_model && c->tokens == tokens && (lr == 0 || c->lr == lr))
            return &u->runs[i];
    }
    fail_msg("no run with d_model %d, tokens %llu", d_model, (unsigned long long)tokens);
    return NULL;
}

static void grid_in_file_order_last_axis_fastest(void **state) {
    Unfolded u;
    assert_ok((Scratch *)*state,
              unfold(*state,
                     ", \"axes\": {\"d_model\": [16, 24], \"tokens\": [\"50k\", 1e5, 200000]}",
                     &u));
    static const int d[] = {16, 16, 16, 24, 24, 24};
    static const uint64_t tokens[] = {50000, 100000, 200000, 50000, 100000, 200000};
    assert_int_equal(u.n, 6);
    assert_int_equal(u.n_merged, 0);
    for (size_t i = 0; i < u.n; i++) {
        assert_int_equal(u.runs[i].config.d_model, d[i]);
        assert_int_equal(u.runs[i].config.tokens, tokens[i]);
        assert_int_equal(u.runs[i].config.d_head, 8); // from base
        assert_false(u.runs[i].hero);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(u.runs[i].id, u.runs[j].id);
            assert_int_not_equal(u.runs[i].config.seed, u.runs[j].config.seed);
            assert_string_not_equal(u.runs[i].trunk, u.runs[j].trunk);
        }
    }
}

static void learning_rate_neighbours_are_paired(void **state) {
    Unfolded u;
    assert_ok((Scratch *)*state,
              unfold(*state, ", \"axes\": {\"d_model\": [16, 24], \"lr\": [0.002, 0.004]}", &u));
    assert_int_equal(u.n, 4);
    assert_int_equal(u.runs[0].config.seed, u.runs[1].config.seed);
    assert_int_equal(u.runs[2].config.seed, u.runs[3].config.seed);
    assert_int_not_equal(u.runs[0].config.seed, u.runs[2].config.seed);
}

static void a_growing_grid_keeps_its_runs(void **state) {
    Unfolded small, large;
    assert_ok(
        (Scratch *)*state,
        unfold(*state, ", \"axes\": {\"d_model\": [16, 32], \"tokens\": [50000, 100000]}", &small));
    assert_ok((Scratch *)*state,
              unfold(*state,
                     ", \"axes\": {\"tokens\": [100000, 200000, 50000], \"d_model\": [8, 16, 32]}",
                     &large));
    for (size_t i = 0; i < small.n; i++) {
        const RunConfig *c = &small.runs[i].config;
        assert_string_equal(small.runs[i].id, find(&large, c->d_model, c->tokens, 0)->id);
    }
}

static void replicates_differ_in_the_last_three_digits(void **state) {
    Unfolded u;
    assert_ok((Scratch *)*state,
              unfold(*state, ", \"axes\": {\"d_model\": [16, 24]}, \"seeds\": [1, 7]", &u));
    assert_int_equal(u.n, 4);
    for (size_t i = 0; i < u.n; i++) assert_int_equal(u.runs[i].config.seed % 1000, i % 2 ? 7 : 1);
    assert_int_equal(u.runs[0].config.seed / 1000, u.runs[1].config.seed / 1000);
}

static void shared_seeding_shares_trunks(void **state) {
    Unfolded u;
    assert_ok((Scratch *)*state,
              unfold(*state,
                     ", \"seeding\": \"shared\", \"seeds\": [3], \"axes\": {\"d_model\": [16, 24], "
                     "\"tokens\": [50000, 100000]}",
                     &u));
    for (size_t i = 0; i < u.n; i++) assert_int_equal(u.runs[i].config.seed, 3);
    assert_string_equal(u.runs[0].trunk, u.runs[1].trunk);
    assert_string_not_equal(u.runs[0].trunk, u.runs[2].trunk);
}

/* Runs that differ in perturb alone have one seed and one trunk, those of the cell as it was before
 * there was such a field. */
static void perturbed_runs_are_of_one_cell(void **state) {
    Unfolded u;
    assert_ok(
        (Scratch *)*state,
        unfold(*state,
               ", \"seeds\": [1, 2], \"axes\": {\"d_model\": [16, 24], \"perturb\": [0, 1, 2]}",
               &u));
    assert_int_equal(u.n, 12);
    for (size_t i = 0; i < u.n; i++) {
        const SpecRun *unmoved = &u.runs[i / 6 * 6 + i % 2];
        assert_int_equal(u.runs[i].config.perturb, i / 2 % 3);
        assert_int_equal(u.runs[i].config.seed, unmoved->config.seed);
        assert_string_equal(u.runs[i].trunk, unmoved->trunk);
        for (size_t j = 0; j < i; j++) assert_string_not_equal(u.runs[i].id, u.runs[j].id);
    }
    assert_string_equal(u.runs[0].id, "87f0f7bd1895");
    assert_int_equal(u.runs[0].config.seed, 257750284001);
}

/* Lengths of a cell have one seed and one trunk, sizes and replicates their own. */
static void trunk_seeding_is_of_all_lengths(void **state) {
    Unfolded u;
    assert_ok(
        (Scratch *)*state,
        unfold(*state,
               ", \"seeding\": \"trunk\", \"seeds\": [3, 4], \"axes\": {\"d_model\": [16, 24], "
               "\"tokens\": [50000, 100000]}",
               &u));
    assert_int_equal(u.n, 8);
    for (size_t i = 0; i < u.n; i++)
        for (size_t k = 0; k < i; k++) {
            const RunConfig *a = &u.runs[i].config, *b = &u.runs[k].config;
            const bool same = a->d_model == b->d_model && a->seed % 10 == b->seed % 10;
            assert_int_equal(a->seed == b->seed, same);
            assert_int_equal(strcmp(u.runs[i].trunk, u.runs[k].trunk) == 0, same);
        }
}

static void budgets_become_whole_batches(void **state) {
    Unfolded u;
    assert_ok(
        (Scratch *)*state,
        unfold(*state, ", \"axes\": {\"flops\": [\"1e11\", 4e11], \"d_model\": [16, 32]}", &u));
    assert_int_equal(u.n, 4);
    for (size_t i = 0; i < u.n; i++) {
        const RunConfig *c = &u.runs[i].config;
        const Dims dims = run_config_dims(c, VOCAB);
        const double per_token = count_train_flops_per_token(&dims), budget = i < 2 ? 1e11 : 4e11;
        assert_int_equal(c->tokens % c->batch_tok, 0);
        assert_true(fabs((double)c->tokens * per_token - budget) <=
                    0.5 * per_token * (double)c->batch_tok);
    }
    assert_true(u.runs[0].config.tokens > u.runs[1].config.tokens);
}

static void single_runs_heroes_and_merging(void **state) {
    Unfolded u;
    assert_ok((Scratch *)*state, unfold(*state,
                                        ", \"axes\": {\"d_model\": [16, 24], \"tokens\": [50000]}, "
                                        "\"seeds\": [1, 2], \"runs\": ["
                                        "{\"d_model\": 24, \"tokens\": 50000}, {\"d_model\": 40, "
                                        "\"tokens\": 60000, \"seed\": 2}],"
                                        "\"hero\": [{\"d_model\": 64, \"tokens\": 80000}, "
                                        "{\"d_model\": 72, \"flops\": \"1e11\"}, "
                                        "{\"tokens\": 80000, \"d_model\": 64}]",
                                        &u));
    // both replicates of d_model 24 were in the grid already, and one hero is asked for twice
    assert_int_equal(u.n_merged, 3);
    assert_int_equal(u.n, 4 + 1 + 2);
    assert_int_equal(u.runs[4].config.d_model, 40);
    assert_int_equal(u.runs[4].config.seed % 1000, 2);
    assert_true(u.runs[5].hero && u.runs[6].hero);
    assert_int_equal(u.runs[5].config.seed % 1000, 1); // the first replicate
    assert_int_equal(u.runs[6].config.d_model, 72);
}

/* Cells of the grid, single runs and heroes may have more seeds than the rest; a run that the grid
 * has already is one run. */
static void seeds_where_they_are_asked_for(void **state) {
    Unfolded u;
    assert_ok((Scratch *)*state,
              unfold(*state,
                     ", \"axes\": {\"d_model\": [16, 24], \"tokens\": [50000]}, "
                     "\"seeds\": [1, 2], \"runs\": ["
                     "{\"seeds\": [2, 3, 4], \"d_model\": 24, \"tokens\": 50000}, "
                     "{\"d_model\": 40, \"tokens\": 50000, \"seeds\": [7]}],"
                     "\"hero\": {\"d_model\": 64, \"seeds\": [5, 6], \"tokens\": 80000}",
                     &u));
    static const int d[] = {16, 16, 24, 24, 24, 24, 40, 64, 64},
                     seeds[] = {1, 2, 1, 2, 3, 4, 7, 5, 6};
    assert_int_equal(u.n, COUNT_OF(d));
    assert_int_equal(u.n_merged, 1);
    for (size_t i = 0; i < u.n; i++) {
        assert_int_equal(u.runs[i].config.d_model, d[i]);
        assert_int_equal(u.runs[i].config.seed % 1000, seeds[i]);
        assert_true(u.runs[i].hero == (d[i] == 64));
    }
    assert_int_equal(u.runs[5].config.seed / 1000, u.runs[2].config.seed / 1000); // one cell
}

static void every_error_names_its_place(void **state) {
    static const struct {
        const char *rest, *says;
    } cases[] = {
        {", \"axis\": {}", "sweep.json: axis: no such key, did you mean 'axes'?"},
        {", \"axes\": {\"d_modle\": [16]}", "axes.d_modle: no such key, did you mean 'd_model'?"},
        {", \"axes\": {\"d_model\": [16, 24, \"wide\"]}", "axes.d_model[2]"},
        {", \"axes\": {\"d_model\": [16, -8]}", "axes.d_model[1]"},
        {", \"axes\": {\"d_model\": 16}", "axes.d_model: needs an array"},
        {", \"axes\": {\"d_model\": []}", "axes.d_model: needs at least one value"},
        {", \"axes\": {\"d_model\": [16, null]}",
         "sweep.json: axes.d_model[1]: needs a whole number, not null"},
        {", \"axes\": {\"d_model\": [16, 24, 16.0]}",
         "sweep.json: axes.d_model[2]: 16 stands there already, at [0]"},
        {", \"axes\": {\"tokens\": [250000, \"250k\"]}",
         "sweep.json: axes.tokens[1]: 250000 stands there already, at [0]"},
        {", \"axes\": {\"schedule\": [\"wsd\", \"wsd\"]}", "axes.schedule[1]: wsd stands there"},
        {", \"axes\": {\"d_model\": [16]}, \"seeds\": [1, 2, 1]",
         "sweep.json: seeds[2]: 1 stands there already, at [0]"},
        {", \"axes\": {\"d_model\": [16]}, \"seeds\": []", "seeds: needs at least one value"},
        {", \"axes\": {\"d_model\": [16]}, \"seeds\": [null]", "seeds[0]: needs a count"},
        {", \"axes\": null", "axes: needs an object, not null"},
        {", \"runs\": [{\"d_model\": null}]", "runs[0].d_model: needs a whole number, not null"},
        {", \"runs\": [null]", "runs[0]: needs an object, not null"},
        {", \"axes\": {\"d_model\": [16]}, \"hero\": {\"lr\": null}",
         "hero.lr: needs a number, not null"},
        {", \"axes\": {\"d_model\": [16, 20]}",
         "run with d_model 20: d_model 20 is not a multiple of d_head 8"},
        {", \"axes\": {\"tokens\": [1e6], \"flops\": [1e10]}", "both tokens and flops"},
        {", \"axes\": {\"flops\": [10]}", "less than one batch"},
        {", \"axes\": {\"seed\": [1, 2]}", "axes.seed: give \"seeds\" instead"},
        {", \"axes\": {\"d_model\": [16]}, \"seeds\": [1, 1000]", "0 to 999"},
        {", \"axes\": {\"d_model\": [16]}, \"seeds\": 1", "seeds: needs an array"},
        {", \"axes\": {\"d_model\": [16]}, \"seeding\": \"both\"",
         "seeding: is \"independent\", \"trunk\" or \"shared\", not \"both\""},
        {", \"axes\": {\"d_model\": [16]}, \"trunks\": \"yes\"", "trunks: needs"},
        {", \"axes\": {\"d_model\": [16]}, \"seeding\": \"trunk\", \"seeds\": [1000]",
         "with \"trunk\" seeding a replicate's seed is 0 to 999"},
        {", \"runs\": [{\"d_model\": 16}, {\"layer\": 2}]",
         "runs[1].layer: no such key, did you mean 'layers'?"},
        {", \"axes\": {\"d_model\": [16]}, \"hero\": {\"d_model\": 16}",
         "hero: is a run of the grid too"},
        {", \"axes\": {\"d_model\": [16]}, \"hero\": 3", "hero: needs an array"},
        {", \"runs\": [{\"seeds\": [1, 2], \"seed\": 3}]",
         "runs[0]: has both seed and seeds; give one of them"},
        {", \"runs\": [{\"seeds\": 2}]", "runs[0].seeds: needs an array"},
        {", \"runs\": [{\"seeds\": [2, 3, 2]}]",
         "runs[0].seeds[2]: 2 stands there already, at [0]"},
        {", \"axes\": {\"d_model\": [16]}, \"hero\": {\"seeds\": []}",
         "hero.seeds: needs at least"},
        {", \"axes\": {\"d_model\": [16]}, \"best\": [\"lx\"]",
         "best[0]: a run has no field 'lx', did you mean 'lr'?"},
        {", \"axes\": {\"d_model\": [16]}, \"best\": \"lr\"", "best: needs an array"},
        {"", "plans no run"},
    };
    Unfolded u;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_fails((Scratch *)*state, unfold(*state, cases[i].rest, &u), cases[i].says);
}

static void names_are_plain(void **state) {
    static const char *const names[] = {"../x", "", "-x", "a b", ".x"};
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Spec spec;
        const char *path =
            scratch_write(x, "s.json", arena_printf(x->arena, "{\"name\": \"%s\"}", names[i]));
        assert_fails(x, spec_open(&spec, x->arena, path, &x->err), "name");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(grid_in_file_order_last_axis_fastest),
        TEST(learning_rate_neighbours_are_paired),
        TEST(a_growing_grid_keeps_its_runs),
        TEST(replicates_differ_in_the_last_three_digits),
        TEST(shared_seeding_shares_trunks),
        TEST(perturbed_runs_are_of_one_cell),
        TEST(trunk_seeding_is_of_all_lengths),
        TEST(budgets_become_whole_batches),
        TEST(single_runs_heroes_and_merging),
        TEST(seeds_where_they_are_asked_for),
        TEST(every_error_names_its_place),
        TEST(names_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
