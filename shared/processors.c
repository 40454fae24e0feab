#include "shared/processors.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 4096

/* A tree of control groups that limits processors, of version 1 or 2, as it is mounted somewhere. */
struct tree {
    bool old;             /* version 1 */
    char top[PATH_ROOM];  /* the group that is seen at the mount; "" for the whole tree's */
    char path[PATH_ROOM]; /* of the mount */
};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static FILE *open_under(const char *root, const char *path, const char *name)
{
    char whole[3 * PATH_ROOM];
    snprintf(whole, sizeof whole, "%s%s%s", root, path, name);
    return fopen(whole, "re");
}

/* Is the word one of the list, which has commas? */
static bool lists(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (; list != NULL; list = strchr(list, ',')) {
        list += *list == ',';
        if (strncmp(list, word, n) == 0 && (list[n] == '\0' || list[n] == ','))
            return true;
    }
    return false;
}

/* ---- where the group is ---- */

/* The path of our group within the tree: the line "ID:CONTROLLERS:PATH", of version 2 "0::PATH". */
static bool read_group(const char *root, bool old, char *path, size_t room)
{
    FILE *f = open_under(root, "/proc/self/cgroup", "");
    char line[PATH_ROOM];
    bool found = false;
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':'), *group = list != NULL ? strchr(++list, ':') : NULL;
        if (group == NULL)
            continue;
        *group++ = '\0';
        found = old ? lists(list, "cpu") : *list == '\0';
        if (found)
            snprintf(path, room, "%s", group);
    }
    if (f != NULL)
        fclose(f);
    return found;
}

/* Blanks and the like are written as \040 in the table of mounts. */
static void unescape(char *text)
{
    char *to = text;
    while (*text != '\0') {
        bool escaped = *text == '\\' && strspn(text + 1, "01234567") >= 3;
        *to++ = escaped ? (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + text[3] - '0') : *text;
        text += escaped ? 4 : 1;
    }
    *to = '\0';
}

/* A line of the table of mounts: "ID PARENT DEVICE TOP PATH OPTIONS [FIELD...] - TYPE SOURCE OPTIONS". */
static bool read_tree(const char *line, struct tree *ret)
{
    char type[16], options[512];
    const char *rest = strstr(line, " - ");
    if (rest == NULL || sscanf(rest, " - %15s %*s %511s", type, options) != 2 ||
        sscanf(line, "%*s %*s %*s %4095s %4095s", ret->top, ret->path) != 2)
        return false;
    ret->old = strcmp(type, "cgroup") == 0;
    unescape(ret->top);
    unescape(ret->path);
    if (strcmp(ret->top, "/") == 0)
        ret->top[0] = '\0';
    return ret->old ? lists(options, "cpu") : strcmp(type, "cgroup2") == 0;
}

/* Is our group in what is seen at the mount? A container sees its own there, whatever it is called outside. */
static bool holds(const struct tree *t, const char *group)
{
    size_t n = strlen(t->top);
    return strncmp(group, t->top, n) == 0 && (group[n] == '/' || group[n] == '\0');
}

/* ---- quotas ---- */

/* Up to two numbers of a file: the first, and what is behind it. */
static void read_numbers(const char *root, const char *path, const char *name, long long ret[2])
{
    char line[64] = "", *end;
    FILE *f = open_under(root, path, name);
    ret[0] = ret[1] = 0;
    if (f == NULL)
        return;
    if (fgets(line, sizeof line, f) != NULL) {
        ret[0] = strtoll(line, &end, 10);
        ret[1] = strtoll(end, NULL, 10);
    }
    fclose(f);
}

/* Of one group, in microseconds: "QUOTA PERIOD", or "max PERIOD"; in version 1 two files, the quota -1 for none. */
static int read_quota(const char *root, const char *path, bool old, int most)
{
    long long quota[2], period[2];
    read_numbers(root, path, old ? "/cpu.cfs_quota_us" : "/cpu.max", quota);
    if (old) {
        read_numbers(root, path, "/cpu.cfs_period_us", period);
        quota[1] = period[0];
    }
    if (quota[0] <= 0 || quota[1] <= 0 || quota[0] / quota[1] >= most)
        return most;
    return (int)(quota[0] / quota[1]) + (quota[0] % quota[1] != 0);
}

/* From the group below the mount up to the mount. */
static int tree_quota(const char *root, const struct tree *t, const char *group, int most)
{
    char path[2 * PATH_ROOM];
    snprintf(path, sizeof path, "%s%s", t->path, group);
    size_t top = strlen(t->path);
    for (char *end = path + strlen(path); end != NULL && end >= path + top; end = strrchr(path, '/')) {
        *end = '\0';
        most = smaller(most, read_quota(root, path, t->old, most));
    }
    return most;
}

/* Of the mounts of one version: those that hold our group, or else, in a container, all. *ret_held: there was one that
 * does. */
static int mounts_quota(const char *root, bool old, const char *group, bool all, int most, bool *ret_held)
{
    FILE *f = open_under(root, "/proc/self/mountinfo", "");
    char *line = NULL;
    size_t room = 0;
    struct tree t;
    *ret_held = false;
    while (f != NULL && getline(&line, &room, f) > 0) {
        if (!read_tree(line, &t) || t.old != old)
            continue;
        bool held = holds(&t, group);
        if (held || all)
            most = tree_quota(root, &t, held ? group + strlen(t.top) : "", most);
        *ret_held = *ret_held || held;
    }
    free(line);
    if (f != NULL)
        fclose(f);
    return most;
}

int processors_quota(const char *root, int most)
{
    for (int old = 0; old < 2; old++) {
        char group[PATH_ROOM];
        bool held;
        if (!read_group(root, old, group, sizeof group))
            continue;
        most = mounts_quota(root, old, group, false, most, &held);
        if (!held)
            most = mounts_quota(root, old, group, true, most, &held);
    }
    return most;
}

int processors_usable(void)
{
    cpu_set_t set;
    int n =
        sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    n = processors_quota("", n);
    return n > 0 ? n : 1;
}
