/* API keys: who may do what.
 *
 * The keys file has a line `name role sha256hex` per key; `#` begins a comment. A loaded set never changes. The ring
 * holds the newest good one; each lane keeps a reference and changes it when the ring did, so that looking a key up
 * takes no lock. */
#ifndef ORDERDECK_SERVICE_HTTP_AUTH_H
#define ORDERDECK_SERVICE_HTTP_AUTH_H

#include "shared/err.h"

#include <pthread.h>
#include <stdatomic.h>
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
    _Atomic int references;
    struct key *list;
    unsigned n;
    int64_t changed_ns; /* change time of the file as it was read */
    int64_t size;
    uint64_t inode;
};

/* NULL: *ret_err has one line that names the file and the line in it. */
struct keys *keys_load(const char *path, struct err *ret_err) __attribute__((warn_unused_result));
void keys_drop(struct keys *k); /* gives a reference back; NULL is fine */
/* The key whose digest is that of the token after `Bearer `; takes the same time wherever it stands. NULL: none. */
const struct key *keys_find(const struct keys *k, const char *authorization);

struct keyring {
    const char *path; /* "" : no keys, everybody may do everything */
    _Atomic uint64_t generation;
    _Atomic int64_t checked_ns;
    pthread_mutex_t lock;
    struct keys *newest;
    int64_t fault_ns; /* change time of the broken file that was logged, 0: none */
};

/* false: the file cannot be used. path must outlive the ring. */
bool keyring_open(struct keyring *k, const char *path, struct err *ret_err)
    __attribute__((warn_unused_result));
void keyring_close(struct keyring *k);
/* Brings the caller's own reference (*held, of *held_generation) up to date. The file is looked at once a second at
 * most; while it is broken the last good set stays, and the log says so once. Any thread. */
const struct keys *keyring_now(struct keyring *k, struct keys **held, uint64_t *held_generation,
                               int64_t now_ns);

#endif
