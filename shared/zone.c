#include "shared/zone.h"

#include "shared/calendar.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"
#define NAME_MAX_LEN 64
#define FILE_LARGEST (256u * 1024)
#define TYPES_MAX 256
#define RULES_UNTIL 2400 /* the footer's rules are unrolled up to this year */
#define DAY 86400

/* offset[i] holds from at[i - 1] up to at[i]; offset[0] before all, offset[n] after. Never changed once in the list. */
struct zone {
    struct zone *next;
    size_t n, cap;
    int64_t *at;
    int32_t *offset;
    char name[NAME_MAX_LEN + 1];
};

static _Atomic(struct zone *) zones;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* ---- the table of one zone */

static void zone_free(struct zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->at);
    free(zone->offset);
    free(zone);
}

static struct zone *zone_new(const char *name, size_t cap)
{
    struct zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL)
        return NULL;
    memcpy(zone->name, name, strlen(name) + 1);
    zone->cap = cap;
    zone->at = calloc(cap, sizeof *zone->at);
    zone->offset = calloc(cap + 1, sizeof *zone->offset);
    if (zone->at == NULL || zone->offset == NULL) {
        zone_free(zone);
        return NULL;
    }
    return zone;
}

/* Moments out of order are dropped: the table stays sorted whatever the file says. */
static void add_change(struct zone *zone, int64_t at, int32_t offset)
{
    if (zone->n == zone->cap || (zone->n != 0 && at < zone->at[zone->n - 1]))
        return;
    zone->at[zone->n++] = at;
    zone->offset[zone->n] = offset;
}

/* ---- the footer: a TZ string of POSIX with the extensions of RFC 9636, section 3.3.1 */

struct rule {
    char kind; /* 'M' month, week, day; 'J' day 1-365 without 29 February; 'D' day 0-365 */
    int month, week, day;
    int32_t time; /* seconds after midnight, may be negative or beyond the day */
};

static bool take_number(const char **p, int most, int *ret)
{
    int value = 0;
    const char *begin = *p;
    for (; **p >= '0' && **p <= '9' && value <= most; (*p)++)
        value = value * 10 + (**p - '0');
    *ret = value;
    return *p != begin && value <= most;
}

