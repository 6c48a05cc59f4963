/* net.h: the network's passes, compiled per path; model.h says what they do and calls them. */
#ifndef MODEL_NET_H
#define MODEL_NET_H

#include "model/kernels/on_path.h"
#include "model/model.h"

#define net_forward  ON_PATH(net_forward)
#define net_logits   ON_PATH(net_logits)
#define net_loss     ON_PATH(net_loss)
#define net_backward ON_PATH(net_backward)

void net_forward(const Model *m, Lane *lane, const int *tokens, PassMode mode);
void net_logits(const Model *m, Lane *lane, int first, int rows, real *logits);
double net_loss(const Model *m, Lane *lane, Targets targets);
double net_backward(const Model *m, Lane *lane, const int *tokens, Targets targets, real weight);

#endif
