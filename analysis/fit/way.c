/* way.c: the table of ways; an estimator names the one that its problems take. */
#include "analysis/fit/way.h"

#include "analysis/fit/descent.h"
#include "analysis/fit/lad.h"
#include "analysis/fit/vpnls.h"

const Way WAYS[] = {
    [WAY_SMOOTH] = {.descend = descent_smooth},
    [WAY_KINKS] = {.descend = lad_descend},
    [WAY_PROJECTED] = {.descend = vpnls_descend, .starts = vpnls_starts, .refuses = vpnls_refuses},
};

const Way *way_of(const Problem *p) {
    return &WAYS[p->estimator->way];
}
