/* API keys: who may do what.
 *
 * The keys file has a line `name role sha256hex` per key; `#` begins a comment. A loaded set never changes; each lane
 * holds its own and replaces it when the file did. */
#ifndef ORDERDECK_SERVICE_HTTP_AUTH_H
#define ORDERDECK_SERVICE_HTTP_AUTH_H

#include "shared/err.h"

#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_OPEN, ROLE_VIEWER, ROLE_OPERATOR, ROLE_SERVICE, ROLE_ADMIN };

const char *auth_role_name(enum role r);
bool auth_role_find(const char *name, enum role *ret) __attribute__((warn_unused_result));

#define KEY_NAME_MAX 64

struct key {
    char name[KEY_NAME_MAX + 1];
    enum role role;
    uint8_t digest[32];
};

struct keys {
    struct key *list;
    unsigned n;
    int64_t changed_ns;    /* change time of the file as it was read */
    int64_t size;
    uint64_t inode;
};

/* NULL: *ret_err has one line that names the file and the line in it. */
struct keys *keys_load(const char *path, struct err *ret_err) __attribute__((warn_unused_result));
void keys_free(struct keys *k); /* NULL is fine */
/* Has the file another change time, size or inode than when it was read? ret_changed_ns: its time now. */
bool keys_stale(const struct keys *k, const char *path, int64_t *ret_changed_ns);
/* The key whose digest is that of the token after `Bearer `; takes the same time wherever it stands. NULL: none. */
const struct key *keys_find(const struct keys *k, const char *authorization);

#endif
