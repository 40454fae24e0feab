#include "shared/processors.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 4096

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* The path of the group within the tree: the line "0::PATH". */
static bool read_group(const char *membership, char *path, size_t room)
{
    FILE *f = fopen(membership, "re");
    char line[PATH_ROOM];
    bool found = false;
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        found = strncmp(line, "0::/", 4) == 0;
        line[strcspn(line, "\n")] = '\0';
        if (found)
            snprintf(path, room, "%s", line + 3);
    }
    if (f != NULL)
        fclose(f);
    return found;
}

/* Of one group: "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static int read_quota(const char *mount, const char *path, int most)
{
    char name[2 * PATH_ROOM], line[64] = "", *end;
    snprintf(name, sizeof name, "%s%s/cpu.max", mount, path);
    FILE *f = fopen(name, "re");
    if (f == NULL)
        return most;
    bool there = fgets(line, sizeof line, f) != NULL;
    fclose(f);
    long long quota = strtoll(line, &end, 10), period = strtoll(end, NULL, 10); /* "max": 0 */
    if (!there || quota <= 0 || period <= 0 || quota / period >= most)
        return most;
    return (int)(quota / period) + (quota % period != 0);
}

int processors_quota(const char *membership, const char *mount, int most)
{
    char path[PATH_ROOM];
    if (!read_group(membership, path, sizeof path))
        return most;
    for (char *end = path + strlen(path); end != NULL; end = strrchr(path, '/')) {
        *end = '\0';
        most = smaller(most, read_quota(mount, path, most));
    }
    return most;
}

int processors_usable(void)
{
    cpu_set_t set;
    int n =
        sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    n = processors_quota("/proc/self/cgroup", "/sys/fs/cgroup", n);
    return n > 0 ? n : 1;
}
