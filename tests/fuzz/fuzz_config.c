/* fuzz_config.c: libFuzzer target: any bytes as a run's config end in a config or in one line of
 * error; a config that was read is written and read again to the same text. */
#include <string.h>

#include "tests/fuzz/fuzz_file.h"
#include "data/language.h"
#include "train/config.h"

static Status read_config(Arena *arena, const char *text, RunConfig *out, Err *err) {
    JsonDoc *doc;
    *out = run_config_default();
    TRY(json_open(text, "config.json", &doc, err));
    const Status status = run_config_from_json(out, arena, doc, json_root(doc), err);
    json_close(doc);
    return status;
}

static JsonOut write_config(const RunConfig *c) {
    JsonOut out = json_out(2);
    json_begin(&out, NULL, '{');
    run_config_to_json(c, &out);
    json_end(&out);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open();
    char *text = arena_alloc(arena, size + 1);
    if (size) memcpy(text, data, size);
    Err err = {0};
    RunConfig config, again;
    if (read_config(arena, text, &config, &err) == OK) {
        JsonOut once = write_config(&config);
        if (read_config(arena, once.text.s, &again, &err) != OK) BUG("%s", err.message);
        JsonOut twice = write_config(&again);
        MUST(strcmp(once.text.s, twice.text.s) == 0);
        text_close(&once.text);
        text_close(&twice.text);
        if (run_config_check(&config, &err) == OK && data_spec_check(&config.data, &err) == OK) {
            char id[13];
            run_config_id(&config, 1, id);
            MUST(run_config_steps(&config) > 0);
        }
    } else {
        MUST(err.message[0] && !strchr(err.message, '\n'));
    }
    arena_close(arena);
    return 0;
}
