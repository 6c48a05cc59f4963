/* planted_truth.h: a planted truth about losses, a law or a form that no law has, for the programs
 * that tell how often forecasts hold. */
#ifndef TESTS_PLANTED_TRUTH_H
#define TESTS_PLANTED_TRUTH_H

#include "tests/formed.h"

#include "analysis/simulate/simulate.h"

typedef struct {
    const char *name;
    bool is_law;
    Simulation simulation; // where it is a law
    Formed form;           // where it is none
} PlantedTruth;

/* Make the truth of a law with its parameters, "law=..,E=..,..". */
static inline PlantedTruth truth_of_law(Arena *arena, const char *law) {
    PlantedTruth out = {.is_law = true};
    const char *spec = arena_printf(arena, "%s,params=1e4,tokens=1e5,noise=0", law);
    Err err = {0};
    if (simulation_read(arena, spec, &out.simulation, &err) != OK) BUG("%s", err.message);
    out.name = out.simulation.law->name;
    return out;
}

static inline double truth_ln_loss(const PlantedTruth *s, const Point *p) {
    return s->is_law ? law_log_loss(s->simulation.law, s->simulation.theta, p)
                     : log(formed_loss(&s->form, p->params, p->tokens));
}

#endif
