/* simulate.h: tables of runs that were never made: a law that is known, a grid, noise. For studying
 * a design before compute is spent on it, and for testing fitting code, ours or anybody's.
 *
 *     law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35,params=1e4:3e5:5,tokens=3e5:5e6:4,
 *     seeds=2,noise=0.003,trunk=0.005
 *
 * or a JSON file of the same keys. Every size is run with every seed to every length, and
 *     ln loss = law + noise * z(run) + trunk * z(size, seed),     z ~ N(0, 1)
 * All lengths of a size and a seed branch from one training trunk, and share its noise. Without the
 * key trunk, runs are independent and have none.
 */
#ifndef ANALYSIS_SIMULATE_SIMULATE_H
#define ANALYSIS_SIMULATE_SIMULATE_H

#include "analysis/fit/fit.h"
#include "base/sheet.h"

typedef struct {
    const char *text; // as given
    const Law *law;
    double theta[LAW_MAX_PARAMS];
    double *params;                       // (n_params)
    double *budget;                       // (n_budgets) tokens of each run, or its FLOPs
    double *unique;                       // (n_unique) unique tokens
    size_t n_params, n_budgets, n_unique; // n_unique 0: not said
    bool flops;                           // budgets are FLOPs: D = C / 6 N
    int seeds;
    uint64_t seed;       // of the noise
    double noise, trunk; // standard deviations in ln L; trunk NaN: independent runs
} Simulation;

/* spec: a file, or the text itself. Unknown keys are E_USAGE and suggest the nearest, and so is a
 * law that has no surface, or sees what is not simulated. Memory is the arena's. */
Status simulation_read(Arena *arena, const char *spec, Simulation *out, Err *err);

/* Table number k (0, 1, ...), which differs from the others in its noise only; a pure function of
 * the simulation and k. */
Points simulation_points(Arena *arena, const Simulation *s, uint64_t k);
/* ln loss of one more run at p with a trunk of its own, in world k. */
double simulation_new_run(const Simulation *s, const Point *p, uint64_t k);
/* Points as a CSV that points_open() reads back to the last bit. */
Status simulation_save(const Points *points, const char *path, Err *err);

/* What is true of a fit's quantities: its parameter i, where it fits the planted law or has an E
 * too; the frontier under C = 6 N D (NaN: the law has none). */
double simulation_param(const Simulation *s, const Law *law, int i);
Frontier simulation_frontier(const Simulation *s);

/* The section "simulation" of a fit to one such table: value, truth, inside. simulation NULL: the
 * table is not one. */
void simulation_put(Sheet *s, const Fit *fit, const Simulation *simulation);

#endif
