/* router.c: see router.h for the equations. */
#include "model/router.h"

#include <math.h>

#include "model/kernels/vexp.h"

static inline real largest(const real *x, int n) {
    real top = x[0];
    for (int i = 1; i < n; i++) top = x[i] > top ? x[i] : top;
    return top;
}

static void exp_all(real *x, size_t n) {
    for (size_t i = 0; i < n; i += W) {
        const int there = n - i < W ? (int)(n - i) : W;
        vec_store_part(x + i, vec_exp(vec_load_part(x + i, there)), there);
    }
}

/* Set each row of p (M, E) to the softmax of that row of scores (M, E). */
static void softmax(real *p, const real *scores, int M, int E) {
    for (int t = 0; t < M; t++) {
        const real top = largest(scores + (size_t)t * E, E);
        for (int e = 0; e < E; e++) p[(size_t)t * E + e] = scores[(size_t)t * E + e] - top;
    }
    exp_all(p, (size_t)M * (size_t)E);
    for (int t = 0; t < M; t++, p += E) {
        real sum = 0;
        for (int e = 0; e < E; e++) sum += p[e];
        for (int e = 0; e < E; e++) p[e] /= sum;
    }
}

static void probabilities(real *p, const real *scores, int M, const Moe *moe) {
    const size_t n = (size_t)M * (size_t)moe->E;
    if (moe->router != ROUTER_SIGMOID) {
        softmax(p, scores, M, moe->E);
        return;
    }
    for (size_t i = 0; i < n; i++) p[i] = -scores[i];
    exp_all(p, n);
    for (size_t i = 0; i < n; i++) p[i] = 1 / (1 + p[i]);
}

/* Choose the K experts with the largest p (E), or p + bias (E) unless bias is NULL, the best first.
 * A NaN is neither larger nor smaller than anything. */
static void choose(int *expert, const real *p, const real *bias, int E, int K) {
    for (int rank = 0; rank < K; rank++) {
        int best = -1;
        real most = 0;
        for (int e = 0; e < E; e++) {
            bool taken = false;
            for (int i = 0; i < rank; i++) taken |= expert[i] == e;
            const real score = bias ? p[e] + bias[e] : p[e];
            if (taken || (best >= 0 && !(score > most))) continue;
            best = e, most = score;
        }
        expert[rank] = best;
    }
}

static void gates_of(real *gates, const int *expert, const real *p, const real *scores,
                     const Moe *moe) {
    const int K = moe->K;
    real sum = 0;
    for (int e = 0; e < moe->E; e++) sum += 0 * p[e]; // makes every gate a NaN when any p is one
    for (int i = 0; i < K; i++) {
        const bool among_chosen = moe->router == ROUTER_TOPK;
        real top = scores[expert[0]]; // not always the largest: a bias may have put this one first
        for (int j = 1; j < K; j++) top = scores[expert[j]] > top ? scores[expert[j]] : top;
        gates[i] = among_chosen ? vexp(scores[expert[i]] - top) : p[expert[i]];
        sum += gates[i];
    }
    if (moe->router == ROUTER_SOFTMAX) return; // p sums to 1 over all experts
    for (int i = 0; i < K; i++) gates[i] /= sum;
}

/* Give the pairs their rows. All first choices come before all second ones, so that a full expert
 * turns away the tokens that need it least. */
static void place(Routes r, bool full, int M, const Moe *moe) {
    const int E = moe->E, K = moe->K, pairs = M * K;
    int room = pairs;
    if (full && moe->capacity > 0) room = (int)fmin(pairs, ceil((double)moe->capacity * pairs / E));
    for (int e = 0; e < E; e++) r.load[e] = 0;
    for (int i = 0; i < pairs; i++) r.load[r.expert[i]]++;
    int next[E];
    r.start[0] = 0;
    for (int e = 0; e < E; e++) {
        next[e] = r.start[e];
        r.start[e + 1] = r.start[e] + min_int(r.load[e], room);
    }
    for (int rank = 0; rank < K; rank++)
        for (int i = rank; i < pairs; i += K) {
            const int e = r.expert[i];
            r.row[i] = next[e] < r.start[e + 1] ? next[e]++ : -1;
            if (r.row[i] >= 0) r.pair[r.row[i]] = i;
        }
}

/* Return ln sum_e e^s_e of scores (E), in double because sums over it are reported. */
static double log_sum_exp(const real *scores, int E) {
    const real top = largest(scores, E);
    double sum = 0;
    for (int e = 0; e < E; e++) sum += (double)vexp(scores[e] - top);
    return (double)top + log(sum);
}

