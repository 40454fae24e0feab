/* The settings file. */
#include "shared/conf.h"

#include "tests/fuzz/fuzz.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/orderdeck-fuzz-XXXXXX";
static char below[64], path[96];

static void remove_folder(void)
{
    unlink(path);
    rmdir(below);
    rmdir(folder);
}

static void make_folder(void)
{
    if (path[0] != '\0')
        return;
    MUST(mkdtemp(folder) != NULL);
    snprintf(below, sizeof below, "%s/orderdeck", folder);
    snprintf(path, sizeof path, "%s/orderdeck.conf", below);
    MUST(mkdir(below, 0700) == 0);
    atexit(remove_folder);
}

static void look_at(const struct conf *c)
{
    struct buf out = BUF_INIT(16 << 20);
    conf_print(c, &out);
    MUST(!out.failed);
    buf_clear(&out);
    conf_json(c, &out);
    fuzz_json(&out);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    make_folder();
    char variable[64], *environment[] = {variable, NULL}, program[] = "orderdeck", *argv[] = {program, NULL};
    struct conf conf;
    struct err err = {.message = ""};
    snprintf(variable, sizeof variable, "XDG_CONFIG_HOME=%s", folder);
    FILE *f = fopen(path, "wb");
    MUST(f != NULL && (n == 0 || fwrite(bytes, n, 1, f) == 1) && fclose(f) == 0);
    if (conf_read(&conf, 1, argv, environment, &err))
        look_at(&conf);
    else
        MUST(err.message[0] != '\0' && strchr(err.message, '\n') == NULL);
    conf_release(&conf);
    return 0;
}
