#include "shared/conf_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* XDG Base Directory Specification 0.8: the variable, and what stands for it below the home. */
static const struct {
    const char *variable, *fallback;
} dirs[] = {
    [CONF_DIR_DATA] = {"XDG_DATA_HOME", ".local/share"},
    [CONF_DIR_STATE] = {"XDG_STATE_HOME", ".local/state"},
    [CONF_DIR_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
};

const char *conf_dir_variable(enum conf_dir dir)
{
    return dirs[dir].variable;
}

/* "All paths must be absolute"; others are ignored, says the specification. */
static bool absolute(const char *path)
{
    return path != NULL && path[0] == '/';
}

char *conf_dir_path(enum conf_dir dir, const char *home, const char *xdg, const char *name)
{
    char *path = NULL;
    int n = -1;
    if (absolute(xdg))
        n = asprintf(&path, "%s/orderdeck/%s", xdg, name);
    else if (absolute(home))
        n = asprintf(&path, "%s/%s/orderdeck/%s", home, dirs[dir].fallback, name);
    return n < 0 ? NULL : path;
}

/* Makes every folder above the last part, for the user alone. What fails shows when the file is opened. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

char *conf_path(enum conf_dir dir, const char *name, bool make)
{
    char *path = conf_dir_path(dir, getenv("HOME"), getenv(dirs[dir].variable), name);
    if (path != NULL && make)
        make_folders(path);
    return path;
}
