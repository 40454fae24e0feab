/* The console: one call that runs it. It sees the service through shared/api.h only.
 *
 * ui_run is called on the main thread and returns when the console ends; the terminal is given back by then, also when
 * it ends early. It calls setlocale(LC_CTYPE, ""); call that before other threads start. After UI_LOST the signal
 * SIGHUP stays ignored, so that the process outlives its terminal. Descriptors are not owned. */
#ifndef ORDERDECK_TUI_UI_H
#define ORDERDECK_TUI_UI_H

#include "shared/api.h"

#include <stdbool.h>

enum ui_end {
    UI_STOP,       /* the user chose to stop the service, or stop_fd became readable */
    UI_DETACH,     /* leave the console, keep serving */
    UI_LOST,       /* the terminal is gone; keep serving */
    UI_FAILED,     /* failure_fd became readable */
    UI_NO_TERMINAL /* no console here; one line on standard error says what to do */
};

struct ui_config {
    struct api *api;
    const char *service;     /* name */
    const char *environment; /* banner; "" for none */
    const char *theme; /* name or path; what cannot be read is said in the status line, and `dark` is used */
    const char *actor; /* who acts, such as "ops@host" */
    const char *database; /* for people, such as "orders_db.sqlite" */
    const char *version;
    int64_t esc_delay_ms; /* how long Esc waits for the rest of a key; 0: as usual */
    bool read_only, demo;
    bool keys;     /* the service wants an API key */
    bool attached; /* the service is another process: Ctrl-Z may stop this one, and it cannot be ended here */
    int failure_fd; /* readable: the service has failed; -1 for none */
    int stop_fd;    /* readable: asked to end (SIGTERM, SIGINT); -1 for none */
};

enum ui_end ui_run(const struct ui_config *cfg);

#endif
