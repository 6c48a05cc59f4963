/* spec_axes.h: the axes of a spec: an object of lists of values, and every combination of them as a
 * run that is being put together. Private to sweep/. */
#ifndef SWEEP_SPEC_AXES_H
#define SWEEP_SPEC_AXES_H

#include "sweep/spec.h"

enum { SPEC_MAX_AXES = 16, SPEC_MAX_RUNS = 10000 };

/* A run being put together. The config stands first, so that rows of RUN_FIELDS fit a draft as
 * well. */
typedef struct {
    RunConfig config;
    uint64_t flops; // 0: tokens are given
    bool own_lr;    // it names its learning rate, and nothing of it is tuned
    bool own_batch; // it names its batch
} SpecDraft;

typedef struct {
    const Field *field;
    const Json *values;
    size_t n;
} SpecAxis;

/* Find the field that a key names: one of a run's config, or "flops". E_USAGE where there is
 * none. */
Status spec_find_field(const Spec *s, const Json *v, const Field **out, Err *err);

/* Refuse an object that gives both tokens and flops. */
Status spec_not_both(const Spec *s, const Json *object, Err *err);

/* Check a list of seeds; NULL, which is none, will do. */
Status spec_check_seeds(const Spec *s, Arena *arena, const Json *seeds, Err *err);

/* Read the axes, and count their combinations; no axes have none. */
Status spec_axes_open(const Spec *s, Arena *arena, const Json *object, SpecAxis axes[SPEC_MAX_AXES],
                      size_t *n_axes, size_t *n, Err *err);

/* Make the draft of one combination of the axes, the last axis fastest. */
Status spec_axes_draft(const Spec *s, Arena *arena, const SpecAxis *axes, size_t n_axes,
                       size_t index, SpecDraft *out, Err *err);

/* Name a combination by its values: "SPEC: axes: run with d_model 16, tokens 250000". */
const char *spec_axes_name(const Spec *s, Arena *arena, const SpecAxis *axes, size_t n_axes,
                           const SpecDraft *draft);

#endif
