/* options.c: the flags of a fit. */
#include "analysis/fit/options.h"
#include "base/err.h"

FitOptions fit_options_default(void) {
    return (FitOptions){.law = "chinchilla",
                        .estimator = "huber-log",
                        .x = "flops",
                        .how = "",
                        .delta = 1e-3,
                        .starts = 32,
                        .resamples = 400,
                        .bootstrap = "wild",
                        .level = 0.90,
                        .seed = 1};
}

static const char *const VARIABLES[] = {"flops", "params", "tokens", NULL};

#define AT(member) offsetof(FitOptions, member)
static const Field FIELDS[] = {
    {"law", FIELD_STRING, AT(law), 0, -1, NULL, "",
     "chinchilla, chinchilla-tied, kaplan, skaling, gadre, data-constrained, power, power-offset, "
     "bnsl, m4, isoflop, envelope, moe-clark, moe-granularity, or all to compare them"},
    {"x", FIELD_CHOICE, AT(x), 0, -1, VARIABLES, "",
     "variable of power, power-offset, bnsl and m4"},
    {"optimum", FIELD_STRING, AT(how), 0, -1, NULL, "",
     "of isoflop akima, local or parabola (a trap); of envelope treads or values (a trap)"},
    {"estimator", FIELD_STRING, AT(estimator), 0, -1, NULL, "",
     "huber-log, lad-log, l2-log, l2-raw or vpnls"},
    {"delta", FIELD_REAL, AT(delta), 1e-12, 1e3, NULL, "ln L",
     "where Huber's penalty turns linear"},
    {"fix", FIELD_STRING, AT(fix), 0, -1, NULL, "",
     "parameters that are known: 'alpha=0.35,lnA=6.2'"},
    {"bound", FIELD_STRING, AT(bound), 0, -1, NULL, "",
     "ranges of parameters: 'alpha=0.1:1,E=1.2:'"},
    {"average", FIELD_BOOL, AT(average), 0, -1, NULL, "",
     "a failure to look at: minimise the mean over rows, not the sum"},
    {"tolerance", FIELD_REAL, AT(tolerance), 0, 1, NULL, "",
     "a failure to look at: stop as L-BFGS-B does at this gradient; 0: at the minimum"},
    {"starts", FIELD_INT, AT(starts), 1, 10000, NULL, "", "starts of the minimiser"},
    {"resamples", FIELD_INT, AT(resamples), 0, 100000, NULL, "",
     "of the bootstrap; 0: no intervals"},
    {"bootstrap", FIELD_STRING, AT(bootstrap), 0, -1, NULL, "",
     "group (trunks drawn whole), wild (residuals turned by trunk), row (naive: too narrow)"},
    {"level", FIELD_REAL, AT(level), 0.5, 0.999, NULL, "", "of the intervals"},
    {"seed", FIELD_COUNT, AT(seed), 0, -1, NULL, "", "of the resamples"},
};
const FieldTable FIT_FIELDS = {"fit", FIELDS, COUNT_OF(FIELDS)};
