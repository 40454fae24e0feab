/* main of the fuzz targets where libFuzzer is not: runs the target over no bytes and over each file of the folders named. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>

static void replay_file(const char *folder, const char *name)
{
    char path[1024];
    static uint8_t bytes[1 << 20];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    MUST(f != NULL);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    MUST(ferror(f) == 0 && n < sizeof bytes);
    fclose(f);
    fprintf(stderr, "%s\n", name);
    LLVMFuzzerTestOneInput(bytes, n);
}

int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        MUST(folder != NULL);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            if (entry->d_name[0] != '.')
                replay_file(argv[i], entry->d_name);
        }
        closedir(folder);
    }
    return 0;
}
