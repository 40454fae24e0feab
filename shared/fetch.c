#include "shared/fetch.h"

#include "shared/clock.h"

#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX (64u * 1024)
#define CONNECT_MS 5000L
#define WAIT_MAX_MS 60000
#define MS INT64_C(1000000)

struct fetch {
    struct queue queue;
    CURLM *multi;
    pthread_t thread;
    size_t most;
    /* --- any thread --- */
    _Atomic size_t open;
    _Atomic bool stopping;
    /* --- fetching thread --- */
    struct fetch_job *jobs; /* under way */
};

const char *fetch_fault_text(enum fetch_fault f)
{
    static const char *const texts[FETCH_FAULTS] = {
        [FETCH_OK] = "there is an answer",
        [FETCH_NO_HOST] = "the host name is not known",
        [FETCH_NO_CONNECTION] = "no service answers there",
        [FETCH_UNTRUSTED] = "the certificate is not trusted",
        [FETCH_TIMEOUT] = "no answer in time",
        [FETCH_BROKEN] = "the connection was lost",
        [FETCH_NOT_HTTP] = "what answers there does not speak HTTP",
        [FETCH_WRONG_TYPE] = "what answers there is another kind of service",
        [FETCH_TOO_LARGE] = "the answer is too large",
        [FETCH_UNWANTED] = "the answer cannot be used",
        [FETCH_STOPPED] = "it was ended here",
    };
    return texts[f];
}

/* ---- jobs ---- */

struct fetch_job *fetch_job_new(const char *method, const char *url, size_t most)
{
    struct fetch_job *j = calloc(1, sizeof *j);
    char *copy = strdup(url);
    if (j == NULL || copy == NULL) {
        free(j);
        free(copy);
        return NULL;
    }
    j->method = method;
    j->url = copy;
    buf_init(&j->body, SIZE_MAX / 2);
    buf_init(&j->head, HEAD_MAX);
    buf_init(&j->answer, most);
    return j;
}

bool fetch_job_field(struct fetch_job *j, const char *name, const char *value)
{
    for (const char *p = value; *p != '\0'; p++)
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            return false;
    char *line;
    if (asprintf(&line, "%s: %s", name, value) < 0)
        return false;
    struct curl_slist *longer = curl_slist_append(j->fields, line);
    free(line);
    if (longer != NULL)
        j->fields = longer;
    return longer != NULL;
}

void fetch_job_free(struct fetch_job *j)
{
    if (j == NULL)
        return;
    curl_slist_free_all(j->fields);
    buf_release(&j->body);
    buf_release(&j->head);
    buf_release(&j->answer);
    free(j->url);
    free(j);
}

bool fetch_field(const struct fetch_job *j, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    for (const char *line = j->head.data; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, n) != 0 || line[n] != ':')
            continue;
        const char *value = line + n + 1;
        value += strspn(value, " \t");
        size_t length = strcspn(value, "\r\n");
        while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
            length--;
        snprintf(out, size, "%.*s", (int)length, value);
        return true;
    }
    return false;
}

/* ---- what libcurl calls: all on the fetching thread ---- */

