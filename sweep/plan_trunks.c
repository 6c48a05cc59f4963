/* plan_trunks.c: parents by train/branch.h's rule, and the schedule in which a child may start
 * before its parent has ended. */
#include "sweep/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/branch.h"

// --- who begins with whose trunk ---------------------------------------------------------------

static uint64_t steps_of(const PlanRow *r) {
    return run_config_steps(&r->run.config);
}

/* By trunk; then the grid before the heroes, short runs before long ones, in plan order. */
static int by_trunk(const void *a, const void *b) {
    const PlanRow *p = *(PlanRow *const *)a, *q = *(PlanRow *const *)b;
    const int order = strcmp(p->run.trunk, q->run.trunk);
    if (order) return order;
    if (p->run.hero != q->run.hero) return p->run.hero ? 1 : -1;
    if (steps_of(p) != steps_of(q)) return steps_of(p) > steps_of(q) ? 1 : -1;
    return (p > q) - (p < q);
}

/* Choose the parent of sorted[i] among those before it: the one whose trunk is longest. */
static void choose_parent(Plan *p, PlanRow **sorted, size_t i) {
    PlanRow *r = sorted[i];
    for (size_t k = i; k-- > 0 && strcmp(sorted[k]->run.trunk, r->run.trunk) == 0;) {
        const uint64_t trunk = branch_step(&sorted[k]->run.config);
        if (trunk <= r->begin || branch_shared(&sorted[k]->run.config, &r->run.config) != trunk)
            continue;
        r->begin = trunk;
        r->parent = (size_t)(sorted[k] - p->rows);
    }
    if (r->parent != PLAN_NO_PARENT) p->rows[r->parent].keeps = true;
}

void plan_trunks_find(Plan *p, Arena *arena) {
    PlanRow **sorted = ARENA_ARRAY(arena, PlanRow *, p->n);
    for (size_t i = 0; i < p->n; i++) sorted[i] = &p->rows[i];
    qsort(sorted, p->n, sizeof *sorted, by_trunk);
    for (size_t i = 0; i < p->n; i++) choose_parent(p, sorted, i);
}

// --- what that costs ---------------------------------------------------------------------------

/* Return the share of a row's steps that are its own. */
static double own_share(const PlanRow *r) {
    return 1 - (double)r->begin / (double)steps_of(r);
}

double plan_trunks_tokens(const PlanRow *r) {
    return r->tokens - (double)(r->begin * r->run.config.batch_tok);
}

double plan_trunks_seconds(const PlanRow *r) {
    return r->seconds * own_share(r);
}

TrunkSavings plan_trunks_savings(const Plan *p) {
    TrunkSavings s = {0};
    for (size_t i = 0; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        s.branches += r->begin > 0;
        s.tokens += r->tokens;
        s.trained_tokens += plan_trunks_tokens(r);
        s.flops += r->flops;
        s.trained_flops += r->flops * own_share(r);
    }
    return s;
}

// --- when each can start -----------------------------------------------------------------------

/* Return the seconds from a row's start to the moment when its trunk is there. */
static double seconds_to_trunk(const PlanRow *r) {
    const double steps = (double)branch_step(&r->run.config) - (double)r->begin;
    return r->seconds * steps / (double)steps_of(r);
}

void plan_trunks_paths(Plan *p) {
    for (size_t i = 0; i < p->n; i++) p->rows[i].path = plan_trunks_seconds(&p->rows[i]);
    for (bool changed = true; changed;) { // as often as a chain is long
        changed = false;
        for (size_t i = 0; i < p->n; i++) {
            const PlanRow *r = &p->rows[i];
            if (r->parent == PLAN_NO_PARENT) continue;
            PlanRow *parent = &p->rows[r->parent];
            const double path = seconds_to_trunk(parent) + r->path;
            if (!(path > parent->path)) continue;
            parent->path = path;
            changed = true;
        }
    }
}

typedef struct {
    const Plan *p;
    const bool *wanted; // NULL: all
    size_t from, to;
    bool *placed;  // (p->n)
    double *begun; // (p->n) when a placed row starts
} Timetable;

static bool is_planned(const Timetable *t, size_t i) {
    return i >= t->from && i < t->to && (!t->wanted || t->wanted[i]);
}

/* Return when row i can start: INFINITY before its parent has a place. A parent that is not of this
 * part of the plan has ended by then. */
static double ready(const Timetable *t, size_t i) {
    const size_t parent = t->p->rows[i].parent;
    if (parent == PLAN_NO_PARENT || !is_planned(t, parent)) return 0;
    return t->placed[parent] ? t->begun[parent] + seconds_to_trunk(&t->p->rows[parent]) : INFINITY;
}

/* Choose what a worker that is idle from `now` on takes: of what is ready the row with the longest
 * path, else the row that is ready first; p->n when all have places. */
static size_t choose(const Timetable *t, double now) {
    const PlanRow *rows = t->p->rows;
    size_t best = t->p->n, first = best;
    for (size_t i = t->from; i < t->to; i++) {
        if (t->placed[i] || !is_planned(t, i)) continue;
        const double at = ready(t, i);
        if (first == t->p->n || at < ready(t, first)) first = i;
        if (at <= now && (best == t->p->n || rows[i].path > rows[best].path)) best = i;
    }
    return best < t->p->n ? best : first;
}

double plan_seconds(const Plan *p, Arena *arena, size_t from, size_t to, const bool *wanted,
                    int workers) {
    Timetable t = {
        p, wanted, from, to, ARENA_ARRAY(arena, bool, p->n), ARENA_ARRAY(arena, double, p->n)};
    double *busy = ARENA_ARRAY(arena, double, (size_t)workers), end = 0;
    for (size_t i = from; i < to; i++)
        if (is_planned(&t, i) && isnan(p->rows[i].seconds)) return NAN;
    for (;;) {
        size_t idlest = 0;
        for (size_t w = 1; w < (size_t)workers; w++)
            if (busy[w] < busy[idlest]) idlest = w;
        const size_t next = choose(&t, busy[idlest]);
        if (next == p->n) return end;
        t.placed[next] = true;
        t.begun[next] = fmax(busy[idlest], ready(&t, next));
        busy[idlest] = t.begun[next] + plan_trunks_seconds(&p->rows[next]);
        end = fmax(end, busy[idlest]);
    }
}

double plan_trunks_scratch_seconds(const Plan *p, Arena *arena, size_t from, size_t to,
                                   int workers) {
    Plan scratch = *p;
    scratch.rows = ARENA_ARRAY(arena, PlanRow, p->n);
    for (size_t i = 0; i < p->n; i++) {
        scratch.rows[i] = p->rows[i];
        scratch.rows[i].parent = PLAN_NO_PARENT;
        scratch.rows[i].begin = 0;
    }
    plan_trunks_paths(&scratch);
    return plan_seconds(&scratch, arena, from, to, NULL, workers);
}
