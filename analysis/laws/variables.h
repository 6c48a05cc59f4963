/* variables.h: the variables that laws can have, as functions of a run. Each is the logarithm of
 * what it is named after. To add one: its function, and its name in law_x_name(). */
#ifndef ANALYSIS_LAWS_VARIABLES_H
#define ANALYSIS_LAWS_VARIABLES_H

#include "analysis/points/point.h"

double ln_params(const Point *p);
double ln_tokens(const Point *p);
double ln_flops(const Point *p);
double ln_active(const Point *p);          // parameters that a token meets
double ln_expansion(const Point *p);       // E / k, 0 when dense
double ln_granularity(const Point *p);     // 0 when dense
double ln_unique(const Point *p);          // unique tokens; tokens where not given
double ln_batch(const Point *p);           // tokens per step; NaN where not known
double ln_steps(const Point *p);           // tokens / batch; NaN where not known
double ln_epochs(const Point *p);          // how often each unique token is seen, at least once
double ln_tokens_per_size(const Point *p); // D / N
double ln_size_per_token(const Point *p);  // N / D
double ln_per_flop(const Point *p);        // ln (6/C), for what is said of C/6

/* Return what a variable is called: "params", "tokens", "experts / top_k", ... */
const char *law_x_name(double (*ln_x)(const Point *p));

#endif
