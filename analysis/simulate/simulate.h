/* simulate.h: tables of runs that were never made: a known law, a grid, noise. They serve to study
 * a design before compute is spent on it, and to test fitting code, ours or anybody's.
 *
 *     law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35,params=1e4:3e5:5,tokens=3e5:5e6:4,
 *     seeds=2,noise=0.003,trunk=0.005
 *
 * or a JSON file of these keys. Every size is run with every seed to every length, and
 *     ln loss = law + noise * z(run) + trunk * z(size, seed),     z ~ N(0, 1)
 * All lengths of a size and a seed branch from one training trunk, and share its noise. Without the
 * key trunk, runs are independent and there are no trunks. With batch_tok=.. every such run is made
 * with every batch, and a law may see batch and steps.
 */
#ifndef ANALYSIS_SIMULATE_SIMULATE_H
#define ANALYSIS_SIMULATE_SIMULATE_H

#include "analysis/fit/fit.h"
#include "base/sheet.h"

typedef struct {
    const char *text;             // the simulation as given
    const Law *law;               // the law that is planted
    double theta[LAW_MAX_PARAMS]; // true parameters of the law
    double *params;               // (n_params) sizes
    double *budget;               // (n_budgets) tokens of each run, or its FLOPs
    double *unique;               // (n_unique) unique tokens
    double *batch;                // (n_batches) tokens of a step
    size_t n_params, n_budgets;
    size_t n_unique, n_batches; // 0: unique tokens, or the batch, are not said
    bool flops;                 // budgets are FLOPs: D = C / 6 N
    int seeds;                  // runs of each size and length
    uint64_t seed;              // seed of the noise
    double noise, trunk;        // standard deviations in ln L; trunk NaN: independent runs
} Simulation;

/* Read a simulation. spec: a file, or the text itself. An unknown key is E_USAGE and suggests the
 * nearest. A law that predicts no losses, or sees what is not simulated, is E_USAGE. Memory is the
 * arena's. */
Status simulation_read(Arena *arena, const char *spec, Simulation *out, Err *err);

/* Make table number k (0, 1, ...). Tables differ only in their noise; each is a pure function of
 * the simulation and k. */
Points simulation_points(Arena *arena, const Simulation *s, uint64_t k);
/* Return ln loss of one more run at p, with a trunk of its own and the noise of table k. */
double simulation_new_run(const Simulation *s, const Point *p, uint64_t k);
/* Write points as a CSV that points_open() reads back to the last bit. */
Status simulation_save(const Points *points, const char *path, Err *err);

/* Return the true value of parameter i of a fitted law. It is known where the planted law is
 * fitted, and of an E that both laws have; else NaN. */
double simulation_param(const Simulation *s, const Law *law, int i);
/* Return the true frontier under C = 6 N D; NaN where the planted law has none. */
Frontier simulation_frontier(const Simulation *s);

/* Put the section "simulation" of a fit to a simulated table: value, truth, inside. simulation
 * NULL: the table was not simulated. */
void simulation_put(Sheet *s, const Fit *fit, const Simulation *simulation);

#endif
