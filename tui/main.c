/* The composition root: the one file that sees both sides. */
#include "service/service.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/log.h"
#include "tui/listing.h"
#include "tui/process.h"
#include "tui/ui.h"
#include "tui/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* ---- verbs ---- */

static int back_up(const struct conf *c)
{
    struct err e;
    if (c->n_args != 1)
        return complain(EXIT_USAGE, "usage: orderdeck backup FILE");
    if (!service_backup(c, c->args[0], &e))
        return complain(EXIT_STORAGE, e.message);
    printf("%s\n", c->args[0]);
    return EXIT_CLEAN;
}

/* orderdeck list: asks the service that is running, else reads the database itself. */
static int list(const struct conf *c)
{
    struct listing l;
    struct err e;
    int status = EXIT_FAULT;
    if (!listing_read(&l, c, &e))
        return complain(EXIT_USAGE, e.message);
    if (l.url[0] != '\0' || service_running(c, l.url, sizeof l.url))
        return listing_remote(&l, c);
    struct service *s = service_open(c, &e, &status);
    struct api *api = s != NULL ? service_api_open(s, &e) : NULL;
    if (api != NULL) {
        status = listing_print(&l, api);
        service_api_close(api);
    } else {
        complain(status, e.message);
    }
    if (s != NULL)
        service_stop(s);
    return status;
}

static int run_verb(const struct conf *c)
{
    static const struct {
        const char *name;
        int (*run)(const struct conf *c);
    } verbs[] = {{"attach", verb_attach}, {"list", list}, {"backup", back_up}, {"key", verb_key}};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(c->verb, verbs[i].name) == 0)
            return verbs[i].run(c);
    fprintf(stderr, "orderdeck: unknown word '%s'; see orderdeck --help\n", c->verb);
    return EXIT_USAGE;
}

/* ---- running ---- */

