#include "service/http/auth.h"

#include "shared/digest.h"
#include "shared/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define KEYS_MAX 10000
#define LOOK_NS INT64_C(1000000000) /* how often the file is looked at */

static const char *const role_names[] = {"open", "viewer", "operator", "service", "admin"};

const char *auth_role_name(enum role r)
{
    return role_names[r];
}

bool auth_role_find(const char *name, enum role *ret)
{
    for (int r = ROLE_VIEWER; r <= ROLE_ADMIN; r++) {
        if (strcmp(role_names[r], name) == 0) {
            *ret = (enum role)r;
            return true;
        }
    }
    return false;
}

/* One line without its comment. false: what is wrong with it. */
static bool key_read(char *line, struct key *ret, const char **ret_what)
{
    static const char space[] = " \t\r\n";
    char *rest = NULL;
    const char *name = strtok_r(line, space, &rest);
    const char *role = strtok_r(NULL, space, &rest);
    const char *hex = strtok_r(NULL, space, &rest);
    *ret = (struct key){.role = ROLE_OPEN};
    if (hex == NULL || strtok_r(NULL, space, &rest) != NULL) {
        *ret_what = "has not the form 'name role sha256'";
        return false;
    }
    if (strlen(name) > KEY_NAME_MAX) {
        *ret_what = "has a name of more than 64 bytes";
        return false;
    }
    memcpy(ret->name, name, strlen(name));
    if (!auth_role_find(role, &ret->role)) {
        *ret_what = "has a role that is none of viewer, operator, service, admin";
        return false;
    }
    if (strlen(hex) != 2 * SHA256_LEN || !digest_unhex(hex, ret->digest, SHA256_LEN)) {
        *ret_what = "has a digest that is not 64 hexadecimal digits";
        return false;
    }
    return true;
}

static bool keys_add(struct keys *k, const struct key *one)
{
    if (k->n == KEYS_MAX)
        return false;
    if ((k->n & (k->n - 1)) == 0) {
        struct key *grown = reallocarray(k->list, k->n == 0 ? 1 : 2 * (size_t)k->n, sizeof(*grown));
        if (grown == NULL)
            return false;
        k->list = grown;
    }
    k->list[k->n++] = *one;
    return true;
}

static bool keys_read(struct keys *k, FILE *f, const char *path, struct err *ret_err)
{
    char line[512];
    for (int number = 1; fgets(line, sizeof(line), f) != NULL; number++) {
        struct key one;
        const char *what;
        if (strchr(line, '\n') == NULL && !feof(f))
            return err_set(ret_err, ERR_UNAUTHORIZED, "line %d of the keys file '%s' is too long", number,
                           path);
        line[strcspn(line, "#")] = '\0';
        if (line[strspn(line, " \t\r\n")] == '\0')
            continue;
        if (!key_read(line, &one, &what))
            return err_set(ret_err, ERR_UNAUTHORIZED, "line %d of the keys file '%s' %s", number, path, what);
        if (!keys_add(k, &one))
            return err_set(ret_err, ERR_UNAUTHORIZED, "the keys file '%s' has too many keys", path);
    }
    if (ferror(f))
        return err_set(ret_err, ERR_UNAUTHORIZED, "cannot read the keys file '%s'", path);
    return true;
}

static int64_t change_time(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
}

struct keys *keys_load(const char *path, struct err *ret_err)
{
    struct keys *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        err_set(ret_err, ERR_UNAUTHORIZED, "out of memory");
        return NULL;
    }
    atomic_init(&k->references, 1);
    struct stat st;
    FILE *f = fopen(path, "re");
    if (f == NULL || fstat(fileno(f), &st) != 0) {
        err_set(ret_err, ERR_UNAUTHORIZED, "cannot open the keys file '%s': %s", path, strerror(errno));
        goto fail;
    }
    k->changed_ns = change_time(&st);
    k->size = st.st_size;
    k->inode = st.st_ino;
    if (!keys_read(k, f, path, ret_err))
        goto fail;
    fclose(f);
    return k;
fail:
    if (f != NULL)
        fclose(f);
    keys_drop(k);
    return NULL;
}

void keys_drop(struct keys *k)
{
    if (k == NULL || atomic_fetch_sub(&k->references, 1) > 1)
        return;
    free(k->list);
    free(k);
}

const struct key *keys_find(const struct keys *k, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    const char *token = authorization + sizeof(scheme) - 1;
    token += strspn(token, " ");
    uint8_t digest[SHA256_LEN];
    digest_sha256(token, strlen(token), digest);
    const struct key *found = NULL;
    for (unsigned i = 0; i < k->n; i++) {
        if (digest_equal(k->list[i].digest, digest, SHA256_LEN))
            found = &k->list[i];
    }
    return found;
}

/* ---- the ring ---- */

bool keyring_open(struct keyring *k, const char *path, struct err *ret_err)
{
    k->path = path;
    pthread_mutex_init(&k->lock, NULL);
    if (path[0] == '\0')
        return true;
    k->newest = keys_load(path, ret_err);
    atomic_store(&k->generation, 1);
    return k->newest != NULL;
}

void keyring_close(struct keyring *k)
{
    keys_drop(k->newest);
    k->newest = NULL;
    pthread_mutex_destroy(&k->lock);
}

/* Reads the file again if it has another change time, size or inode than when it was read. Under the lock. */
static void keyring_renew(struct keyring *k)
{
    struct stat st;
    struct err e;
    bool there = stat(k->path, &st) == 0;
    int64_t changed = there ? change_time(&st) : -1;
    if (there && changed == k->newest->changed_ns && st.st_size == k->newest->size &&
        st.st_ino == k->newest->inode)
        return;
    struct keys *fresh = keys_load(k->path, &e);
    if (fresh != NULL) {
        keys_drop(k->newest);
        k->newest = fresh;
        k->fault_ns = 0;
        atomic_fetch_add(&k->generation, 1);
        log_line(LOG_INFO, "the keys file was read again", LOG_I("keys", fresh->n));
    } else if (k->fault_ns != changed) {
        k->fault_ns = changed;
        log_line(LOG_ERROR, "the keys file cannot be used; the keys read before stay in force",
                 LOG_S("error", e.message));
    }
}

const struct keys *keyring_now(struct keyring *k, struct keys **held, uint64_t *held_generation,
                               int64_t now_ns)
{
    if (k->path[0] == '\0')
        return NULL;
    int64_t checked = atomic_load_explicit(&k->checked_ns, memory_order_relaxed);
    bool look =
        now_ns - checked >= LOOK_NS && atomic_compare_exchange_strong(&k->checked_ns, &checked, now_ns);
    if (!look && atomic_load(&k->generation) == *held_generation)
        return *held;
    pthread_mutex_lock(&k->lock);
    if (look)
        keyring_renew(k);
    if (*held != k->newest) {
        keys_drop(*held);
        *held = k->newest;
        atomic_fetch_add(&k->newest->references, 1);
    }
    *held_generation = atomic_load(&k->generation);
    pthread_mutex_unlock(&k->lock);
    return *held;
}
