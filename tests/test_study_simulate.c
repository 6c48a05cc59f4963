/* test_study_simulate.c: what is planted is what is asked for, bit for bit the same each time, and
 * what a design's study says of it is so. */
#include <omp.h>
#include <string.h>

#include "tests/planted.h"
#undef TEST
#include "tests/scratch_dir.h"

#include "base/stat.h"
#include "analysis/points/points.h"
#include "analysis/simulate/coverage.h"

#define LAW_TEXT "law=chinchilla,E=0.9,A=18.97,alpha=.3,B=84.37,beta=.35"
static const char DESIGN[] =
    LAW_TEXT ",params=1e4:3e5:5,tokens=3e5:5e6:4,seeds=2,noise=0.003,trunk=0.005";

static Simulation read_spec(Scratch *x, const char *spec) {
    Simulation s;
    if (simulation_read(x->arena, spec, &s, &x->err) != OK) fail_msg("%s", x->err.message);
    return s;
}

static double off_law(const Simulation *s, const Point *p) {
    return log(p->loss) - law_log_loss(s->law, s->theta, p);
}

static void test_grid(void **state) {
    Scratch *x = *state;
    const Simulation s = read_spec(x, DESIGN);
    const Points p = simulation_points(x->arena, &s, 0);
    assert_int_equal(p.n, 5 * 2 * 4);
    assert_int_equal(p.n_groups, 5 * 2);
    assert_near(p.rows[0].params, 1e4, 0);
    assert_near(p.rows[p.n - 1].params, 3e5, 0);
    assert_near(p.rows[p.n - 1].tokens, 5e6, 0);
    assert_near(p.rows[20].params, round(1e4 * sqrt(30)), 0); // evenly spaced in logarithm
    for (size_t i = 0; i < p.n; i++) {
        const Point *row = &p.rows[i];
        assert_near(row->flops, 6 * row->params * row->tokens, 0);
        assert_int_equal(row->group, (int)i / 4);
        assert_int_equal(strcmp(row->trunk, p.rows[i - i % 4].trunk), 0);
        if (i >= 4) assert_true(strcmp(row->trunk, p.rows[i - 4].trunk) != 0);
    }
    const Simulation iso = read_spec(x, LAW_TEXT ",params=10k 20k 4e4,flops=1e12,noise=.01");
    const Points q = simulation_points(x->arena, &iso, 0);
    assert_int_equal(q.n, 3);
    assert_int_equal(q.n_groups, 3);
    assert_string_equal(q.rows[0].trunk, "");
    assert_close(q.rows[1].tokens, 1e12 / 6 / 20e3, 1e-6);
}

static void test_noise(void **state) {
    Scratch *x = *state;
    enum { SEEDS = 2000 };
    const Simulation s =
        read_spec(x, LAW_TEXT ",params=1e5,tokens=1e6 2e6,seeds=2000,noise=.003,trunk=.004");
    const Points p = simulation_points(x->arena, &s, 0), q = simulation_points(x->arena, &s, 1);
    double shared = 0, run = 0, other = 0;
    for (int i = 0; i < SEEDS; i++) {
        const double a = off_law(&s, &p.rows[2 * i]), b = off_law(&s, &p.rows[2 * i + 1]);
        shared += a * b / SEEDS;
        run += (a - b) * (a - b) / 2 / SEEDS;
        other += a * off_law(&s, &q.rows[2 * i]) / SEEDS;
    }
    assert_close(run, 9e-6, 0.1);
    assert_close(shared, 16e-6, 0.1);
    assert_near(other, 0, 2e-6); // another table has noise of its own
}

