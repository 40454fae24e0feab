#include "shared/log.h"

#include "shared/clock.h"
#include "shared/json.h"
#include "shared/json_scan.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 16384
#define TEXT_MAX_BYTES 2000 /* of one text; the rest is cut off */

static const char *const level_names[LOG_LEVELS] = {"trace", "debug", "info", "warn", "error"};

static _Atomic int descriptor = -1;
static _Atomic int least_level = LOG_INFO;
static char service_name[80]; /* set before threads */

/* Guarded by the lock. Line number k stands at (k - 1) % LOG_RING. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *text; /* without newline; owned */
    size_t len;
    enum log_level level;
} ring[LOG_RING];
static uint64_t newest;

const char *log_level_name(enum log_level l)
{
    return level_names[l];
}

bool log_level_find(const char *name, enum log_level *ret)
{
    for (size_t i = 0; i < LOG_LEVELS; i++) {
        if (strcmp(level_names[i], name) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_init(int fd, enum log_level least, const char *service)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < LOG_RING; i++) {
        free(ring[i].text);
        ring[i].text = NULL;
    }
    newest = 0;
    size_t n = service == NULL ? 0 : strnlen(service, sizeof service_name - 1);
    if (n != 0)
        memcpy(service_name, service, n);
    service_name[n] = '\0';
    pthread_mutex_unlock(&lock);
    atomic_store(&descriptor, fd);
    atomic_store(&least_level, (int)least);
}

void log_to(int fd)
{
    atomic_store(&descriptor, fd);
}

bool log_enabled(enum log_level l)
{
    return (int)l >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

/* What is no UTF-8 is shown as U+FFFD, a byte each: a line is valid JSON whatever it is told. */
static void add_text(struct buf *b, const char *text)
{
    size_t n = text == NULL ? 0 : strlen(text);
    if (text == NULL || (n <= TEXT_MAX_BYTES && utf8_valid(text, n))) {
        json_add_string(b, text);
        return;
    }
    struct buf clean = BUF_INIT(TEXT_MAX_BYTES + 3);
    while (n > 0 && clean.len < TEXT_MAX_BYTES - 3) {
        size_t step = utf8_sequence(text, n);
        buf_add(&clean, step == 0 ? "\xef\xbf\xbd" : text, step == 0 ? 3 : step);
        text += step == 0 ? 1 : step;
        n -= step == 0 ? 1 : step;
    }
    if (n > 0)
        buf_adds(&clean, "\xe2\x80\xa6"); /* U+2026, an ellipsis */
    json_add_string(b, clean.data == NULL ? "" : clean.data);
    buf_release(&clean);
}

static void add_field(struct buf *b, const struct log_field *field)
{
    json_key(b, field->name);
    switch (field->kind) {
    case LOG_FIELD_TEXT: add_text(b, field->text); break;
    case LOG_FIELD_INT: buf_addi(b, field->number); break;
    case LOG_FIELD_BOOL: buf_adds(b, field->number != 0 ? "true" : "false"); break;
    case LOG_FIELD_RAW: buf_adds(b, field->text == NULL ? "null" : field->text); break;
    case LOG_FIELD_END: buf_adds(b, "null"); break;
    }
}

/* The first field that does not fit is left out with all that follow, and the line says so. */
static void add_fields(struct buf *b, const struct log_field *fields)
{
    for (; fields->kind != LOG_FIELD_END; fields++) {
        size_t before = b->len;
        add_field(b, fields);
        if (b->failed || b->len > LINE_MAX_BYTES) {
            b->failed = false;
            b->len = before;
            buf_adds(b, ",\"truncated\":true");
            return;
        }
    }
}

static void write_line(int fd, const char *line, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, line, n);
        if (written < 0 && errno != EINTR)
            return; /* there is nowhere to tell it */
        if (written > 0) {
            line += written;
            n -= (size_t)written;
        }
    }
}

static void keep_line(enum log_level l, char *text, size_t len)
{
    pthread_mutex_lock(&lock);
    size_t i = newest++ % LOG_RING;
    char *old = ring[i].text;
    ring[i].text = text;
    ring[i].len = len;
    ring[i].level = l;
    pthread_mutex_unlock(&lock);
    free(old);
}

void log_write(enum log_level l, const char *msg, const struct log_field *fields)
{
    struct buf b = BUF_INIT(LINE_MAX_BYTES + 64); /* what closes a line always fits */
    buf_addc(&b, '{');
    json_put_time(&b, "time", clock_wall_ms());
    json_put_string(&b, "level", log_level_name(l));
    json_key(&b, "msg");
    add_text(&b, msg);
    if (service_name[0] != '\0') {
        json_key(&b, "service");
        add_text(&b, service_name);
    }
    add_fields(&b, fields);
    buf_adds(&b, "}\n");
    size_t len;
    char *line = buf_take(&b, &len);
    if (line == NULL)
        return;
    int fd = atomic_load(&descriptor);
    if (fd >= 0)
        write_line(fd, line, len);
    line[len - 1] = '\0';
    keep_line(l, line, len - 1);
}

uint64_t log_read(struct buf *out, uint64_t after, enum log_level least, int limit)
{
    pthread_mutex_lock(&lock);
    uint64_t oldest = newest < LOG_RING ? 1 : newest - LOG_RING + 1;
    uint64_t first = newest + 1;
    int n = 0;
    while (n < limit && first > oldest && first - 1 > after) {
        first--;
        n += ring[(first - 1) % LOG_RING].level >= least;
    }
    bool comma = false;
    for (uint64_t k = first; k <= newest; k++) {
        size_t i = (k - 1) % LOG_RING;
        if (ring[i].level < least)
            continue;
        if (comma)
            buf_addc(out, ',');
        buf_add(out, ring[i].text, ring[i].len);
        comma = true;
    }
    uint64_t result = newest;
    pthread_mutex_unlock(&lock);
    return result;
}
