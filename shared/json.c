#include "shared/json.h"

#include "shared/arena.h"
#include "shared/decimal.h"
#include "shared/json_read.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A struct json is a cJSON item, as json_read makes it. */
struct json_doc {
    struct arena arena; /* the whole tree, which begins in `room` */
    const cJSON *root;
    _Alignas(16) unsigned char room[4096];
    char texts[];
};

/* cJSON asks for memory item by item, which costs more than the parsing. Here it all comes from the arena of the
 * document that this thread is parsing, and goes with it. */
static _Thread_local struct arena *tree_arena;

static void *tree_alloc(size_t n)
{
    return arena_take(tree_arena, n);
}

static void tree_free(void *p)
{
    (void)p;
}

static void set_hooks(void)
{
    cJSON_Hooks hooks = {.malloc_fn = tree_alloc, .free_fn = tree_free};
    cJSON_InitHooks(&hooks);
}

static const cJSON *item(const struct json *v)
{
    return (const cJSON *)v;
}

static const struct json *value(const cJSON *i)
{
    return (const struct json *)i;
}

struct json_doc *json_parse(const char *text, size_t n, struct json_fault *ret_fault)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (n > INT_MAX / 2) {
        *ret_fault = (struct json_fault){.what = "too long"};
        return NULL;
    }
    struct json_doc *doc = malloc(sizeof *doc + n + 1);
    if (doc == NULL) {
        *ret_fault = (struct json_fault){.what = "out of memory"};
        return NULL;
    }
    pthread_once(&once, set_hooks);
    /* an item of 64 bytes takes at least two of the text */
    arena_init_in(&doc->arena, 32 * n + sizeof doc->room, doc->room, sizeof doc->room);
    tree_arena = &doc->arena;
    doc->root = json_read(text, n, doc->texts, ret_fault);
    tree_arena = NULL;
    if (doc->root == NULL) {
        json_free(doc);
        doc = NULL;
    }
    return doc;
}

void json_free(struct json_doc *doc)
{
    if (doc == NULL)
        return;
    arena_release(&doc->arena);
    free(doc);
}

const struct json *json_root(const struct json_doc *doc)
{
    return value(doc->root);
}

enum json_kind json_kind(const struct json *v)
{
    switch (item(v)->type & 0xff) {
    case cJSON_True:
    case cJSON_False: return JSON_BOOL;
    case cJSON_Number: return JSON_NUMBER;
    case cJSON_String: return JSON_STRING;
    case cJSON_Array: return JSON_ARRAY;
    case cJSON_Object: return JSON_OBJECT;
    default: return JSON_NULL;
    }
}

static bool is(const struct json *v, enum json_kind kind)
{
    return v != NULL && json_kind(v) == kind;
}

const struct json *json_get(const struct json *v, const char *name)
{
    const cJSON *member = is(v, JSON_OBJECT) ? item(v)->child : NULL;
    while (member != NULL && (member->string[0] != name[0] || strcmp(member->string, name) != 0))
        member = member->next;
    return value(member);
}

size_t json_size(const struct json *v)
{
    return is(v, JSON_ARRAY) || is(v, JSON_OBJECT) ? (size_t)item(v)->valueint : 0;
}

const struct json *json_first(const struct json *v)
{
    return v == NULL ? NULL : value(item(v)->child);
}

const struct json *json_next(const struct json *v)
{
    return v == NULL ? NULL : value(item(v)->next);
}

const char *json_name(const struct json *v)
{
    return v == NULL ? NULL : item(v)->string;
}

const char *json_string(const struct json *v)
{
    return is(v, JSON_STRING) ? item(v)->valuestring : NULL;
}

const char *json_number(const struct json_doc *doc, const struct json *v)
{
    return is(v, JSON_NUMBER) ? doc->texts + item(v)->valueint : NULL;
}

bool json_true(const struct json *v)
{
    return v != NULL && cJSON_IsTrue(item(v));
}

bool json_int(const struct json_doc *doc, const struct json *v, int64_t *ret)
{
    const char *number = json_number(doc, v);
    return number != NULL && decimal_read(number, 0, ret, NULL) == DECIMAL_OK;
}

/* Elements or members with their commas. */
static void add_children(struct buf *b, const struct json_doc *doc, const struct json *v)
{
    for (const struct json *child = json_first(v); child != NULL; child = json_next(child)) {
        if (json_name(child) != NULL) {
            json_add_string(b, json_name(child));
            buf_addc(b, ':');
        }
        json_add_value(b, doc, child);
        if (json_next(child) != NULL)
            buf_addc(b, ',');
    }
}

void json_add_value(struct buf *b, const struct json_doc *doc, const struct json *v)
{
    switch (json_kind(v)) {
    case JSON_NULL: buf_adds(b, "null"); break;
    case JSON_BOOL: buf_adds(b, json_true(v) ? "true" : "false"); break;
    case JSON_NUMBER: buf_adds(b, json_number(doc, v)); break;
    case JSON_STRING: json_add_string(b, json_string(v)); break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        buf_addc(b, json_kind(v) == JSON_ARRAY ? '[' : '{');
        add_children(b, doc, v);
        buf_addc(b, json_kind(v) == JSON_ARRAY ? ']' : '}');
        break;
    }
}
