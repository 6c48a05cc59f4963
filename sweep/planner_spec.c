/* planner_spec.c: members copied from the given spec, and those that the planner makes. */
#include "sweep/planner_spec.h"

#include <string.h>

static bool is_one_of(const char *key, const char *const *keys) {
    for (; *keys; keys++)
        if (strcmp(key, *keys) == 0) return true;
    return false;
}

/* Copy the members of the given spec but those of `without`. */
static void copy_members(const Spec *given, const char *const *without, JsonOut *out) {
    for (const Json *v = json_first(json_root(given->doc)); v; v = json_next(v))
        if (!is_one_of(json_key(v), without)) json_put_value(out, json_key(v), v);
}

static Bytes end_text(Arena *arena, JsonOut *j) {
    json_end(j);
    text_add(&j->text, "\n");
    const Bytes b = {arena_strndup(arena, j->text.s, j->text.size), j->text.size};
    text_close(&j->text);
    return b;
}

Bytes planner_spec_all(const Spec *given, Arena *arena, const Ladder *ladder) {
    static const char *const WITHOUT[] = {"axes", "runs", "seeds", "hero", NULL};
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    copy_members(given, WITHOUT, &j);
    json_begin(&j, "axes", '{');
    json_begin(&j, "d_model", '[');
    for (int i = 0; i < ladder->n_widths; i++)
        json_put_count(&j, NULL, (uint64_t)ladder->d_model[i]);
    json_end(&j);
    json_begin(&j, "tokens", '[');
    for (int i = 0; i < ladder->n_lengths; i++) json_put_count(&j, NULL, ladder->tokens[i]);
    json_end(&j);
    json_end(&j);
    return end_text(arena, &j);
}

/* Return the first seed of a width that no run of the given spec has: its runs are then new, and of
 * trunks of their own. */
static uint64_t first_seed(const Spec *given, const Plan *kept, int d_model) {
    uint64_t first = 1;
    for (size_t i = 0; kept && i < kept->n; i++) {
        const RunConfig *c = &kept->rows[i].run.config;
        const uint64_t seed = given->seeding == SEEDING_SHARED ? c->seed : c->seed % 1000;
        if (c->d_model == d_model && seed >= first) first = seed + 1;
    }
    return first;
}

static void put_run(JsonOut *j, const ChosenCell *c, uint64_t seed) {
    json_begin(j, NULL, '{');
    json_put_count(j, "d_model", (uint64_t)c->d_model);
    json_put_count(j, "tokens", c->tokens);
    json_put_count(j, "seed", seed);
    json_end(j);
}

Bytes planner_spec_chosen(const Spec *given, Arena *arena, const ChosenCell *cells, size_t n,
                          const PlannerTarget *hero, const Plan *kept) {
    static const char *const ALL[] = {"runs", "hero", "axes", "seeds", NULL}, *const ADDED[] = {
                                                                                  "runs", "hero",
                                                                                  NULL};
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    copy_members(given, kept ? ADDED : ALL, &j);
    json_begin(&j, "runs", '[');
    const Json *old = kept ? json_get(json_root(given->doc), "runs") : NULL;
    for (const Json *v = old ? json_first(old) : NULL; v; v = json_next(v))
        json_put_value(&j, NULL, v);
    for (size_t i = 0; i < n; i++) {
        const uint64_t first = first_seed(given, kept, cells[i].d_model);
        for (int r = 0; r < cells[i].seeds; r++) put_run(&j, &cells[i], first + (uint64_t)r);
    }
    json_end(&j);
    if (!hero) {
        json_put_value(&j, "hero", json_get(json_root(given->doc), "hero"));
        return end_text(arena, &j);
    }
    json_begin(&j, "hero", '{');
    json_put_count(&j, "d_model", (uint64_t)hero->d_model);
    json_put_count(&j, "tokens", (uint64_t)hero->tokens);
    json_end(&j);
    return end_text(arena, &j);
}