static size_t take_head(char *bytes, size_t size, size_t n, void *ctx)
{
    struct fetch_job *j = ctx;
    (void)size; /* always 1 */
    j->heard_ns = clock_mono_ns();
    j->head_bytes += n;
    if (n >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        buf_clear(&j->head);
    buf_add(&j->head, bytes, n);
    if (j->head_bytes <= HEAD_MAX && !j->head.failed)
        return n;
    j->fault = FETCH_TOO_LARGE;
    return n + 1; /* anything but n is an error */
}

static void read_media(struct fetch_job *j)
{
    if (!fetch_field(j, "Content-Type", j->media, sizeof j->media))
        j->media[0] = '\0';
    j->media[strcspn(j->media, "; \t")] = '\0';
    for (char *p = j->media; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
}

static bool succeeded(const struct fetch_job *j)
{
    return j->status >= 200 && j->status <= 299;
}

/* Once, with the first byte of the body or at the end of an answer without one. */
static bool begin_body(struct fetch_job *j)
{
    long status = 0;
    if (j->begun)
        return true;
    j->begun = true;
    curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
    j->status = (int)status;
    read_media(j);
    if (!succeeded(j) || j->type == NULL || strcmp(j->type, j->media) == 0)
        return true;
    j->fault = FETCH_WRONG_TYPE;
    return false;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct fetch_job *j = ctx;
    (void)size;
    j->heard_ns = clock_mono_ns();
    if (!begin_body(j))
        return n + 1;
    if (j->piece != NULL && succeeded(j)) {
        if (j->piece(j, bytes, n))
            return n;
        j->fault = FETCH_UNWANTED;
        return n + 1;
    }
    buf_add(&j->answer, bytes, n);
    if (!j->answer.failed)
        return n;
    j->fault = FETCH_TOO_LARGE;
    return n + 1;
}

static enum fetch_fault fault_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        enum fetch_fault fault;
    } faults[] = {
        {CURLE_OK, FETCH_OK},
        {CURLE_COULDNT_RESOLVE_HOST, FETCH_NO_HOST},
        {CURLE_COULDNT_RESOLVE_PROXY, FETCH_NO_HOST},
        {CURLE_URL_MALFORMAT, FETCH_NO_HOST},
        {CURLE_COULDNT_CONNECT, FETCH_NO_CONNECTION},
        {CURLE_OPERATION_TIMEDOUT, FETCH_TIMEOUT},
        {CURLE_PEER_FAILED_VERIFICATION, FETCH_UNTRUSTED},
        {CURLE_SSL_CONNECT_ERROR, FETCH_UNTRUSTED},
        {CURLE_SSL_CACERT_BADFILE, FETCH_UNTRUSTED},
        {CURLE_SSL_ISSUER_ERROR, FETCH_UNTRUSTED},
        {CURLE_UNSUPPORTED_PROTOCOL, FETCH_NOT_HTTP}, /* an answer without a status line */
        {CURLE_WEIRD_SERVER_REPLY, FETCH_NOT_HTTP},
        {CURLE_OUT_OF_MEMORY, FETCH_TOO_LARGE}, /* what a single line of more than 100 KB comes to */
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (faults[i].code == code)
            return faults[i].fault;
    return FETCH_BROKEN;
}

/* ---- the thread ---- */

/* Unlinks a job that is over and sends it home. */
static void send_home(struct fetch *f, struct fetch_job *j)
{
    struct mailbox *to = j->reply_to;
    if (j->link != NULL) {
        *j->link = j->next;
        if (j->next != NULL)
            j->next->link = j->link;
    }
    if (j->easy != NULL) {
        curl_multi_remove_handle(f->multi, j->easy);
        curl_easy_cleanup(j->easy);
    }
    j->easy = NULL;
    atomic_fetch_sub(&f->open, 1);
    mailbox_put(to, &j->node);
    mailbox_wake(to);
}

static void end_job(struct fetch *f, struct fetch_job *j, enum fetch_fault fault)
{
    if (j->fault == FETCH_OK) /* else a callback of ours has said it */
        j->fault = fault;
    if (j->fault == FETCH_OK && !begin_body(j))
        j->fault = FETCH_WRONG_TYPE;
    send_home(f, j);
}

static bool set_up(struct fetch_job *j, CURL *easy)
{
    bool sends = j->body.len > 0 || strcmp(j->method, "GET") != 0;
    if (sends && j->body.len == 0 && !fetch_job_field(j, "Content-Type", "")) /* none, not libcurl's own */
        return false;
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, j->url) == CURLE_OK;
    ok = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK && ok;
    ok = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, j->method) == CURLE_OK && ok;
    ok = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, j->fields) == CURLE_OK && ok;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "orderdeck/" ORDERDECK_VERSION);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)j->whole_ms);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, j);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, j);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, j);
    if (j->direct)
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (sends) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)j->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, j->body.len > 0 ? j->body.data : "");
    }
    return ok;
}

static void begin_job(struct fetch *f, struct fetch_job *j)
{
    CURL *easy = curl_easy_init();
    j->link = NULL;
    j->easy = NULL;
    if (easy == NULL || !set_up(j, easy) || curl_multi_add_handle(f->multi, easy) != CURLM_OK) {
        curl_easy_cleanup(easy);
        j->fault = FETCH_BROKEN;
        send_home(f, j);
        return;
    }
    j->easy = easy;
    j->heard_ns = clock_mono_ns();
    j->next = f->jobs;
    j->link = &f->jobs;
    if (j->next != NULL)
        j->next->link = &j->next;
    f->jobs = j;
}

static void begin_jobs(struct fetch *f)
{
    size_t n = 0;
    if (queue_length(&f->queue) == 0)
        return;
    for (struct node *node = queue_take(&f->queue, f->most, &n), *next; node != NULL; node = next) {
        next = node->next;
        begin_job(f, (struct fetch_job *)node);
    }
}

static void end_jobs(struct fetch *f)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(f->multi, &left)) != NULL;) {
        struct fetch_job *j = NULL;
        CURLcode code = m->data.result;
        if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j) == CURLE_OK)
            end_job(f, j, fault_of(code));
    }
}