static void test_same_bits(void **state) {
    Scratch *x = *state;
    const Simulation s = read_spec(x, DESIGN);
    char *path = scratch_path(x, "s.json"), *csv = scratch_path(x, "s.csv");
    static const char JSON[] =
        "{ \"law\": \"chinchilla\", // as above\n"
        "  \"E\": 0.9, \"A\": 18.97, \"alpha\": 0.3, \"lnB\": 4.435211888177536, \"beta\": 0.35,\n"
        "  \"params\": \"1e4:3e5:5\", \"tokens\": [\"3e5:5e6:4\"], \"seeds\": 2,\n"
        "  \"noise\": 0.003, \"trunk\": 0.005 }\n";
    assert_int_equal(file_write(path, JSON, sizeof JSON - 1, &x->err), OK);
    const Simulation from_file = read_spec(x, path);
    const Points a = simulation_points(x->arena, &s, 3), b = simulation_points(x->arena, &s, 3),
                 c = simulation_points(x->arena, &from_file, 3);
    for (size_t i = 0; i < a.n; i++) {
        assert_memory_equal(&a.rows[i].loss, &b.rows[i].loss, sizeof(double));
        assert_close(a.rows[i].loss, c.rows[i].loss, 1e-9);
    }
    Points read, held;
    assert_int_equal(simulation_save(&a, csv, &x->err), OK);
    assert_int_equal(points_open(x->arena, csv, &(PointsOptions){0}, &read, &held, &x->err), OK);
    assert_int_equal(read.n, a.n);
    assert_int_equal(read.n_groups, a.n_groups);
    for (size_t i = 0; i < a.n; i++) {
        assert_memory_equal(&a.rows[i].loss, &read.rows[i].loss, sizeof(double));
        assert_memory_equal(&a.rows[i].params, &read.rows[i].params, sizeof(double));
        assert_int_equal(a.rows[i].line, read.rows[i].line);
    }
}

static void test_unique_tokens(void **state) {
    Scratch *x = *state;
    const Simulation s =
        read_spec(x, LAW_TEXT ",params=1e5,tokens=1e6 4e6,unique_tokens=1e6 2e6,noise=0");
    const Points p = simulation_points(x->arena, &s, 0);
    assert_int_equal(p.n, 3); // 2M unique tokens are no part of 1M
    assert_near(p.rows[2].unique_tokens, 2e6, 0);
}

/* Every size and length with every batch; the column is saved where there is one. */
static void test_batches(void **state) {
    Scratch *x = *state;
    const char *csv = scratch_path(x, "batches.csv");
    const Simulation s = read_spec(x, "law=three-term,E=0.9,A=19,alpha=0.3,B=30,beta=0.7,C=20,"
                                      "gamma=0.4,params=1e5,tokens=1e6 4e6,batch_tok=500 2000");
    const Points p = simulation_points(x->arena, &s, 0);
    assert_int_equal(p.n, 4);
    for (size_t i = 0; i < 4; i++) {
        const double batch = i % 2 ? 2000 : 500, steps = (i < 2 ? 1e6 : 4e6) / batch;
        assert_near(p.rows[i].batch_tok, batch, 0);
        assert_close(p.rows[i].loss,
                     0.9 + 19 * pow(1e5, -0.3) + 30 * pow(batch, -0.7) + 20 * pow(steps, -0.4),
                     1e-12);
    }
    Points read, held;
    assert_int_equal(simulation_save(&p, csv, &x->err), OK);
    assert_int_equal(points_open(x->arena, csv, &(PointsOptions){0}, &read, &held, &x->err), OK);
    for (size_t i = 0; i < 4; i++) assert_near(read.rows[i].batch_tok, p.rows[i].batch_tok, 0);
}

static void refused(Scratch *x, const char *spec, const char *with) {
    Simulation s;
    x->err = (Err){0};
    assert_int_equal(simulation_read(x->arena, spec, &s, &x->err), E_USAGE);
    if (!strstr(x->err.message, with)) fail_msg("'%s' does not say '%s'", x->err.message, with);
}

static void test_bad_specs(void **state) {
    Scratch *x = *state;
    refused(x, "demo", "'demo' is no file, nor 'law=");
    refused(x, "params=1e4", "needs law=NAME");
    refused(x, "law=chinchila", "did you mean 'chinchilla'?");
    refused(x, LAW_TEXT ",parms=1e4,tokens=1e6",
            "no key 'parms' with law chinchilla, did you mean "
            "'params'?");
    refused(x, "law=chinchilla,E=1,A=2,alpha=.3,B=4,params=1e4,tokens=1e6", "needs beta=VALUE");
    refused(x, LAW_TEXT ",params=1e4:1e5,tokens=1e6",
            "needs numbers from 1 to 1e30, or lo:hi:count");
    refused(x, LAW_TEXT ",params=1e4:x:5,tokens=1e6", "is no number, list or lo:hi:count");
    refused(x, LAW_TEXT ",params=1e4,tokens=1e6,flops=1e12", "needs either tokens=");
    refused(x, LAW_TEXT ",params=1e4,tokens=1e6,noise=-1", "--simulate: noise");
    refused(x, LAW_TEXT ",params=1e4:1e6:9000,tokens=1e5:1e6:9000", "runs, at most");
    refused(x, LAW_TEXT ",params=1e4,tokens=1e6,unique_tokens=2e6", "no runs are left");
    refused(x, "law=nqs,E=0.9,P=4,p=1.3,Q=0.8,q=0.6,R=40,r=1.5,params=1e4:1e5:3,tokens=1e6:4e6:3",
            "law nqs needs batch_tok=lo:hi:count or a list");
    refused(x, LAW_TEXT ",params=1e4,tokens=1e308", "needs numbers from 1 to 1e30");
    refused(x, LAW_TEXT ",params=1e-308,tokens=1e6", "needs numbers from 1 to 1e30");
    refused(x, LAW_TEXT ",params=1e4,tokens=1e6,params=1e5", "params is given twice");
    refused(x, LAW_TEXT ",params=1e4,tokens=1e6,lnE=0", "E is given twice");
    refused(x, LAW_TEXT ",params==1e4,tokens=1e6", "'params==1e4' assigns nothing; write params=");
    refused(x,
            scratch_write(x, "twice.json",
                          "{\"law\": \"chinchilla\", \"unique_tokens\": 1, "
                          "\"unique-tokens\": 2}"),
            "unique-tokens: given twice");
    refused(x, "law=moe-clark,params=1e4,tokens=1e6", "which is not simulated");
}

