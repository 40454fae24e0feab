#include "tests/support/console.h"

#include "tests/support/fake_api.h"
#include "tui/ui.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct child {
    const struct console_options *o;
    int control;
};

static int run(void *arg)
{
    const struct child *child = arg;
    const struct console_options *o = child->o;
    const struct fake_options fake = {.orders = o->none     ? 0
                                                : o->orders ? o->orders
                                                            : 300,
                                      .hostile = o->hostile,
                                      .port = o->port,
                                      .wordy = o->wordy,
                                      .kafka = o->kafka,
                                      .letters = o->letters,
                                      .control_fd = child->control};
    struct ui_config cfg = {.service = "order-service",
                            .environment = o->environment ? o->environment : "",
                            .theme = o->theme ? o->theme : "dark",
                            .actor = "ops@host",
                            .database = "orders_db.sqlite",
                            .version = "0.1.0",
                            .read_only = o->read_only,
                            .demo = o->demo,
                            .attached = o->attached,
                            .failure_fd = -1,
                            .stop_fd = -1};
    enum ui_end end;

    cfg.api = fake_api_new(&fake);
    end = ui_run(&cfg);
    fake_api_free(cfg.api);
    return 10 + (int)end;
}

void console_start(struct console *c, int rows, int cols, const struct console_options *o)
{
    static const struct console_options nothing;
    struct child child = {.o = o ? o : &nothing};
    int fds[2];

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    child.control = fds[0];
    c->control = fds[1];
    pty_home(o ? o->home : NULL);
    pty_call(&c->pty, rows, cols, run, &child);
    close(fds[0]);
    pty_idle(&c->pty);
}

void console_happen(struct console *c, const char *what)
{
    assert_int_equal(write(c->control, what, strlen(what)), (ssize_t)strlen(what));
}

void console_stop(struct console *c)
{
    pty_press(&c->pty, "o");
    pty_press(&c->pty, "q");
    pty_type(&c->pty, "l");
    assert_int_equal(pty_end(&c->pty), 10 + UI_DETACH);
    close(c->control);
    pty_release(&c->pty);
}
