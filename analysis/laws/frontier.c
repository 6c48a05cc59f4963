/* frontier.c: from compute to the lowest loss, and back. */
#include "analysis/laws/frontier.h"

#include <math.h>

Frontier frontier_unknown(void) {
    return (Frontier){
        .E = NAN, .ln_K = NAN, .eta = NAN, .ln_n0 = NAN, .a = NAN, .ln_d0 = NAN, .b = NAN};
}

Frontier frontier_of_compute(double E, double ln_K, double eta) {
    Frontier f = frontier_unknown();
    f.E = E, f.ln_K = ln_K, f.eta = eta;
    return f;
}

double frontier_loss(const Frontier *f, double ln_flops) {
    const double x = exp(f->ln_K - f->eta * ln_flops);
    return f->ceiling > 0 ? f->E + x / (1 + x / (f->ceiling - f->E)) : f->E + x;
}

double frontier_power(const Frontier *f, double loss) {
    const double above = loss - f->E, room = f->ceiling - f->E;
    if (!(f->ceiling > 0)) return above;
    return above < room ? above / (1 - above / room) : INFINITY;
}

double frontier_ln_flops(const Frontier *f, double loss) {
    return (f->ln_K - log(frontier_power(f, loss))) / f->eta;
}