static bool take(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_hms(const char **p, int32_t *ret)
{
    int sign = take(p, '-') ? -1 : 1;
    int hours, minutes = 0, seconds = 0;
    if (sign > 0)
        (void)take(p, '+');
    if (!take_number(p, 167, &hours))
        return false;
    if (take(p, ':') && !take_number(p, 59, &minutes))
        return false;
    if (take(p, ':') && !take_number(p, 59, &seconds))
        return false;
    *ret = sign * ((hours * 60 + minutes) * 60 + seconds);
    return true;
}

static bool take_name(const char **p)
{
    const char *begin = *p;
    if (take(p, '<')) {
        *p += strcspn(*p, ">");
        return take(p, '>');
    }
    while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
        (*p)++;
    return *p - begin >= 3;
}

static bool take_rule(const char **p, struct rule *r)
{
    *r = (struct rule){.kind = 'D', .time = 7200};
    if (!take(p, ','))
        return false;
    if (take(p, 'M')) {
        r->kind = 'M';
        if (!take_number(p, 12, &r->month) || !take(p, '.') || !take_number(p, 5, &r->week) ||
            !take(p, '.') || !take_number(p, 6, &r->day) || r->month == 0 || r->week == 0)
            return false;
    } else {
        if (take(p, 'J'))
            r->kind = 'J';
        if (!take_number(p, 365, &r->day) || (r->kind == 'J' && r->day == 0))
            return false;
    }
    return !take(p, '/') || take_hms(p, &r->time);
}

/* Local time (as if UTC) at which the rule strikes in that year. */
static int64_t rule_moment(const struct rule *r, int64_t year)
{
    int64_t new_year = calendar_days(year, 1, 1);
    int64_t march = calendar_days(year, 3, 1);
    int64_t day = new_year + r->day;
    if (r->kind == 'J')
        day = r->day <= 59 ? new_year + r->day - 1 : march + r->day - 60;
    if (r->kind == 'M') {
        int64_t first = calendar_days(year, r->month, 1);
        int64_t next = r->month == 12 ? calendar_days(year + 1, 1, 1) : calendar_days(year, r->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
        day = first + (r->day - weekday + 7) % 7 + 7 * (r->week - 1);
        while (day >= next)
            day -= 7;
    }
    return day * DAY + r->time;
}

/* Unrolls the rules after the last change of the table. A footer without daylight saving adds nothing. */
static void add_rules(struct zone *zone, const char *footer)
{
    int32_t standard, saving;
    struct rule begin, end;
    if (!take_name(&footer) || !take_hms(&footer, &standard) || !take_name(&footer))
        return;
    saving = standard - 3600;
    if (*footer != ',' && !take_hms(&footer, &saving))
        return;
    if (!take_rule(&footer, &begin) || !take_rule(&footer, &end))
        return;
    int64_t last = zone->n == 0 ? 0 : zone->at[zone->n - 1];
    int month, day;
    for (int64_t year = calendar_date(calendar_floor(last, DAY), &month, &day); year < RULES_UNTIL; year++) {
        int64_t on = rule_moment(&begin, year) + standard; /* POSIX counts offsets west of Greenwich */
        int64_t off = rule_moment(&end, year) + saving;
        for (int pass = 0; pass < 2; pass++) {
            bool turn_on = (pass == 0) == (on < off);
            int64_t at = turn_on ? on : off;
            if (at > last || zone->n == 0)
                add_change(zone, at, turn_on ? -saving : -standard);
        }
    }
}

/* ---- the file */

struct file_head {
    size_t utc, std, leap, times, types, chars;
};

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t big64(const unsigned char *p)
{
    return (int64_t)((uint64_t)big32(p) << 32 | big32(p + 4));
}

/* The 44 bytes of a header; false when they are none, or are of version 1, or count what no zone has. */
static bool read_head(const unsigned char *p, const unsigned char *end, struct file_head *h)
{
    if (end - p < 44 || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    size_t *counts[] = {&h->utc, &h->std, &h->leap, &h->times, &h->types, &h->chars};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        *counts[i] = big32(p + 20 + 4 * i);
        if (*counts[i] > FILE_LARGEST)
            return false;
    }
    return h->types != 0 && h->types <= TYPES_MAX;
}

static size_t body_size(const struct file_head *h, size_t time_size)
{
    return h->times * (time_size + 1) + h->types * 6 + h->chars + h->leap * (time_size + 4) + h->std + h->utc;
}

static struct zone *read_zone(const char *name, const unsigned char *p, const unsigned char *end)
{
    struct file_head h;
    if (!read_head(p, end, &h) || (size_t)(end - p) < 44 + body_size(&h, 4))
        return NULL;
    p += 44 + body_size(&h, 4);
    if (!read_head(p, end, &h) || (size_t)(end - p) < 44 + body_size(&h, 8))
        return NULL;
    p += 44;
    const unsigned char *index = p + h.times * 8, *types = index + h.times, *footer = p + body_size(&h, 8);
    struct zone *zone = zone_new(name, h.times + 2 * RULES_UNTIL);
    if (zone == NULL)
        return NULL;
    zone->offset[0] = (int32_t)big32(types);
    for (size_t i = 0; i < h.times; i++)
        add_change(zone, big64(p + 8 * i), (int32_t)big32(types + 6 * (index[i] < h.types ? index[i] : 0)));
    const unsigned char *newline =
        end - footer < 2 ? NULL : memchr(footer + 1, '\n', (size_t)(end - footer - 1));
    char text[128] = "";
    if (newline != NULL && (size_t)(newline - footer) < sizeof text) {
        memcpy(text, footer + 1, (size_t)(newline - footer - 1));
        add_rules(zone, text);
    }
    return zone;
}

static struct zone *load_zone(const char *name)
{
    char path[sizeof ZONE_FOLDER + NAME_MAX_LEN];
    snprintf(path, sizeof path, "%s%s", ZONE_FOLDER, name);
    FILE *file = fopen(path, "rbe");
    unsigned char *bytes = file == NULL ? NULL : malloc(FILE_LARGEST);
    struct zone *zone = NULL;
    if (bytes != NULL)
        zone = read_zone(name, bytes, bytes + fread(bytes, 1, FILE_LARGEST, file));
    free(bytes);
    if (file != NULL)
        fclose(file);
    return zone;
}

/* ---- what others see */

static bool name_is_safe(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t n = strlen(name);
    return n != 0 && n <= NAME_MAX_LEN && strspn(name, allowed) == n && name[0] != '/';
}

static const struct zone *find_loaded(const char *name)
{
    const struct zone *zone = atomic_load_explicit(&zones, memory_order_acquire);
    while (zone != NULL && strcmp(zone->name, name) != 0)
        zone = zone->next;
    return zone;
}

const struct zone *zone_find(const char *name)
{
    const struct zone *found = find_loaded(name);
    if (found != NULL || !name_is_safe(name))
        return found;
    pthread_mutex_lock(&loading);
    found = find_loaded(name);
    if (found == NULL) {
        struct zone *zone = load_zone(name);
        if (zone != NULL) {
            zone->next = atomic_load_explicit(&zones, memory_order_relaxed);
            atomic_store_explicit(&zones, zone, memory_order_release);
        }
        found = zone;
    }
    pthread_mutex_unlock(&loading);
    return found;
}

/* Index of the offset that holds at `utc`: how many changes lie at or before it. */
static size_t find_offset(const struct zone *zone, int64_t utc)
{
    size_t low = 0, high = zone->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t zone_offset(const struct zone *zone, int64_t utc)
{
    return zone->offset[find_offset(zone, utc)];
}

int64_t zone_day_begin(const struct zone *zone, int64_t local_midnight)
{
    /* No offset is a day and two hours or more. The last stretch of constant offset in which some time lies
     * before midnight decides. */
    int64_t begin = local_midnight - DAY - 7200, until = local_midnight + DAY + 7200;
    int64_t found = begin;
    for (size_t i = find_offset(zone, begin); begin <= until; i++) {
        int64_t end = i < zone->n ? zone->at[i] : INT64_MAX;
        int64_t midnight = local_midnight - zone->offset[i];
        if (midnight > end)
            midnight = end;
        if (midnight > begin)
            found = midnight;
        begin = end;
    }
    return found;
}
