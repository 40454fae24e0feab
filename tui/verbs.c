#include "tui/verbs.h"

#include "shared/digest.h"
#include "shared/fetch.h"
#include "shared/json.h"
#include "tui/process.h"
#include "tui/remote.h"
#include "tui/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- key ---- */

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

int verb_key(const struct conf *c)
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
    if (strlen(name) < 1 || strlen(name) > 64 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != strlen(name))
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
        fprintf(stderr, "orderdeck: stored in '%s'; this is the only time the key is shown\n",
                c->api_keys_file);
        return EXIT_CLEAN;
    }
    printf("%s\n", text);
    fprintf(stderr, "orderdeck: this is the only time the key is shown; the line for API_KEYS_FILE:\n%s\n",
            line);
    return EXIT_CLEAN;
}

/* ---- attach ---- */

/* What the console shows of the service it is attached to, as far as that has said it. */
struct attached {
    struct ui_config ui;
    char service[4 * 64 + 1], environment[4 * 20 + 1], database[40];
};

static void keep(char *out, size_t size, const struct json *v)
{
    const char *text = json_string(v);
    snprintf(out, size, "%s", text != NULL ? text : "");
}

/* From within the port's take, so on the console's thread: the next frame has it. */
static void take_status(void *ctx, const char *body, size_t len)
{
    struct attached *a = ctx;
    struct json_fault fault;
    struct json_doc *doc = json_parse(body, len, &fault);
    const struct json *root = doc != NULL ? json_root(doc) : NULL;
    if (doc == NULL)
        return;
    keep(a->service, sizeof a->service, json_get(root, "service"));
    keep(a->environment, sizeof a->environment, json_get(root, "environment"));
    keep(a->database, sizeof a->database, json_get(json_get(root, "database"), "kind"));
    a->ui.read_only = json_true(json_get(root, "readOnly"));
    a->ui.demo = json_true(json_get(root, "demo"));
    json_free(doc);
}

static int run_attached(const struct conf *c, const char *url, int signals)
{
    char actor[160];
    struct err e;
    struct attached a = {.ui = {.theme = c->theme,
                                .actor = who_acts(c, actor, sizeof actor),
                                .version = ORDERDECK_VERSION,
                                .esc_delay_ms = c->esc_delay,
                                .keys = c->api_key[0] != '\0',
                                .attached = true,
                                .failure_fd = -1,
                                .stop_fd = signals}};
    const struct remote_config remote = {
        .url = url, .api_key = c->api_key, .follow = true, .status = take_status, .ctx = &a};
    a.ui.service = a.service;
    a.ui.environment = a.environment;
    a.ui.database = a.database;
    a.ui.api = remote_open(&remote, &e);
    if (a.ui.api == NULL)
        return complain(EXIT_FAULT, e.message);
    enum ui_end end = ui_run(&a.ui);
    remote_close(a.ui.api);
    switch (end) {
    case UI_NO_TERMINAL: return EXIT_USAGE;
    case UI_LOST:
    case UI_FAILED: return EXIT_FAULT;
    case UI_STOP:
    case UI_DETACH: break;
    }
    return EXIT_CLEAN;
}

int verb_attach(const struct conf *c)
{
    char url[1024];
    struct err e;
    if (c->n_args != 1)
        return complain(EXIT_USAGE, "usage: orderdeck attach URL");
    if (!fetch_url(c->args[0], url, sizeof url, &e))
        return complain(EXIT_USAGE, e.message);
    if (!has_terminal())
        return complain(EXIT_USAGE,
                        "there is no terminal for the console; orderdeck list prints orders without one");
    setlocale(LC_CTYPE, "");
    int signals = take_signals(false);
    int status = run_attached(c, url, signals);
    close(signals);
    return status;
}