/* Return the entropy of q = p / sum(p), p (E). For a softmax ln p = s - lse is known exactly. */
static double entropy_of(const real *p, const real *scores, double lse, const Moe *moe) {
    double sum = 0, along = 0;
    for (int e = 0; e < moe->E; e++) {
        const bool sigmoid = moe->router == ROUTER_SIGMOID;
        const double ln_p = sigmoid ? log(fmax((double)p[e], 1e-300)) : (double)scores[e] - lse;
        sum += (double)p[e];
        along += (double)p[e] * ln_p;
    }
    return log(sum) - along / sum;
}

/* Add what a micro-batch routed to the tally, and its pairs to load (E). */
static void add_up(RouterTally *tally, double *load, Routes r, const real *p, const real *scores,
                   int M, const Moe *moe) {
    const int E = moe->E, pairs = M * moe->K;
    double share[E], z = 0;
    for (int e = 0; e < E; e++) share[e] = 0;
    for (int t = 0; t < M; t++, p += E, scores += E) {
        double sum = 0;
        for (int e = 0; e < E; e++) sum += (double)p[e];
        for (int e = 0; e < E; e++) share[e] += (double)p[e] / sum;
        const double lse = log_sum_exp(scores, E);
        z += lse * lse;
        tally->entropy += entropy_of(p, scores, lse, moe);
    }
    double aux = 0;
    for (int e = 0; e < E; e++) {
        aux += (double)r.load[e] / pairs * share[e];
        load[e] += r.load[e];
    }
    tally->tokens += M;
    tally->dropped += (double)(pairs - r.start[E]) / moe->K;
    tally->aux += (double)moe->aux * E * aux;
    tally->z += (double)moe->z * z;
}

void router_forward(real *gates, Routes r, real *p, RouterTally *tally, double *load,
                    const real *scores, const real *bias, bool full, int M, const Moe *moe) {
    const int E = moe->E, K = moe->K;
    probabilities(p, scores, M, moe);
    for (int t = 0; t < M; t++) {
        const size_t row = (size_t)t * E, pair = (size_t)t * K;
        choose(r.expert + pair, p + row, bias, E, K);
        gates_of(gates + pair, r.expert + pair, p + row, scores + row, moe);
    }
    place(r, full, M, moe);
    add_up(tally, load, r, p, scores, M, moe);
}

/* Compute one token's ds (E): what comes through the gates of the chosen experts, and what comes
 * through q. dq (E) is the gradient with respect to q, equal for all tokens. ds holds p at
 * first. */
static void token_backward(real *ds, const real *dgates, const real *gates, const int *expert,
                           const real *dq, const Moe *moe) {
    const int E = moe->E, K = moe->K;
    const bool sigmoid = moe->router == ROUTER_SIGMOID, plain = moe->router == ROUTER_SOFTMAX;
    real along = 0, sum = 0, along_q = 0; // sums of g dg, of p, and of q dq
    for (int i = 0; i < K; i++) along += gates[i] * dgates[i];
    for (int e = 0; e < E; e++) sum += ds[e];
    for (int e = 0; e < E; e++) along_q += ds[e] / sum * dq[e];
    // Where p = softmax(s), the gradient of f(p) with respect to s is p (df - sum p df). With g =
    // p, df is dg of the chosen experts and 0 of the others.
    for (int e = 0; e < E; e++) {
        const real p = ds[e];
        real d = p / sum * (dq[e] - along_q); // through q, with respect to ln p
        for (int i = 0; i < K; i++)
            if (expert[i] == e) d += plain ? p * dgates[i] : gates[i] * (dgates[i] - along);
        if (plain) d -= p * along;
        ds[e] = sigmoid ? d * (1 - p) : d; // d ln p / ds
    }
}

/* Add the gradient of the z-loss to ds (E). */
static void z_backward(real *ds, const real *scores, real weight, const Moe *moe) {
    const int E = moe->E;
    const real lse = (real)log_sum_exp(scores, E), slope = 2 * weight * moe->z * lse;
    for (int e = 0; e < E; e++) ds[e] += slope * vexp(scores[e] - lse);
}

void router_backward(real *ds, const real *dgates, const real *gates, Routes r, const real *scores,
                     real weight, int M, const Moe *moe) {
    const int E = moe->E, K = moe->K;
    real dq[E];
    for (int e = 0; e < E; e++)
        dq[e] = weight * moe->aux * (real)E * (real)r.load[e] / (real)(M * K);
    probabilities(ds, scores, M, moe);
    for (int t = 0; t < M; t++) {
        const size_t row = (size_t)t * E, pair = (size_t)t * K;
        token_backward(ds + row, dgates + pair, gates + pair, r.expert + pair, dq, moe);
        if (moe->z > 0) z_backward(ds + row, scores + row, weight, moe);
    }
}
