/* stop.h: how a driver hears that it should stop: SIGINT, SIGTERM, SIGHUP.
 *
 *     stop_listen(true);
 *     while (work is left && !stop_signal()) ...
 *     stop_listen(false);
 */
#ifndef SWEEP_STOP_H
#define SWEEP_STOP_H

#include <stdbool.h>

/* Begin to note the signals, none having come yet; or leave them to the system again. After a
 * signal the process has nine seconds to end by itself before it is ended. An ignored SIGHUP stays
 * ignored, as nohup wishes. */
void stop_listen(bool listen);

int stop_signal(void); // number of the last signal that came while listening; 0: none

#endif
