/* test_law_sums.c: the fast sums of the noisy quadratic system against sums over every term, and
 * their slopes against differences. */
#include "tests/planted.h"

#include "analysis/laws/noisy_quadratic.h"

/* What a sum adds up to, small terms first, in long double. */
static void brute_force(const Spectrum *s, double n_max, double k, double *bias, double *noise) {
    long double b = 0, v = 0;
    const long double p = s->p, N = n_max;
    for (double n = n_max; n >= 1; n--) {
        const long double lambda = expl(s->ln_Q - s->q * logl(n));
        const long double power = 2 * k * log1pl(-lambda);
        b += powl(n, -p) * expl(power);
        v += powl(n, -s->r) * -expm1l(power) / (2 - lambda);
    }
    /* The terms beyond N: some thousand of them, then Euler and Maclaurin's formula. */
    const long double from = N + 4000;
    for (long double n = from; n > N; n--) b += powl(n, -p);
    b += powl(from, 1 - p) / (p - 1) - 0.5L * powl(from, -p) + p * powl(from, -p - 1) / 12;
    *bias = (double)b;
    *noise = (double)v;
}

static Spectrum some_spectrum(const Stream *s, double q_most) {
    return (Spectrum){.p = 1.02 + 2 * stream_uniform(s, 0),
                      .q = 0.1 + (q_most - 0.1) * stream_uniform(s, 1),
                      .r = 0.1 + 2.5 * stream_uniform(s, 2),
                      .ln_Q = -0.01 - 8 * stream_uniform(s, 3)};
}

static void test_sums_are_exact(void **state) {
    (void)state;
    static const double SIZES[] = {1, 7, 98, 99, 100, 131, 1000, 30000, 1e6};
    double worst = 0;
    for (uint64_t i = 0; i < 600; i++) {
        const Stream r = stream_open(i, "spectrum", 0);
        const Spectrum s = some_spectrum(&r, 2);
        const double n = SIZES[i < 8 ? 8 : i % 8], k = exp(14 * stream_uniform(&r, 5));
        double bias, noise;
        SpectrumSum b, v;
        brute_force(&s, n, k, &bias, &noise);
        noisy_quadratic(&s, log(n), log(k), &b, &v);
        worst = fmax(worst, fmax(fabs(b.value / bias - 1), fabs(v.value / noise - 1)));
        assert_close(b.value, bias, 1e-9);
        assert_close(v.value, noise, 1e-9);
    }
    print_message("worst %.2g\n", worst);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_sums_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
