/* test_law_sums.c: the fast sums of the noisy quadratic system against sums over every term, and
 * their slopes against differences. */
#include "tests/planted.h"

#include "analysis/laws/noisy_quadratic.h"

/* Every term, small ones first. */
static void brute_force(const Spectrum *s, double n_max, double k, double *bias, double *noise) {
    long double b = 0, v = 0;
    /* The terms beyond N: some thousand of them, then Euler and Maclaurin's formula. */
    const long double p = s->p, from = n_max + 4000;
    b += powl(from, 1 - p) / (p - 1) - 0.5L * powl(from, -p) + p * powl(from, -p - 1) / 12;
    for (double n = n_max + 4000; n > n_max; n--) b += exp(-s->p * log(n));
    for (double n = n_max; n >= 1; n--) {
        const double ln_n = log(n), lambda = exp(s->ln_Q - s->q * ln_n);
        const double power = 2 * k * (lambda < 0.5 ? log1p(-lambda) : log(fabs(1 - lambda)));
        b += exp(power - s->p * ln_n);
        v += exp(-s->r * ln_n) * -expm1(power) / (2 - lambda);
    }
    *bias = (double)b;
    *noise = (double)v;
}

static Spectrum some_spectrum(const Stream *s, double q_most) {
    return (Spectrum){.p = 1.02 + 2 * stream_uniform(s, 0),
                      .q = 0.1 + (q_most - 0.1) * stream_uniform(s, 1),
                      .r = 0.1 + 2.5 * stream_uniform(s, 2),
                      .ln_Q = 0.688 - 9 * stream_uniform(s, 3)};
}

/* A size or K that cuts through the first terms, the middle or the end. */
static void test_sums_are_exact(void **state) {
    (void)state;
    static const double SIZES[] = {1, 7, 199, 200, 201, 300, 1000, 5000, 3e4};
    for (uint64_t i = 0; i < 604; i++) {
        const Stream r = stream_open(i, "spectrum", 0);
        const Spectrum s = some_spectrum(&r, 2);
        const double n = i < 4 ? 1e6 : SIZES[i % COUNT_OF(SIZES)];
        const double k = exp(14 * stream_uniform(&r, 5));
        double bias, noise;
        SpectrumSum b, v;
        brute_force(&s, n, k, &bias, &noise);
        noisy_quadratic(&s, log(n), log(k), &b, &v);
        assert_close(b.value, bias, 1e-9);
        assert_close(v.value, noise, 1e-9);
    }
}

/* Where no sum over every term can be waited for: the sum of those up to N and the integral from
 * there in closed form. With K = 0 nothing is learnt, and bias is zeta(p); with endless K what is
 * left are the terms beyond N. */
static void test_sums_of_giants(void **state) {
    (void)state;
    const Spectrum s = {.p = 2, .q = 0.7, .r = 0.6, .ln_Q = -0.1};
    for (double n = 1e5; n < 2e13; n *= 10) {
        SpectrumSum b, v;
        noisy_quadratic(&s, log(n), -60, &b, &v);
        assert_close(b.value, M_PI * M_PI / 6, 1e-12);
        noisy_quadratic(&s, log(n), 60, &b, &v);
        assert_close(b.value, 1 / n - 0.5 / n / n + 1 / (6 * n * n * n), 1e-12);
    }
    /* sum n^-q n^-r (1 - ...) / n^-q: with small lambda and K = 1 a term is 2 lambda n^-r / 2. */
    const Spectrum small = {.p = 2, .q = 0.9, .r = 1.1, .ln_Q = -18};
    for (double n = 1e5; n < 2e13; n *= 10) {
        SpectrumSum b, v;
        noisy_quadratic(&small, log(n), 0, &b, &v);
        const double zeta = M_PI * M_PI / 6 - 1 / n + 0.5 / n / n;
        assert_close(v.value, exp(-18) * zeta, 1e-7);
        assert_close(v.of_ln_Q, v.value, 1e-6);
    }
}

static double *slope(SpectrumSum *s, int i) {
    return (double *[]){&s->of_p, &s->of_q, &s->of_r, &s->of_ln_Q}[i];
}

static void test_slopes(void **state) {
    (void)state;
    static const double SIZES[] = {50, 1000, 1e6, 1e11};
    for (uint64_t i = 0; i < 200; i++) {
        const Stream r = stream_open(i, "spectrum", 1);
        const Spectrum s = some_spectrum(&r, 2.5);
        const double ln_n = log(SIZES[i % 4]), ln_k = 14 * stream_uniform(&r, 5), h = 1e-5;
        SpectrumSum at[2];
        noisy_quadratic(&s, ln_n, ln_k, &at[0], &at[1]);
        for (int k = 0; k < 4; k++) {
            Spectrum up = s, down = s;
            *(double *[]){&up.p, &up.q, &up.r, &up.ln_Q}[k] += h;
            *(double *[]){&down.p, &down.q, &down.r, &down.ln_Q}[k] -= h;
            SpectrumSum above[2], below[2];
            noisy_quadratic(&up, ln_n, ln_k, &above[0], &above[1]);
            noisy_quadratic(&down, ln_n, ln_k, &below[0], &below[1]);
            for (int j = 0; j < 2; j++) {
                const double difference = (above[j].value - below[j].value) / (2 * h);
                assert_near(*slope(&at[j], k), difference, 1e-5 * (fabs(difference) + at[j].value));
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_sums_are_exact),
        TEST(test_sums_of_giants),
        TEST(test_slopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
