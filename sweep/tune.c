/* tune.c: cells, their rates and their curves, as the ledger has them. */
#include "sweep/tune.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "model/counts.h"
#include "sweep/tune_check.h"
#include "sweep/tune_doubts.h"
#include "sweep/tune_ledger.h"

static const double NOISE = 0.005;      // of ln L from seed to seed, where no seeds tell
static const double LEAST_NOISE = 1e-4; // seeds that hardly differ are luck
static const double MOST_LR = 100;      // what a run's config allows

typedef struct {
    Tune *t;
    const Spec *spec;
    Arena *arena;
    const Ledger *ledger;
    const Corpus *corpus;
    size_t room; // for runs
} Opening;

// --- runs --------------------------------------------------------------------------------------

static void append(Opening *o, const SpecRun *run) {
    Tune *t = o->t;
    for (size_t i = 0; i < t->n_runs; i++)
        if (strcmp(t->runs[i].id, run->id) == 0) return;
    if (t->n_runs == o->room) {
        o->room = o->room ? 2 * o->room : 64;
        SpecRun *runs = ARENA_ARRAY(o->arena, SpecRun, o->room);
        if (t->n_runs > 0) memcpy(runs, t->runs, t->n_runs * sizeof *runs);
        t->runs = runs;
    }
    t->runs[t->n_runs++] = *run;
}

static Status run_of(const Opening *o, const TuneCell *cell, double lr, uint64_t seed, SpecRun *out,
                     Err *err) {
    RunConfig c = cell->config;
    *out = (SpecRun){.tuning = true};
    out->where = arena_printf(o->arena, "%s: tune.lr: run with d_model %d, tokens %llu, lr %g",
                              o->spec->path, c.d_model, (unsigned long long)c.tokens, lr);
    c.lr = lr;
    c.seed = seed;
    if (spec_run_of(o->spec, &c, corpus_hash(o->corpus), out, err) != OK)
        return err_prefix(err, "%s", out->where);
    return OK;
}

/* Read the mean ln L at one rate over the seeds, and their squares about it; runs that have not
 * ended are wanted, and make it NaN. */
static Status read_rate(Opening *o, const TuneCell *cell, double lr, double *mean, double *squares,
                        Err *err) {
    const TuneSpec *spec = &o->spec->tune;
    double *loss = ARENA_ARRAY(o->arena, double, spec->n_seeds);
    *mean = *squares = 0;
    for (size_t i = 0; i < spec->n_seeds; i++) {
        SpecRun run;
        TRY(run_of(o, cell, lr, spec->seeds[i], &run, err));
        loss[i] = tune_loss(o->ledger, run.id);
        if (!isnan(loss[i]) || !o->t->recorded) append(o, &run);
        *mean += loss[i] / (double)spec->n_seeds;
    }
    for (size_t i = 0; i < spec->n_seeds && isfinite(*mean); i++)
        *squares += (loss[i] - *mean) * (loss[i] - *mean);
    return OK;
}

// --- cells -------------------------------------------------------------------------------------

/* Read the curve of the rates as they stand. *whole: all their runs have ended. */
static Status read_curve(Opening *o, TuneCell *cell, const double *rates, size_t n, bool *whole,
                         Err *err) {
    TuneCurve *c = &cell->curve;
    c->n = 0;
    *whole = true;
    for (size_t i = 0; i < n; i++) {
        TRY(read_rate(o, cell, rates[i], &c->loss[c->n], &c->squares[c->n], err));
        if (isnan(c->loss[c->n])) {
            *whole = false;
            continue;
        }
        c->lr[c->n++] = rates[i];
    }
    if (*whole) tune_curve_read(c, NOISE);
    return OK;
}

/* Follow a cell's rates as they were tried: the grid, and one more beyond an end while the best is
 * there. */
static Status read_cell(Opening *o, TuneCell *cell, Err *err) {
    const TuneSpec *spec = &o->spec->tune;
    double rates[TUNE_MAX_RATES];
    size_t n = spec->n_grid;
    int below = 0, above = 0;
    memcpy(rates, spec->grid, n * sizeof *rates);
    for (bool whole;;) {
        TRY(read_curve(o, cell, rates, n, &whole, err));
        if (!whole) return OK;
        if (cell->curve.place == TUNE_LOWEST && below < spec->extend) {
            memmove(rates + 1, rates, n++ * sizeof *rates);
            rates[0] = rates[1] / 2;
            below++;
        } else if (cell->curve.place == TUNE_HIGHEST && above < spec->extend &&
                   2 * rates[n - 1] <= MOST_LR) {
            rates[n] = 2 * rates[n - 1];
            n++;
            above++;
        } else {
            cell->settled = true;
            return OK;
        }
    }
}

