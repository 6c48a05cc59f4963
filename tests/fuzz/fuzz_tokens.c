/* fuzz_tokens.c: libFuzzer target: any bytes as a token file. Magic, version and both CRCs are put
 * right, so that what lies behind them is reached; what opens can be read to its ends. */
#include <string.h>

#include "base/arena.h"
#include "base/gzip.h"
#include "data/batch.h"
#include "data/token_file.h"
#include "tests/fuzz/fuzz_file.h"

static void put_right(unsigned char *bytes, size_t size) {
    memcpy(bytes, "TSCORPUS", 8);
    token_file_put(bytes + 8, 4, TOKEN_FILE_VERSION);
    token_file_put(bytes + 20, 4, gzip_crc32(bytes + TOKEN_HEAD_SIZE, size - TOKEN_HEAD_SIZE, 0));
    token_file_put(bytes + 56, 4, gzip_crc32(bytes, 56, 0));
}

static void read_all(const Corpus *c, Err *err) {
    int tokens[17], targets[17];
    const uint64_t train = corpus_train_tokens(c), heldout = corpus_heldout_tokens(c);
    corpus_train_read(c, train - 1, 1, tokens);
    MUST(tokens[0] >= 0 && tokens[0] < corpus_vocab(c));
    corpus_heldout_read(c, heldout - 1, 1, tokens);
    MUST(tokens[0] >= 0 && tokens[0] < corpus_vocab(c));
    (void)corpus_entropy_nat(c);
    MUST(corpus_hash(c) != 0 && corpus_documents(c) > 0);
    Batches batches;
    if (batches_init(&batches, c, 16, 1, err) == OK)
        for (uint64_t i = 0; i < 20; i++) batches_window(&batches, i, tokens, targets);
    EvalWindows windows;
    if (eval_windows_init(&windows, c, 16, 1000, err) == OK)
        for (uint64_t i = 0; i < windows.n_windows; i++)
            eval_windows_read(&windows, i, tokens, targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[96];
    Arena *arena = arena_open();
    unsigned char *bytes = arena_alloc(arena, size + 1);
    if (size) memcpy(bytes, data, size);
    if (size >= TOKEN_HEAD_SIZE) put_right(bytes, size);
    fuzz_file(path, "corpus.tok", bytes, size);
    Corpus *corpus;
    Err err = {0};
    if (corpus_open(path, true, &corpus, &err) == OK)
        read_all(corpus, &err);
    else
        MUST(err.message[0] && !strchr(err.message, '\n'));
    corpus_close(corpus);
    arena_close(arena);
    return 0;
}
