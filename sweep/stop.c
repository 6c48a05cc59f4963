/* stop.c: the handlers of the signals that stop a driver. */
#include "sweep/stop.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/err.h"

enum { GIVE_UP_S = 9 }; // after a signal: whatever hangs, the driver ends

/* The one mutable global: a signal handler can reach nothing else. */
static volatile sig_atomic_t signal_seen;

static void on_signal(int signal_number) {
    if (!signal_seen) alarm(GIVE_UP_S);
    signal_seen = signal_number;
}

/* Workers die with the driver, and the next one begins with what it finds. */
static void give_up(int signal_number) {
    static const char WORDS[] = "tinyscale: does not come to an end by itself; given up\n";
    (void)signal_number;
    if (write(STDERR_FILENO, WORDS, sizeof WORDS - 1) < 0) _exit(1);
    _exit(1);
}

void stop_listen(bool listen) {
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = listen ? on_signal : SIG_DFL};
    if (listen) signal_seen = 0;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++) {
        struct sigaction before;
        sigaction(SIGNALS[i], NULL, &before);
        if (SIGNALS[i] != SIGHUP || before.sa_handler != SIG_IGN) // nohup's wish
            sigaction(SIGNALS[i], &action, NULL);
    }
    action.sa_handler = listen ? give_up : SIG_DFL;
    if (!listen) alarm(0);
    sigaction(SIGALRM, &action, NULL);
}

int stop_signal(void) {
    return signal_seen;
}