static void raise_limits(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

/* Requests allocate and free a few kilobytes each, on the threads that serve them: without slack each thread's heap
 * would shrink and grow again, a system call and fresh pages for every one of them. Setting one of these fixes the
 * others: so also the size from which an allocation is a mapping of its own, above a batch for Kafka. */
static void keep_heaps(void)
{
    mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
    mallopt(M_TOP_PAD, 256 * 1024);
}

static int log_file(void)
{
    char *path = conf_path(CONF_DIR_STATE, "orderdeck.log", true);
    int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    free(path);
    return fd;
}

static enum log_level level_of(const struct conf *c)
{
    enum log_level l = LOG_INFO;
    if (!log_level_find(c->log_level, &l))
        l = LOG_INFO;
    return l;
}

static void say_ready(const struct conf *c, const struct service *s)
{
    log_line(LOG_INFO, "ready", LOG_S("url", service_url(s)), LOG_S("version", ORDERDECK_VERSION),
             LOG_S("database", service_database(s)), LOG_I("pid", getpid()), LOG_B("readOnly", c->read_only));
    if (c->demo)
        log_line(LOG_INFO, "demo: a throw-away database", LOG_S("ignoredSettings", c->demo_ignored));
}

/* Serves without a console until a signal or a storage failure; returns the process's exit status. */
static int serve(struct service *s, int signals)
{
    struct pollfd p[2] = {{.fd = signals, .events = POLLIN}, {.fd = service_failure_fd(s), .events = POLLIN}};
    for (;;) {
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            break;
        struct signalfd_siginfo info;
        if (p[1].revents != 0)
            break;
        if (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
            log_line(LOG_INFO, "draining", LOG_S("signal", strsignal((int)info.ssi_signo)));
            break;
        }
    }
    int status = service_stop(s);
    log_line(status == 0 ? LOG_INFO : LOG_ERROR, "stopped", LOG_I("status", status));
    return status;
}

static struct service *start(struct conf *c, int *ret_exit)
{
    struct err e;
    struct service *s = service_start(c, &e, ret_exit);
    if (s == NULL && c->demo && c->port == 8001) { /* a demo moves aside when the usual port is taken */
        c->port = 0;
        s = service_start(c, &e, ret_exit);
    }
    if (s == NULL) {
        log_line(LOG_ERROR, "cannot start", LOG_S("error", e.message));
        complain(*ret_exit, e.message);
    }
    return s;
}

/* Readers see the database file through a mapping, where a disk that cannot be read is a signal instead of an error:
 * the end is the same as when it cannot be written. */
static void unreadable(int signal_number)
{
    static const char line[] =
        "{\"level\":\"error\",\"msg\":\"storage failed\",\"error\":\"the database file could not be read\"}\n";
    (void)signal_number;
    if (write(STDOUT_FILENO, line, sizeof line - 1) < 0)
        _exit(EXIT_FAULT);
    _exit(EXIT_STORAGE);
}

static int run_headless(struct conf *c, int signals)
{
    signal(SIGBUS, unreadable);
    int status = EXIT_FAULT;
    log_init(STDOUT_FILENO, level_of(c), c->service_name);
    struct service *s = start(c, &status);
    if (s == NULL)
        return status;
    say_ready(c, s);
    return serve(s, signals);
}

/* After the console: the process stays in the foreground as if it were headless. */
static int go_on(struct service *s, int signals, bool terminal_lost)
{
    if (!terminal_lost) {
        log_to(STDOUT_FILENO);
        printf("serving goes on at %s, process %d; Ctrl-C stops it\n", service_url(s), (int)getpid());
        printf("the console again: orderdeck attach %s\n", service_url(s));
        fflush(stdout);
    }
    return serve(s, signals);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int run_console(struct conf *c, int signals)
{
    int status = EXIT_FAULT, file = log_file();
    struct err e;
    log_init(file, level_of(c), c->service_name);
    struct service *s = start(c, &status);
    if (s == NULL)
        return status;
    say_ready(c, s);
    struct api *api = service_api_open(s, &e);
    if (api == NULL) {
        service_stop(s);
        return complain(EXIT_FAULT, e.message);
    }
    char actor[160];
    const struct ui_config u = {.api = api,
                                .service = c->service_name,
                                .environment = c->environment,
                                .theme = c->theme,
                                .actor = who_acts(c, actor, sizeof actor),
                                .database = base_name(service_database(s)),
                                .version = ORDERDECK_VERSION,
                                .esc_delay_ms = c->esc_delay,
                                .read_only = c->read_only,
                                .keys = c->api_keys_file[0] != '\0',
                                .demo = c->demo,
                                .failure_fd = service_failure_fd(s),
                                .stop_fd = signals};
    signal(SIGHUP,
           SIG_IGN); /* a terminal that goes away, now or after the console, does not end the service */
    enum ui_end end = ui_run(&u);
    service_api_close(api);
    switch (end) {
    case UI_DETACH: return go_on(s, signals, false);
    case UI_LOST:
        if (!c->stop_on_hangup && !c->demo) /* which leaves nothing behind */
            return go_on(s, signals, true);
        break;
    case UI_NO_TERMINAL: service_stop(s); return EXIT_USAGE;
    case UI_STOP:
    case UI_FAILED: break;
    }
    return service_stop(s);
}

int main(int argc, char **argv)
{
    struct conf c;
    struct err e;
    struct buf text = BUF_INIT(256 * 1024);
    if (!conf_read(&c, argc, argv, environ, &e)) {
        conf_release(&c);
        return complain(EXIT_USAGE, e.message);
    }
    int status;
    if (c.help) {
        conf_help(&text);
        status = print(&text);
    } else if (c.version) {
        buf_addf(&text, "orderdeck %s (%s)\n", ORDERDECK_VERSION, ORDERDECK_GIT);
        status = print(&text);
    } else if (c.print_config) {
        conf_print(&c, &text);
        status = print(&text);
    } else if (c.verb != NULL) {
        status = run_verb(&c);
    } else if (!c.headless && !has_terminal()) {
        status = complain(EXIT_USAGE,
                          "there is no terminal for the console; start with --headless to serve without one");
    } else {
        setlocale(LC_CTYPE, "");
        raise_limits();
        keep_heaps();
        int signals = take_signals(c.headless);
        status = c.headless ? run_headless(&c, signals) : run_console(&c, signals);
    }
    conf_release(&c);
    return status;
}