/* Add the cell of a site at one batch, and follow its rates. */
static Status add_cell(Opening *o, const TuneSite *site, uint64_t batch, Err *err) {
    Tune *t = o->t;
    TuneCell *cell = &t->cells[t->n_cells++];
    *cell = (TuneCell){.config = site->config};
    cell->config.batch_tok = batch;
    const Dims dims = run_config_dims(&cell->config, corpus_vocab(o->corpus));
    if (run_config_check(&cell->config, err) != OK)
        return err_prefix(err, "%s: tune.batch_tok", o->spec->path);
    cell->curve.params = (double)count_params(&dims).total;
    cell->curve.tokens = (double)(run_config_steps(&cell->config) * batch);
    cell->curve.batch = (double)batch;
    cell->curve.seeds = (double)o->spec->tune.n_seeds;
    TRY(read_cell(o, cell, err));
    t->n_settled += cell->settled;
    return OK;
}

/* Read the curve of a site's batches, whose cells are the last n. */
static void read_site(const Opening *o, TuneSite *site, size_t n) {
    const TuneCell *cells = o->t->cells + o->t->n_cells - n;
    TuneCurve *c = &site->curve;
    *c = (TuneCurve){.params = cells[0].curve.params,
                     .tokens = (double)site->config.tokens,
                     .batch = 1,
                     .n = n,
                     .seeds = cells[0].curve.seeds};
    for (size_t i = 0; i < n; i++) {
        c->lr[i] = cells[i].curve.batch;
        c->loss[i] = isnan(cells[i].curve.ln_lr) ? INFINITY : cells[i].curve.least;
    }
    tune_curve_read(c, NOISE);
}

/* Return whether the runs of a site may have this batch: a multiple of lanes x ctx with which they
 * have steps enough. */
static bool carries(const TuneSite *site, uint64_t batch) {
    RunConfig c = site->config;
    Err why;
    c.batch_tok = batch;
    return run_config_check(&c, &why) == OK;
}

/* Follow a site's batches as its rates are followed, as far as its runs can go. Without a batch
 * that is tuned its own is the only one. */
static Status follow_site(Opening *o, TuneSite *site, Err *err) {
    const TuneSpec *spec = &o->spec->tune;
    Tune *t = o->t;
    const size_t cells = t->n_cells, settled = t->n_settled;
    uint64_t batches[TUNE_MAX_RATES] = {site->config.batch_tok};
    size_t n = spec->batch ? spec->n_batches : 1;
    int below = 0, above = 0;
    if (spec->batch) memcpy(batches, spec->batches, n * sizeof *batches);
    for (;;) {
        t->n_cells = cells;
        t->n_settled = settled;
        for (size_t i = 0; i < n; i++) TRY(add_cell(o, site, batches[i], err));
        if (t->n_settled - settled < n) return OK;
        read_site(o, site, n);
        const TunePlace place = n > 1 ? site->curve.place : TUNE_INSIDE;
        const bool further = place == TUNE_LOWEST
                                 ? batches[0] % 2 == 0 && carries(site, batches[0] / 2)
                                 : carries(site, 2 * batches[n - 1]);
        site->bound = place != TUNE_INSIDE && !further;
        if (place == TUNE_LOWEST && below < spec->extend_batch && further) {
            memmove(batches + 1, batches, n++ * sizeof *batches);
            batches[0] = batches[1] / 2;
            below++;
        } else if (place == TUNE_HIGHEST && above < spec->extend_batch && further) {
            batches[n] = 2 * batches[n - 1];
            n++;
            above++;
        } else {
            site->settled = true;
            t->n_sites_settled++;
            return OK;
        }
    }
}

static Status read_sites(Opening *o, Err *err) {
    const TuneSpec *spec = &o->spec->tune;
    Tune *t = o->t;
    RunConfig *configs;
    TRY(spec_cells(o->spec, o->arena, corpus_vocab(o->corpus), spec->at, &configs, &t->n_sites,
                   err));
    const size_t most = spec->batch ? spec->n_batches + 2 * (size_t)spec->extend_batch : 1;
    t->sites = ARENA_ARRAY(o->arena, TuneSite, t->n_sites);
    t->cells = ARENA_ARRAY(o->arena, TuneCell, t->n_sites * most);
    for (size_t i = 0; i < t->n_sites; i++) {
        t->sites[i].config = configs[i];
        TRY(follow_site(o, &t->sites[i], err));
    }
    return OK;
}

/* The first tuning runs stand for all that decides the outcome: configs, rates, seeds and corpus;
 * and so does how far rates may be extended. */
