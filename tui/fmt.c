#include "tui/fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

const char *fmt_span(int64_t ms, char out[FMT_MAX])
{
    const char *minus = ms < 0 ? "-" : "";
    int64_t span = ms < 0 ? -ms : ms;

    if (span < MINUTE)
        snprintf(out, FMT_MAX, "%s%" PRId64 "s", minus, span / SECOND);
    else if (span < 100 * MINUTE)
        snprintf(out, FMT_MAX, "%s%" PRId64 "m", minus, span / MINUTE);
    else if (span < 48 * HOUR)
        snprintf(out, FMT_MAX, "%s%" PRId64 "h", minus, span / HOUR);
    else
        snprintf(out, FMT_MAX, "%s%" PRId64 "d", minus, span / DAY);
    return out;
}

const char *fmt_step(int64_t ms, char out[FMT_MAX])
{
    if (ms < 0)
        ms = 0;
    if (ms < SECOND)
        snprintf(out, FMT_MAX, "%" PRId64 " ms", ms);
    else if (ms < 10 * SECOND)
        snprintf(out, FMT_MAX, "%" PRId64 ".%" PRId64 " s", ms / SECOND, ms % SECOND / 100);
    else if (ms < MINUTE)
        snprintf(out, FMT_MAX, "%" PRId64 " s", ms / SECOND);
    else if (ms < HOUR)
        snprintf(out, FMT_MAX, "%" PRId64 " m", ms / MINUTE);
    else if (ms < DAY)
        snprintf(out, FMT_MAX, "%" PRId64 " h %" PRId64 " m", ms / HOUR, ms % HOUR / MINUTE);
    else
        snprintf(out, FMT_MAX, "%" PRId64 " d %" PRId64 " h", ms / DAY, ms % DAY / HOUR);
    return out;
}

const char *fmt_count(int64_t n, char out[FMT_MAX])
{
    char digits[FMT_MAX];
    int len = snprintf(digits, sizeof(digits), "%" PRId64, n < 0 ? -n : n), used = 0;

    if (n < 0)
        out[used++] = '-';
    for (int i = 0; i < len && used < FMT_MAX - 2; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[used++] = ' ';
        out[used++] = digits[i];
    }
    out[used] = 0;
    return out;
}

const char *fmt_short(int64_t n, char out[FMT_MAX])
{
    static const char units[] = "kMGTP";
    int64_t unit = 1000;
    int u = 0;

    for (; n >= unit * 1000 && units[u + 1]; u++)
        unit *= 1000;
    if (n < 1000)
        snprintf(out, FMT_MAX, "%" PRId64, n);
    else if (n < 10 * unit)
        snprintf(out, FMT_MAX, "%d.%d%c", (int)(n / unit), (int)(n % unit / (unit / 10)), units[u]);
    else
        snprintf(out, FMT_MAX, "%" PRId64 "%c", n / unit, units[u]);
    return out;
}

const char *fmt_latency(int64_t us, char out[FMT_MAX])
{
    if (us < 100 * 1000)
        snprintf(out, FMT_MAX, "%" PRId64 ".%" PRId64 " ms", us / 1000, us % 1000 / 100);
    else if (us < 1000 * 1000)
        snprintf(out, FMT_MAX, "%" PRId64 " ms", us / 1000);
    else
        snprintf(out, FMT_MAX, "%" PRId64 ".%" PRId64 " s", us / 1000000, us % 1000000 / 100000);
    return out;
}

static struct tm local(int64_t ms)
{
    time_t t = (time_t)(ms / SECOND);
    struct tm tm = {0};

    localtime_r(&t, &tm);
    return tm;
}

const char *fmt_clock(int64_t ms, bool fraction, char out[FMT_MAX])
{
    struct tm tm = local(ms);
    size_t n = strftime(out, FMT_MAX, "%H:%M:%S", &tm);

    if (fraction)
        snprintf(out + n, FMT_MAX - n, ".%03d", (int)(ms % SECOND));
    return out;
}

const char *fmt_moment(int64_t ms, int64_t now_ms, char out[FMT_MAX])
{
    struct tm tm = local(ms), now = local(now_ms);
    bool today = tm.tm_year == now.tm_year && tm.tm_yday == now.tm_yday;

    if (!today && (ms - now_ms > 2 * DAY || now_ms - ms > 2 * DAY) && tm.tm_year == now.tm_year)
        strftime(out, FMT_MAX, "%d %b", &tm);
    else
        strftime(out, FMT_MAX, today ? "%H:%M" : tm.tm_year == now.tm_year ? "%d %b %H:%M" : "%d %b %Y", &tm);
    return out;
}

const char *fmt_id(const char *order_id, char out[FMT_MAX])
{
    size_t n = strlen(order_id);

    snprintf(out, FMT_MAX, "…%.*s", FMT_ID_COLUMNS - 1,
             order_id + (n > FMT_ID_COLUMNS - 1 ? n - (FMT_ID_COLUMNS - 1) : 0));
    return out;
}