static const CoverageRow *row_of(const Coverage *c, const char *name) {
    for (size_t i = 0; i < c->n_rows; i++)
        if (strcmp(c->rows[i].name, name) == 0) return &c->rows[i];
    fail_msg("no row %s", name);
    return NULL;
}

static Coverage study(Scratch *x, const char *spec, const FitOptions *o, int simulations) {
    const Simulation s = read_spec(x, spec);
    Coverage c;
    if (coverage_of(x->arena, &s, o, simulations, 10, &c, &x->err) != OK)
        fail_msg("%s", x->err.message);
    return c;
}

static void test_study(void **state) {
    Scratch *x = *state;
    FitOptions o = fit_options_default();
    o.starts = 4;
    o.resamples = 20;
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const Coverage one = study(x, DESIGN, &o, 8);
    omp_set_num_threads(3);
    const Coverage three = study(x, DESIGN, &o, 8);
    omp_set_num_threads(threads);
    assert_int_equal(one.n_rows, 8); // five parameters, a, the law and a run
    double all = 0;
    for (int i = 0; i < FIT_STATUSES; i++) all += one.status[i];
    assert_near(all, 1, 1e-12);
    for (size_t i = 0; i < one.n_rows; i++) {
        assert_memory_equal(&one.rows[i].mean, &three.rows[i].mean, sizeof(double));
        assert_memory_equal(&one.rows[i].covered, &three.rows[i].covered, sizeof(double));
    }
    assert_near(row_of(&one, "alpha")->truth, 0.3, 1e-12);
    assert_near(row_of(&one, "a")->truth, 0.35 / 0.65, 1e-12);
    assert_close(one.flops, 10 * 6 * 3e5 * 5e6, 1e-12);
    assert_close(one.params,
                 exp(log(0.3 * 18.97 / (0.35 * 84.37)) / 0.65 + 0.35 / 0.65 * log(one.flops / 6)),
                 1e-9);
    o.resamples = 0;
    const Coverage none = study(x, DESIGN, &o, 4);
    assert_true(isnan(row_of(&none, "a")->covered));
    assert_true(row_of(&none, "a")->median_error > 0);
}

/* Without noise every estimate is the truth. */
static void test_study_of_certainty(void **state) {
    FitOptions o = fit_options_default();
    o.starts = 8;
    o.resamples = 0;
    const Coverage c = study(*state, LAW_TEXT ",params=1e4:3e5:5,tokens=3e5:5e6:4,seeds=1", &o, 2);
    for (size_t i = 0; i < c.n_rows; i++) assert_true(c.rows[i].p90_error <= 1e-4 * c.rows[i].mean);
}

/* Another law than the planted one has only its E in common. */
static void test_truth_of_another_law(void **state) {
    Scratch *x = *state;
    const Simulation s = read_spec(x, DESIGN);
    const Law *other = law_find_x("power-offset", "flops");
    assert_near(simulation_param(&s, &LAW_CHINCHILLA, 1), 18.97, 1e-9);
    assert_near(simulation_param(&s, other, law_param_index(other, "E")), 0.9, 1e-12);
    assert_true(isnan(simulation_param(&s, other, law_param_index(other, "alpha"))));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_grid),
        TEST(test_noise),
        TEST(test_same_bits),
        TEST(test_unique_tokens),
        TEST(test_batches),
        TEST(test_bad_specs),
        TEST(test_study),
        TEST(test_study_of_certainty),
        TEST(test_truth_of_another_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
