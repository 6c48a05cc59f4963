/* ledger.c: the ledger as events in memory and lines on disk.
 *
 * The unit of writing is one line with its newline in one write(), so only the last line can ever
 * be torn. `good` is the size up to the last whole line: repair and a failed append both cut the
 * file back to it, so that the next line never continues a torn one. Events live in the ledger's
 * arena and in their documents; ledger_close() ends both.
 */
#include "base/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/proc.h"

struct Ledger {
    Arena *arena;
    const char *path;
    JsonDoc **docs;
    size_t n, capacity;
    size_t unchecked; // lines without a checksum
    size_t good;      // bytes of whole lines
    bool unusable;    // a torn tail stands behind them
};

static void add(Ledger *l, JsonDoc *doc) {
    if (l->n == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 64;
        JsonDoc **docs = ARENA_ARRAY(l->arena, JsonDoc *, l->capacity);
        if (l->n > 0) memcpy(docs, l->docs, l->n * sizeof *docs);
        l->docs = docs;
    }
    l->docs[l->n++] = doc;
}

static bool has_string(const Json *object, const char *key) {
    const Json *v = json_get(object, key);
    return v && json_kind(v) == JSON_STRING;
}

/* Check an event: it is an object with a kind, and a run has an id and a status. What else it holds
 * is the business of whoever reads it. */
static Status check_event(const JsonDoc *doc, const char *name, Err *err) {
    const Json *e = json_root(doc);
    if (json_kind(e) != JSON_OBJECT)
        FAIL(err, E_FORMAT, "%s: needs an object, not %s", name, json_kind_name(json_kind(e)));
    if (!has_string(e, "event")) FAIL(err, E_FORMAT, "%s: needs a string \"event\"", name);
    if (strcmp(json_as_string(json_get(e, "event")), "run") != 0) return OK;
    if (!has_string(e, "id")) FAIL(err, E_FORMAT, "%s: a run needs a string \"id\"", name);
    if (!has_string(e, "status")) FAIL(err, E_FORMAT, "%s: a run needs a string \"status\"", name);
    return OK;
}

static Status parse(Ledger *l, const char *line, size_t size, size_t number, JsonDoc **out,
                    Err *err) {
    const char *name = arena_printf(l->arena, "%s: line %zu", l->path, number);
    const size_t content = crc_content(line, size); // the event without its checksum
    if (memchr(line, 0, size)) FAIL(err, E_FORMAT, "%s: has a zero byte", name);
    TRY(crc_check(name, line, size, err));
    l->unchecked += content == size;
    char *event = arena_printf(l->arena, "%.*s%s", (int)content, line, content < size ? "}" : "");
    TRY(json_open(event, name, out, err));
    Status status = check_event(*out, name, err);
    if (status == OK) return OK;
    json_close(*out);
    *out = NULL;
    return status;
}

static Status read_lines(Ledger *l, Bytes bytes, bool *torn, Err *err) {
    for (size_t number = 1; l->good < bytes.size; number++) {
        const char *line = bytes.data + l->good;
        const size_t left = bytes.size - l->good;
        const char *end = memchr(line, '\n', left);
        const bool last = !end || end + 1 == bytes.data + bytes.size;
        JsonDoc *doc = NULL;
        Status status = end ? parse(l, line, (size_t)(end - line), number, &doc, err) : E_FORMAT;
        if (status != OK && !last)
            FAIL(err, status,
                 "%s; only a last line may be torn: restore the file, or delete this line",
                 err->message);
        if (status != OK) {
            *torn = l->unusable = true;
            return OK;
        }
        add(l, doc);
        l->good += (size_t)(end - line) + 1;
    }
    return OK;
}

static Status cut_back(Ledger *l, Err *err) {
    const int fd = open(l->path, O_WRONLY | O_CLOEXEC);
    const bool done = fd >= 0 && ftruncate(fd, (off_t)l->good) == 0 && fsync(fd) == 0;
    const int why = errno;
    if (fd >= 0) close(fd);
    if (!done) FAIL(err, E_IO, "%s: cannot drop its torn last line: %s", l->path, strerror(why));
    l->unusable = false;
    return OK;
}

/* Keep what is about to be cut off: of a line that is damaged rather than torn nobody else has the
 * bytes. */
static Status set_aside(const Ledger *l, Bytes bytes, Err *err) {
    const char *tail = bytes.data + l->good;
    const size_t n = bytes.size - l->good - (bytes.data[bytes.size - 1] == '\n');
    const char *path = arena_printf(l->arena, "%.*s.torn", (int)(strlen(l->path) - 6), l->path);
    return file_append_line(path, arena_strndup(l->arena, tail, n), err);
}

Status ledger_open(const char *dir, bool repair, Ledger **out, bool *torn, Err *err) {
    Arena *arena = arena_open();
    Ledger *l = ARENA_NEW(arena, Ledger);
    l->arena = arena;
    l->path = arena_printf(arena, "%s/ledger.jsonl", dir);
    *torn = false;
    *out = NULL;
    Bytes bytes = {0};
    Status status = OK;
    if (file_exists(l->path)) status = file_read(arena, l->path, &bytes, err);
    if (status == OK) status = read_lines(l, bytes, torn, err);
    if (status == OK && *torn && repair) status = set_aside(l, bytes, err);
    if (status == OK && *torn && repair) status = cut_back(l, err);
    if (status != OK) {
        ledger_close(l);
        return status;
    }
    *out = l;
    return OK;
}

void ledger_close(Ledger *l) {
    if (!l) return;
    for (size_t i = 0; i < l->n; i++) json_close(l->docs[i]);
    arena_close(l->arena);
}

void ledger_say(const Ledger *l, bool torn) {
    if (torn)
        talk("%s: its last line is torn or damaged; it is dropped, and what it told is found again",
             l->path);
    if (l->unchecked > 0)
        talk("%s: %zu of %zu lines are from before lines had checksums: not checked for damage",
             l->path, l->unchecked, l->n);
}

size_t ledger_size(const Ledger *l) {
    return l->n;
}

size_t ledger_unchecked(const Ledger *l) {
    return l->unchecked;
}

const Json *ledger_event(const Ledger *l, size_t i) {
    MUST(i < l->n);
    return json_root(l->docs[i]);
}

const char *ledger_kind(const Ledger *l, size_t i) {
    return json_as_string(json_get(ledger_event(l, i), "event"));
}

const Json *ledger_last(const Ledger *l, const char *kind) {
    for (size_t i = l->n; i-- > 0;)
        if (strcmp(ledger_kind(l, i), kind) == 0) return ledger_event(l, i);
    return NULL;
}

const Json *ledger_run(const Ledger *l, const char *id) {
    for (size_t i = l->n; i-- > 0;) {
        if (strcmp(ledger_kind(l, i), "run") != 0) continue;
        const Json *e = ledger_event(l, i);
        if (strcmp(json_as_string(json_get(e, "id")), id) == 0) return e;
    }
    return NULL;
}

Status ledger_append(Ledger *l, const char *line, Err *err) {
    MUST(!l->unusable && !strchr(line, '\n'));
    JsonDoc *doc = NULL;
    line = crc_sealed_line(l->arena, line);
    TRY(parse(l, line, strlen(line), l->n + 1, &doc, err));
    Status status = file_append_line(l->path, line, err);
    if (status != OK) {
        Err second;
        l->unusable = true;
        if (file_exists(l->path)) cut_back(l, &second);
        json_close(doc);
        return status;
    }
    add(l, doc);
    l->good += strlen(line) + 1;
    return OK;
}