/* Ends those that were silent for too long; the time until the next would be, in ms. */
static int watch_silence(struct fetch *f)
{
    int64_t now = clock_mono_ns(), wait = WAIT_MAX_MS;
    for (struct fetch_job *j = f->jobs, *next; j != NULL; j = next) {
        next = j->next;
        if (j->silence_ms == 0)
            continue;
        int64_t left = j->silence_ms - (now - j->heard_ns) / MS;
        if (left <= 0)
            end_job(f, j, FETCH_TIMEOUT);
        else if (left < wait)
            wait = left;
    }
    return (int)wait;
}

static void *run(void *ctx)
{
    struct fetch *f = ctx;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!atomic_load(&f->stopping)) {
        int running, wait;
        begin_jobs(f);
        curl_multi_perform(f->multi, &running);
        end_jobs(f);
        wait = watch_silence(f);
        curl_multi_poll(f->multi, NULL, 0, wait, NULL);
    }
    begin_jobs(f);
    while (f->jobs != NULL)
        end_job(f, f->jobs, FETCH_STOPPED);
    return NULL;
}

/* ---- start and end ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode initialised;

static void initialise(void)
{
    initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct fetch *fetch_start(size_t most, struct err *ret_err)
{
    struct fetch *f = calloc(1, sizeof *f);
    pthread_once(&once, initialise);
    if (f != NULL && initialised == CURLE_OK)
        f->multi = curl_multi_init();
    if (f == NULL || f->multi == NULL) {
        free(f);
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the HTTP client: out of memory");
        return NULL;
    }
    f->most = most;
    queue_init(&f->queue, most);
    if (pthread_create(&f->thread, NULL, run, f) != 0) {
        queue_release(&f->queue);
        curl_multi_cleanup(f->multi);
        free(f);
        err_set(ret_err, ERR_STORAGE_BUSY, "cannot start the HTTP client: no thread left");
        return NULL;
    }
    pthread_setname_np(f->thread, "fetch");
    return f;
}

bool fetch_submit(struct fetch *f, struct fetch_job *j)
{
    bool room = atomic_fetch_add(&f->open, 1) < f->most;
    if (room && !atomic_load(&f->stopping) && queue_put(&f->queue, &j->node, NULL)) {
        curl_multi_wakeup(f->multi);
        return true;
    }
    atomic_fetch_sub(&f->open, 1);
    return false;
}

void fetch_stop(struct fetch *f)
{
    if (f == NULL)
        return;
    atomic_store(&f->stopping, true);
    curl_multi_wakeup(f->multi);
    pthread_join(f->thread, NULL);
    queue_release(&f->queue);
    curl_multi_cleanup(f->multi);
    free(f);
}

/* ---- URLs ---- */

/* A part, "" when the URL has none. */
static bool part(CURLU *u, CURLUPart what, char *out, size_t size)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(u, what, &text, 0);
    int n = snprintf(out, size, "%s", code == CURLUE_OK ? text : "");
    curl_free(text);
    return n >= 0 && (size_t)n < size;
}

static bool put_url(CURLU *u, char *out, size_t size)
{
    char scheme[8], host[256], port[8], path[512], query[8], fragment[8];
    if (!part(u, CURLUPART_SCHEME, scheme, sizeof scheme) || !part(u, CURLUPART_HOST, host, sizeof host) ||
        !part(u, CURLUPART_PORT, port, sizeof port) || !part(u, CURLUPART_PATH, path, sizeof path) ||
        !part(u, CURLUPART_QUERY, query, sizeof query) ||
        !part(u, CURLUPART_FRAGMENT, fragment, sizeof fragment))
        return false;
    for (size_t n = strlen(path); n > 0 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    if ((strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) || host[0] == '\0' ||
        query[0] != '\0' || fragment[0] != '\0')
        return false;
    int n = snprintf(out, size, "%s://%s%s%s%s", scheme, host, port[0] != '\0' ? ":" : "", port, path);
    return n >= 0 && (size_t)n < size;
}

bool fetch_url(const char *text, char *out, size_t size, struct err *ret_err)
{
    CURLU *u = curl_url();
    const char *host = strstr(text, "://");
    bool ok = u != NULL && host != NULL && host[3] != '/' && /* libcurl forgives a third slash */
              curl_url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK && put_url(u, out, size);
    curl_url_cleanup(u);
    return ok || err_set(ret_err, ERR_INVALID_PARAMETER,
                         "'%.100s' is not the URL of a service; one looks like http://127.0.0.1:8001", text);
}

bool fetch_url_loopback(const char *url)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = strstr(url, "://");
    for (size_t i = 0; host != NULL && i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (strncasecmp(host + 3, names[i], n) == 0 && strchr(":/", host[3 + n]) != NULL)
            return true;
    }
    return false;
}
