/* decode.h: a batch of sequences that grow. Attention's keys and values of the tokens before are
 * kept, so that a new token costs one row of each product, not a window:
 *
 *     Decode s;
 *     decode_open(&s, &model, rows, arena);
 *     decode_feed(&s, prompts, lengths);       // all prompts at once
 *     do
 *         for (int row = 0; row < rows; row++)
 *             if (!s.ended[row]) tokens[row] = decode_choose(&s, row, temperature, uniform());
 *     while (decode_step(&s, tokens));         // a row ends at the token `stop`, or after T tokens
 *
 * Rows share the products and nothing else: what a row's logits are does not depend on the other
 * rows, beyond rounding. They are those of model_forward() for the same tokens, beyond rounding;
 * experts take all rows that choose them, as in evaluation.
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
    bool *ended;  // (rows) decode_step() takes no more tokens for this row
    real *logits; // (rows, V) after each row's last token, before logit_scale

    // of one pass: the tokens that go through the net together, each a row of its products
    Model pass; // the model, with B = 1 and T = the tokens of the pass
    Lane lane;
    KvCache cache;
    int pass_rows;                    // at most so many tokens
    int *token, *sequence, *position; // (pass_rows)
    real *fresh;                      // (rows, V) logits in the order of the pass
} Decode;

/* Empty sequences. Memory comes from the arena: 2 L C numbers for each of rows x T tokens, and the
 * activations of a pass. The model outlives the state; when its parameters change, every row has
 * to be restarted. */
void decode_open(Decode *s, const Model *m, int rows, Arena *arena);

/* Forget the tokens of a row; it goes on from nothing. */
void decode_restart(Decode *s, int row);

/* Append count[row] tokens to each row, also to one that has ended; 0 leaves a row as it is. No row
 * gets more tokens than T in all. */
void decode_feed(Decode *s,
                 const int *tokens, // (sum of count)  row 0's, then row 1's, ...
                 const int *count); // (rows)

/* Append one token to each row that has not ended. A row whose token is `stop`, or which is full,
 * ends instead, and its logits stay. Returns how many rows go on. */
int decode_step(Decode *s, const int *tokens); // (rows)  those of ended rows are not looked at

/* Draw a row's next token from softmax(logit_scale logits / temperature) with u, uniform in [0, 1);
 * at temperature 0 the likeliest, of equal ones the lowest. The row has a token already. */
int decode_choose(const Decode *s, int row, double temperature, double u);

#endif
