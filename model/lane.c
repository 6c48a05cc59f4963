/* lane.c: memory of a lane, and the routes of one of its layers. */
#include "model/lane.h"

#include <string.h>

void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena) {
    ACT_SIZES(d)
    *lane = (Lane){0};
#define ACT_ALLOC(name, layers, size)                                                              \
    lane->acts.name = ARENA_ARRAY(arena, real, (size_t)(layers) * (size));
    ACT_TABLE(ACT_ALLOC)
#undef ACT_ALLOC
    lane->loss = ARENA_ARRAY(arena, double, M);
    const size_t layers = (size_t)moe_layers(d);
    lane->routes = (Routes){.expert = ARENA_ARRAY(arena, int, layers *pairs),
                            .row = ARENA_ARRAY(arena, int, layers *pairs),
                            .pair = ARENA_ARRAY(arena, int, layers *pairs),
                            .start = ARENA_ARRAY(arena, int, layers *(E + 1)),
                            .load = ARENA_ARRAY(arena, int, layers *E)};
    lane->routed.load = ARENA_ARRAY(arena, double, layers *E);
    if (with_gradient) lane->grad = ARENA_ARRAY(arena, real, params_size(d));
}

size_t lane_bytes(const Dims *d, bool with_gradient) {
    ACT_SIZES(d)
    size_t elements = with_gradient ? params_size(d) : 0;
#define ACT_COUNT(name, layers, size) elements += (size_t)(layers) * (size);
    ACT_TABLE(ACT_COUNT)
#undef ACT_COUNT
    const size_t layers = (size_t)moe_layers(d);
    return elements * sizeof(real) + (M + layers * E) * sizeof(double) +
           layers * (3 * pairs + 2 * E + 1) * sizeof(int);
}

Routes routes_layer(const Lane *lane, const Dims *d, int moe_layer) {
    const size_t pairs = (size_t)(d->B * d->T * d->moe.K), E = (size_t)d->moe.E;
    const size_t at = (size_t)moe_layer;
    Routes r = lane->routes;
    r.expert += at * pairs, r.row += at * pairs, r.pair += at * pairs;
    r.start += at * (E + 1), r.load += at * E;
    return r;
}

void router_tally_clear(RouterTally *tally, const Dims *d) {
    double *load = tally->load;
    for (int i = 0; i < moe_layers(d) * d->moe.E; i++) load[i] = 0;
    *tally = (RouterTally){.load = load};
}

void lane_clear(Lane *lane, const Dims *d) {
    memset(lane->grad, 0, params_size(d) * sizeof(real));
}
