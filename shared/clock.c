#include "shared/clock.h"

#include "shared/calendar.h"
#include "shared/zone.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define FIRST_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LAST_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

static _Atomic int64_t frozen_ms = -1;

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_wall_ms(void)
{
    int64_t frozen = atomic_load_explicit(&frozen_ms, memory_order_relaxed);
    return frozen >= 0 ? frozen : nanoseconds(CLOCK_REALTIME) / 1000000;
}

int64_t clock_mono_ns(void)
{
    return nanoseconds(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(void)
{
    return nanoseconds(CLOCK_PROCESS_CPUTIME_ID) / 1000;
}

int64_t clock_thread_ns(void)
{
    return nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

void clock_freeze(int64_t ms)
{
    atomic_store_explicit(&frozen_ms, ms < 0 ? -1 : ms, memory_order_relaxed);
}

static void put_two(char *at, uint32_t value)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    memcpy(at, pairs + (size_t)2 * value, 2);
}

/* "2026-01-31T", without a NUL. */
struct date {
    int64_t days;
    char text[11]; /* all zero: none yet */
};

__attribute__((noinline)) static void date_write(struct date *d, int64_t days)
{
    int month, day;
    uint32_t year = (uint32_t)calendar_date(days, &month, &day);
    memcpy(d->text, "yyyy-mm-ddT", sizeof d->text);
    put_two(d->text, year / 100);
    put_two(d->text + 2, year % 100);
    put_two(d->text + 5, (uint32_t)month);
    put_two(d->text + 8, (uint32_t)day);
    d->days = days;
}

/* The dates of an order lie few days apart, so each thread keeps some. */
static const char *date_text(int64_t days)
{
    static _Thread_local struct date kept[8];

    struct date *d = &kept[(size_t)days % (sizeof kept / sizeof *kept)];
    if (d->days != days || d->text[0] == '\0')
        date_write(d, days);
    return d->text;
}

void clock_format(int64_t ms, char out[CLOCK_TEXT_LEN + 1])
{
    assert(ms >= FIRST_MS && ms <= LAST_MS);
    int64_t days = calendar_floor(ms, DAY_MS);
    uint32_t left = (uint32_t)(ms - days * DAY_MS), seconds = left / 1000;
    memcpy(out, date_text(days), 11);
    memcpy(out + 11, "hh:mm:ss.mmmZ", 14);
    put_two(out + 11, seconds / 3600);
    put_two(out + 14, seconds / 60 % 60);
    put_two(out + 17, seconds % 60);
    out[20] = (char)('0' + left / 100 % 10);
    put_two(out + 21, left % 100);
}

/* Exactly n digits at *p, which moves past them; -1 when they are not there. */
static int take_digits(const char **p, int n)
{
    int value = 0;
    for (; n > 0; n--, (*p)++) {
        if (**p < '0' || **p > '9')
            return -1;
        value = value * 10 + (**p - '0');
    }
    return value;
}

static bool take_char(const char **p, char lower)
{
    if (**p != lower && !(lower >= 'a' && **p == lower - 'a' + 'A'))
        return false;
    (*p)++;
    return true;
}

static bool take_date(const char **p, int64_t *ret_days)
{
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    int year = take_digits(p, 4);
    if (year < 1 || !take_char(p, '-'))
        return false;
    int month = take_digits(p, 2);
    if (month < 1 || month > 12 || !take_char(p, '-'))
        return false;
    int day = take_digits(p, 2);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > lengths[month - 1] + (month == 2 && leap))
        return false;
    *ret_days = calendar_days(year, month, day);
    return true;
}

/* hh:mm:ss with an optional fraction; the second may be 60. */
static bool take_time(const char **p, int64_t *ret_ms, bool *ret_leap)
{
    int hour = take_digits(p, 2);
    if (hour < 0 || hour > 23 || !take_char(p, ':'))
        return false;
    int minute = take_digits(p, 2);
    if (minute < 0 || minute > 59 || !take_char(p, ':'))
        return false;
    int second = take_digits(p, 2);
    if (second < 0 || second > 60)
        return false;
    *ret_leap = second == 60;
    int64_t fraction = 0;
    if (take_char(p, '.')) {
        if (**p < '0' || **p > '9')
            return false;
        for (int64_t unit = 100; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
            fraction += (**p - '0') * unit;
    }
    *ret_ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + fraction;
    return true;
}

/* "Z" or "+hh:mm"; minutes to take from the local time. */
static bool take_offset(const char **p, int *ret_minutes)
{
    *ret_minutes = 0;
    if (take_char(p, 'z'))
        return true;
    int sign = **p == '-' ? -1 : 1;
    if (!take_char(p, '+') && !take_char(p, '-'))
        return false;
    int hours = take_digits(p, 2);
    if (hours < 0 || hours > 23 || !take_char(p, ':'))
        return false;
    int minutes = take_digits(p, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool clock_parse(const char *text, int64_t *ret_ms)
{
    int64_t days, time;
    bool leap;
    int offset;
    if (!take_date(&text, &days) || !take_char(&text, 't') || !take_time(&text, &time, &leap) ||
        !take_offset(&text, &offset) || *text != '\0')
        return false;
    int64_t ms = days * DAY_MS + time - offset * INT64_C(60000);
    if (ms < FIRST_MS || ms > LAST_MS)
        return false;
    /* A leap second ends a UTC day: as the next second it is the first of the next day. */
    if (leap && ms - calendar_floor(ms, DAY_MS) * DAY_MS >= 1000)
        return false;
    *ret_ms = ms;
    return true;
}

bool clock_zone_known(const char *name)
{
    return strcmp(name, "UTC") == 0 || zone_find(name) != NULL;
}

int64_t clock_day_end(int64_t ms, int days, const char *zone)
{
    const struct zone *found = strcmp(zone, "UTC") == 0 ? NULL : zone_find(zone);
    int64_t seconds = calendar_floor(ms, 1000);
    if (found != NULL)
        seconds += zone_offset(found, seconds);
    int64_t next_day = (calendar_floor(seconds, DAY_MS / 1000) + days + 1) * (DAY_MS / 1000);
    return (found == NULL ? next_day : zone_day_begin(found, next_day)) * 1000 - 1;
}
