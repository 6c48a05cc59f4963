/* test_study_watch.c: what is told of a long fit while it lasts: nothing at first, then a line now
 * and then, gone when it ends; and that nothing of the fit depends on it. */
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fit_rig.h"

#include "analysis/questions/study_of.h"
#include "analysis/simulate/coverage.h"

/* ---- stderr, and the clock ------------------------------------------------------------------ */

typedef struct {
    int kept, to;
} Heard;

static Heard hear(int to) {
    fflush(stderr);
    const Heard h = {dup(STDERR_FILENO), to};
    assert_true(to >= 0 && dup2(to, STDERR_FILENO) >= 0);
    return h;
}

static void unhear(const Heard *h) {
    fflush(stderr);
    assert_true(dup2(h->kept, STDERR_FILENO) >= 0);
    close(h->kept);
    close(h->to);
}

static Heard hear_file(Scratch *x) {
    return hear(open(scratch_path(x, "stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0644));
}

static const char *heard(Scratch *x, const Heard *h) {
    unhear(h);
    return scratch_read(x, "stderr");
}

/* Let so many seconds pass for a watch. */
static void pass(Watch *w, double seconds) {
    w->begun_s -= seconds;
    w->line.last_s -= seconds;
}

static int open_loud(void **state) {
    unsetenv("TINYSCALE_QUIET");
    return scratch_open(state);
}

/* ---- the line ------------------------------------------------------------------------------- */

static void what_is_short_tells_nothing(void **state) {
    Scratch *x = *state;
    const Heard h = hear_file(x);
    Watch w = watch_open("fit");
    watch_begin(&w, "resamples", 1000);
    w.line.last_s -= 100; // as if a line were due
    for (int i = 0; i < 1000; i++) watch_step(&w);
    watch_end(&w);
    w = watch_open("fit");
    pass(&w, 5); // long enough for a terminal, but not for a file
    watch_begin(&w, "resamples", 1);
    watch_step(&w);
    watch_end(&w);
    assert_string_equal(heard(x, &h), "");
}

static void stages_are_told_from_without_to_within(void **state) {
    Scratch *x = *state;
    const Heard h = hear_file(x);
    Watch w = watch_open("fit");
    pass(&w, 20);
    watch_begin(&w, "laws", 11);
    watch_step(&w);
    for (int law = 1; law < 3; law++) {
        watch_begin(&w, "resamples", 400);
        for (int i = 0; i < 120; i++) {
            watch_step(&w);
            if (law == 2 && i == 100) pass(&w, 20);
        }
        watch_end(&w);
        watch_step(&w);
    }
    watch_end(&w);
    assert_string_equal(heard(x, &h), "fit: 1 of 11 laws\n"
                                      "fit: 2 of 11 laws, 102 of 400 resamples\n");
}

static void who_wants_quiet_has_it(void **state) {
    Scratch *x = *state;
    const Heard h = hear_file(x);
    Watch w = watch_open("fit");
    pass(&w, 20);
    setenv("TINYSCALE_QUIET", "1", 1);
    watch_begin(&w, "laws", 2);
    watch_step(&w);
    watch_end(&w);
    unsetenv("TINYSCALE_QUIET");
    assert_string_equal(heard(x, &h), "");
}

/* Threads that begin together, each long enough that two processors do run two of them at once. */
static void every_step_of_every_thread_counts(void **state) {
    enum { THREADS = 4, STEPS = 4000000 };
    (void)state;
    Watch w = watch_open("fit");
    watch_begin(&w, "steps", THREADS * STEPS);
#pragma omp parallel num_threads(THREADS)
    {
#pragma omp barrier
        for (int i = 0; i < STEPS; i++) watch_step(&w);
    }
    assert_int_equal(w.stages[0].done, THREADS * STEPS);
    watch_end(&w);
}

/* On a terminal the line is rewritten, and wiped away at the end. */
static void a_terminal_is_left_clean(void **state) {
    (void)state;
    static const char WANTED[] = "\rfit: 1 of 2 laws\x1b[K\rfit: 2 of 2 laws\x1b[K\r\x1b[K";
    char seen[256] = "";
    size_t n = 0;
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) skip();
    const Heard h = hear(open(ptsname(terminal), O_RDWR | O_NOCTTY));
    Watch w = watch_open("fit");
    pass(&w, 2);
    watch_begin(&w, "laws", 2);
    watch_step(&w);
    pass(&w, 2);
    watch_step(&w);
    watch_end(&w);
    fflush(stderr);
    struct pollfd ready = {.fd = terminal, .events = POLLIN};
    while (n < strlen(WANTED) && poll(&ready, 1, 5000) == 1) {
        const ssize_t more = read(terminal, seen + n, sizeof seen - 1 - n);
        assert_true(more > 0);
        n += (size_t)more;
    }
    unhear(&h);
    close(terminal);
    assert_string_equal(seen, WANTED);
}

/* ---- a fit ---------------------------------------------------------------------------------- */

static StudyOptions *options_of(Arena *arena, const char *law, Watch *watch) {
    StudyOptions *o = ARENA_NEW(arena, StudyOptions);
    *o = study_options_default(arena);
    o->law_named = true;
    o->fit.law = law;
    o->fit.starts = 4, o->fit.resamples = 12;
    o->fit.watch = watch;
    return o;
}

static void assert_same_fit(const Fit *a, const Fit *b) {
    const size_t n = (size_t)a->law->n_params;
    assert_ptr_equal(a->law, b->law);
    assert_int_equal(a->n_boots, b->n_boots);
    assert_memory_equal(a->theta, b->theta, sizeof(double) * n);
    assert_memory_equal(a->boots, b->boots, sizeof(double) * n * (size_t)a->n_boots);
}

/* The count is that of the first step that the first thread has done. */
static void a_study_tells_how_far_it_is(void **state) {
    static const struct {
        const char *law, *told;
    } CASES[] = {{"chinchilla", "fit: [1-9]* of 12 resamples\n*"},
                 {"auto", "fit: 1 of [1-9]* laws\n*"},
                 {"all", "fit: 0 of [1-9]* laws, [1-9]* of 12 resamples\n*"}};
    Scratch *x = *state;
    const char *path = fit_rig_table(x, false);
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        Watch w = watch_open("fit");
        Study watched, alone;
        pass(&w, 20);
        const Heard h = hear_file(x);
        const Status status =
            study_of(x->arena, path, options_of(x->arena, CASES[i].law, &w), &watched, &x->err);
        const char *told = heard(x, &h);
        assert_ok(x, status);
        assert_int_equal(w.n_stages, 0);
        if (fnmatch(CASES[i].told, told, 0) != 0) fail_msg("'%s' is not '%s'", told, CASES[i].told);
        assert_ok(
            x, study_of(x->arena, path, options_of(x->arena, CASES[i].law, NULL), &alone, &x->err));
        assert_same_fit(&watched.fit, &alone.fit);
    }
}

/* Of many simulated tables the tables are counted, not the fit of each. */
static void simulated_tables_are_counted(void **state) {
    Scratch *x = *state;
    Simulation s;
    Coverage c;
    Watch w = watch_open("fit");
    const StudyOptions *o = options_of(x->arena, "chinchilla", &w);
    assert_ok(x, simulation_read(x->arena,
                                 "law=chinchilla,E=0.9,A=19,alpha=0.3,B=84,beta=0.35,"
                                 "params=1e4:3e5:5,tokens=3e5:5e6:4,noise=0.003",
                                 &s, &x->err));
    pass(&w, 20);
    const Heard h = hear_file(x);
    const Status status = coverage_of(x->arena, &s, &o->fit, 6, 10, &c, &x->err);
    const char *told = heard(x, &h);
    assert_ok(x, status);
    assert_int_equal(w.n_stages, 0);
    if (fnmatch("fit: [1-9] of 6 simulated tables\n*", told, 0) != 0) fail_msg("'%s'", told);
}

static void a_study_that_fails_ends_its_line(void **state) {
    Scratch *x = *state;
    const char *path = scratch_write(x, "few.csv", "params,tokens,loss\n1e4,1e5,3\n1e5,1e6,2\n");
    static const char *const LAWS_ASKED[] = {"chinchilla", "auto", "all"};
    for (size_t i = 0; i < COUNT_OF(LAWS_ASKED); i++) {
        Watch w = watch_open("fit");
        Study s;
        assert_int_equal(
            study_of(x->arena, path, options_of(x->arena, LAWS_ASKED[i], &w), &s, &x->err),
            E_FAILED);
        assert_int_equal(w.n_stages, 0);
    }
}

#define LOUD(name) cmocka_unit_test_setup_teardown(name, open_loud, scratch_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        LOUD(what_is_short_tells_nothing),      LOUD(stages_are_told_from_without_to_within),
        LOUD(who_wants_quiet_has_it),           LOUD(every_step_of_every_thread_counts),
        LOUD(a_terminal_is_left_clean),         LOUD(a_study_tells_how_far_it_is),
        LOUD(a_study_that_fails_ends_its_line), LOUD(simulated_tables_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