static Status make_key(Opening *o, Err *err) {
    const TuneSpec *spec = &o->spec->tune;
    RunConfig *configs;
    size_t n;
    uint64_t hash = (uint64_t)spec->extend;
    TRY(spec_cells(o->spec, o->arena, corpus_vocab(o->corpus), spec->at, &configs, &n, err));
    const size_t rates = spec->n_grid * spec->n_seeds, batches = spec->batch ? spec->n_batches : 1;
    if (spec->batch) hash += 100 * (uint64_t)spec->extend_batch + 10000;
    for (size_t i = 0; i < n * batches; i++)
        for (size_t k = 0; k < rates; k++) {
            TuneCell cell = {.config = configs[i / batches]};
            SpecRun run;
            if (spec->batch) cell.config.batch_tok = spec->batches[i % batches];
            TRY(run_of(o, &cell, spec->grid[k / spec->n_seeds], spec->seeds[k % spec->n_seeds],
                       &run, err));
            hash = hash_bytes(run.id, strlen(run.id), hash);
        }
    snprintf(o->t->key, sizeof o->t->key, "%016llx", (unsigned long long)hash);
    return OK;
}

// --- the rule ----------------------------------------------------------------------------------

/* Return the deviation from seed to seed near the optima; 0 where there is one seed. */
static double seed_noise(const Tune *t) {
    double squares = 0, freedom = 0;
    for (size_t i = 0; i < t->n_cells; i++) {
        const TuneCurve *c = &t->cells[i].curve;
        const size_t from = c->best > 0 ? c->best - 1 : 0;
        for (size_t k = from; k < c->n && k <= c->best + 1; k++) {
            if (!isfinite(c->loss[k])) continue;
            squares += c->squares[k];
            freedom += c->seeds - 1;
        }
    }
    return freedom > 0 ? fmax(sqrt(squares / freedom), LEAST_NOISE) : 0;
}

/* Fit the rule of batches. A best batch beyond which none is allowed is what can be had. */
static void find_batch_rule(Opening *o, double noise) {
    Tune *t = o->t;
    TuneCurve *curves = ARENA_ARRAY(o->arena, TuneCurve, t->n_sites);
    for (size_t i = 0; i < t->n_sites; i++) {
        tune_curve_read(&t->sites[i].curve, noise);
        curves[i] = t->sites[i].curve;
    }
    MUST(tune_rule_fit(curves, t->n_sites, TUNE_BATCH, noise, &t->batch_rule));
}

static Status find_rule(Opening *o, Err *err) {
    Tune *t = o->t;
    const double known = seed_noise(t), noise = known > 0 ? known : NOISE;
    TuneCurve *curves = ARENA_ARRAY(o->arena, TuneCurve, t->n_cells);
    for (size_t i = 0; i < t->n_cells; i++) {
        tune_curve_read(&t->cells[i].curve, noise);
        curves[i] = t->cells[i].curve;
    }
    const bool mup = o->spec->base.parametrization == PARAMETRIZATION_MUP;
    t->noise_known = known > 0;
    t->ruled = tune_rule_fit(curves, t->n_cells, mup ? TUNE_LR_MUP : TUNE_LR_SP, noise, &t->rule);
    if (t->ruled && o->spec->tune.batch) find_batch_rule(o, noise);
    if (t->ruled) return OK;
    FAIL(err, E_FAILED,
         "%s: tune.lr: every run diverged, at each of the rates that \"grid\" and \"extend\" "
         "allow; give lower ones",
         o->spec->path);
}

Status tune_open(Tune *t, Spec *spec, Arena *arena, const Ledger *ledger, const Corpus *corpus,
                 Err *err) {
    Opening o = {t, spec, arena, ledger, corpus, 0};
    *t = (Tune){0};
    spec->rule = spec->batch_rule = NULL;
    spec->n_tuning = 0;
    if (!spec->tune.at) return OK;
    TRY(make_key(&o, err));
    const Json *event = tune_event(ledger, "tuned", t->key);
    t->recorded = event != NULL;
    TRY(read_sites(&o, err));
    if (event)
        TRY(tune_rules_take(t, event, spec->tune.batch, err));
    else if (t->n_sites_settled == t->n_sites)
        TRY(find_rule(&o, err));
    if (t->ruled) t->doubt = tune_doubts_curves(t, arena);
    spec->rule = t->ruled ? &t->rule : NULL;
    spec->batch_rule = t->ruled && spec->tune.batch ? &t->batch_rule : NULL;
    TRY(tune_check_open(t, spec, arena, ledger, corpus, err));
    t->check_recorded = tune_event(ledger, "checked", t->key) != NULL;
    for (int i = 0; i < 3 && t->has_check; i += 2) append(&o, &t->check.run[i]);
    spec->tuning = t->runs;
    spec->n_tuning = t->n_runs;
    return OK;
}
