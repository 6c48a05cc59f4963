/* cpu_path_row.c: this path's row in the table of paths. */
#include "model/kernels/gemm.h"
#include "model/kernels/on_path.h"
#include "model/net.h"
#include "model/kernels/update.h"

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

#define CPU_PATH_ROW ON_PATH(CPU_PATH_ROW)
extern const CpuPath CPU_PATH_ROW;
const CpuPath CPU_PATH_ROW = {
    .name = STRING(CPU_PATH),
    .forward = net_forward,
    .logits = net_logits,
    .loss = net_loss,
    .backward = net_backward,
    .reduce = update_add_lanes,
    .update = update_adamw,
    .needs_blas = GEMM_NEEDS_BLAS,
};
