/* balance.c: see balance.h. */
#include "train/balance.h"

#include <math.h>

static size_t loads(const Dims *d) {
    return (size_t)(moe_layers(d) * d->moe.E);
}

void balance_clear(Lane *lanes, int n_lanes, const Dims *d) {
    for (int i = 0; i < n_lanes; i++) router_tally_clear(&lanes[i].routed, d);
}

static void add(RouterTally *sum, const RouterTally *x, size_t n) {
    for (size_t i = 0; i < n; i++) sum->load[i] += x->load[i];
    sum->tokens += x->tokens;
    sum->dropped += x->dropped;
    sum->entropy += x->entropy;
    sum->aux += x->aux;
    sum->z += x->z;
}

void balance_collect(RouterTally *sum, const Lane *lanes, int n_lanes, const Dims *d) {
    for (int i = 0; i < n_lanes; i++) add(sum, &lanes[i].routed, loads(d));
}

void balance_step(Model *m, const RouterTally *batch, double rate) {
    const int E = m->d.moe.E;
    if (!m->params.bias) return;
    for (int layer = 0; layer < moe_layers(&m->d); layer++) {
        const double *load = batch->load + (size_t)layer * E;
        real *bias = m->params.bias + (size_t)layer * E;
        double sum = 0;
        for (int e = 0; e < E; e++) sum += load[e];
        for (int e = 0; e < E; e++)
            bias[e] += (real)(E * load[e] < sum ? rate : E * load[e] > sum ? -rate : 0);
    }
}

RouterFacts balance_facts(const RouterTally *tally, const Dims *d) {
    const int layers = moe_layers(d), E = d->moe.E;
    if (!layers || tally->tokens <= 0) return (RouterFacts){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    RouterFacts f = {.entropy = tally->entropy / tally->tokens,
                     .dropped = tally->dropped / tally->tokens,
                     .balance_loss = tally->aux / tally->tokens,
                     .z_loss = tally->z / tally->tokens};
    for (int layer = 0; layer < layers; layer++) {
        const double *load = tally->load + (size_t)layer * E;
        double sum = 0, squares = 0, most = 0;
        for (int e = 0; e < E; e++) {
            sum += load[e];
            most = fmax(most, load[e]);
            f.dead += load[e] == 0;
        }
        const double mean = sum / E;
        for (int e = 0; e < E; e++) squares += (load[e] - mean) * (load[e] - mean);
        f.load_cv += sqrt(squares / E) / mean / layers;
        f.load_max = fmax(f.load_max, most / mean);
    }
    return f;
}
