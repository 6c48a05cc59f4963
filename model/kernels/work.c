/* work.c: the names of the operations. */
#include "model/kernels/work.h"

#define OP_NAME(id, name) name,
const char *const OP_NAMES[N_OPS] = {OP_TABLE(OP_NAME)};
#undef OP_NAME
