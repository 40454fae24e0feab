/* The composition root: the one file that sees both sides. */
#include "service/service.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/digest.h"
#include "shared/log.h"
#include "tui/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_CLEAN = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_STORAGE = 3 };

static int complain(int status, const char *line)
{
    fprintf(stderr, "orderdeck: %s\n", line);
    return status;
}

static int print(struct buf *text)
{
    bool ok = !text->failed && fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0;
    buf_release(text);
    return ok ? EXIT_CLEAN : EXIT_FAULT;
}

/* ---- verbs ---- */

static int append_line(const char *file, const char *line)
{
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && dprintf(fd, "%s\n", line) > 0 && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    if (ok)
        return EXIT_CLEAN;
    fprintf(stderr, "orderdeck: cannot write key file '%s': %s\n", file, strerror(saved));
    return EXIT_FAULT;
}

/* orderdeck key NAME ROLE: makes a key, shows it once, and says (or stores) the line that lets the service know it. */
static int make_key(const struct conf *c)
{
    static const char *const roles[] = {"viewer", "operator", "service", "admin"};
    uint8_t secret[32], hash[SHA256_LEN];
    char text[64] = "od_", hex[2 * SHA256_LEN + 1], line[300];
    if (c->n_args != 2)
        return complain(EXIT_USAGE, "usage: orderdeck key NAME ROLE (viewer, operator, service or admin)");
    const char *name = c->args[0], *role = c->args[1];
    bool known = false;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        known = known || strcmp(role, roles[i]) == 0;
    if (!known)
        return complain(EXIT_USAGE, "the role must be viewer, operator, service or admin");
    if (strlen(name) < 1 || strlen(name) > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != strlen(name))
        return complain(EXIT_USAGE, "the name must have 1 to 64 letters, digits, '.', '_' or '-'");
    random_bytes(secret, sizeof secret);
    base64url_encode(secret, sizeof secret, text + 3);
    digest_sha256(text, strlen(text), hash);
    digest_hex(hash, sizeof hash, hex);
    snprintf(line, sizeof line, "%s %s %s", name, role, hex);
    if (c->api_keys_file[0] != '\0') {
        int status = append_line(c->api_keys_file, line);
        if (status != EXIT_CLEAN)
            return status;
        printf("%s\n", text);
        fprintf(stderr, "orderdeck: stored in '%s'; this is the only time the key is shown\n", c->api_keys_file);
        return EXIT_CLEAN;
    }
    printf("%s\n", text);
    fprintf(stderr, "orderdeck: this is the only time the key is shown; the line for API_KEYS_FILE:\n%s\n", line);
    return EXIT_CLEAN;
}

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

static int run_verb(const struct conf *c)
{
    static const struct {
        const char *name;
        int (*run)(const struct conf *c);
    } verbs[] = {{"key", make_key}, {"backup", back_up}};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(c->verb, verbs[i].name) == 0)
            return verbs[i].run(c);
    fprintf(stderr, "orderdeck: unknown word '%s'; see orderdeck --help\n", c->verb);
    return EXIT_USAGE;
}

/* ---- running ---- */

/* Signals that end us are read from a descriptor; threads started later inherit the mask. A hang-up is the console's
 * to handle: a terminal that went away takes nobody's orders along. */
static int take_signals(bool headless)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (headless)
        sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void raise_limits(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
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

static int run_headless(struct conf *c, int signals)
{
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
        printf("orderdeck goes on serving %s as process %d; Ctrl-C stops it\n", service_url(s), (int)getpid());
        fflush(stdout);
    }
    return serve(s, signals);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The setting, else login name and host: what the events of this console's actions say. */
static const char *who_acts(const struct conf *c, char *out, size_t size)
{
    char host[64] = "localhost";
    const struct passwd *p = getpwuid(getuid());
    if (c->actor[0] != '\0')
        return c->actor;
    gethostname(host, sizeof host - 1);
    snprintf(out, size, "%s@%s", p != NULL ? p->pw_name : "uid", host);
    return out;
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
                                .read_only = c->read_only,
                                .demo = c->demo,
                                .failure_fd = service_failure_fd(s),
                                .stop_fd = signals};
    enum ui_end end = ui_run(&u);
    service_api_close(api);
    switch (end) {
    case UI_DETACH:
        return go_on(s, signals, false);
    case UI_LOST:
        return go_on(s, signals, true);
    case UI_NO_TERMINAL:
        service_stop(s);
        return EXIT_USAGE;
    case UI_STOP:
    case UI_FAILED:
        break;
    }
    return service_stop(s);
}

static bool has_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
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
        status = complain(EXIT_USAGE, "there is no terminal for the console; start with --headless to serve without one");
    } else {
        setlocale(LC_CTYPE, "");
        raise_limits();
        int signals = take_signals(c.headless);
        status = c.headless ? run_headless(&c, signals) : run_console(&c, signals);
    }
    conf_release(&c);
    return status;
}
