/* decode.h: a batch of sequences that grow. The keys and values of earlier tokens are kept, so that
 * a new token costs one row of each product instead of a whole window:
 *
 *     Decode s;
 *     decode_open(&s, &model, rows, arena);
 *     decode_feed(&s, prompts, lengths);       // all prompts at once
 *     do
 *         for (int row = 0; row < rows; row++)
 *             if (!s.ended[row]) tokens[row] = decode_choose(&s, row, temperature, uniform());
 *     while (decode_step(&s, tokens));         // a row ends at the token `stop`, or after T tokens
 *
 * Rows share the matrix products and nothing else. Up to rounding, the logits of a row do not
 * depend on the other rows, and are those of model_forward() for the row's tokens. Experts take all
 * rows that choose them, as in evaluation.
 */
#ifndef MODEL_DECODE_H
#define MODEL_DECODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/model.h"

typedef struct {
    int rows;     // sequences
    int T;        // tokens that a sequence may have: the model's context
    int stop;     // the token that ends a row; none (-1) unless the caller sets it
    int *length;  // (rows) tokens of each sequence so far
    bool *ended;  // (rows) whether decode_step() takes no more tokens for this row
    real *logits; // (rows, V) after each row's last token, before logit_scale

    // of one pass: the tokens that go through the net together, one row each
    Model pass;                       // the model, with B = 1 and T = the tokens of the pass
    Lane lane;                        // activations of the pass
    KvCache cache;                    // keys and values of all sequences
    int pass_rows;                    // most tokens of a pass
    int *token, *sequence, *position; // (pass_rows) of each token; its place in its sequence
    real *fresh;                      // (rows, V) logits in the order of the pass
} Decode;

/* Start with `rows` empty sequences. Memory comes from the arena: 2 L C numbers for each of rows x
 * T tokens, and the activations of a pass. The model must outlive the state. When its parameters
 * change, every row has to be restarted. */
void decode_open(Decode *s, const Model *m, int rows, Arena *arena);

/* Forget the tokens of a row, which is then empty and has not ended. */
void decode_restart(Decode *s, int row);

/* Append count[row] tokens to each row, even to one that has ended; 0 leaves a row as it is. A row
 * may hold at most T tokens. */
void decode_feed(Decode *s,
                 const int *tokens, // (sum of count)  row 0's, then row 1's, ...
                 const int *count); // (rows)

/* Append one token to each row that has not ended. A row ends instead when its token is `stop` or
 * it holds T tokens already; its logits stay. Return how many rows go on. */
int decode_step(Decode *s, const int *tokens); // (rows)  not read for rows that have ended

/* Draw a row's next token from softmax(logit_scale logits / temperature), with u uniform in [0, 1).
 * At temperature 0 take the likeliest token, the lowest of equally likely ones. The row must hold a
 * token already. */
int decode_choose(const Decode *s, int row, double temperature, double u);

#endif
