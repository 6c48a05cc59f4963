/* commands.h: what main.c calls. To add a command: write cmd_NAME in the room it belongs to,
 * declare it here, add its row to COMMANDS in main.c. argv[0] is the command's name. */
#ifndef BASE_COMMANDS_H
#define BASE_COMMANDS_H

#include "base/err.h"

Status cmd_data(int argc, char **argv, Err *err);   // data/cmd_data.c
Status cmd_train(int argc, char **argv, Err *err);  // train/cmd_train.c
Status cmd_eval(int argc, char **argv, Err *err);   // train/cmd_train.c
Status cmd_sample(int argc, char **argv, Err *err); // train/cmd_sample.c
Status cmd_check(int argc, char **argv, Err *err);  // train/cmd_check.c
Status cmd_bench(int argc, char **argv, Err *err);  // train/bench/cmd_bench.c
Status cmd_sweep(int argc, char **argv, Err *err);  // sweep/cmd_sweep.c
Status cmd_fit(int argc, char **argv, Err *err);    // analysis/cmd_fit.c
Status cmd_report(int argc, char **argv, Err *err); // analysis/cmd_report.c

#endif
