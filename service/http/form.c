/* Forms: responses of libmicrohttpd that are kept and filled in again.
 *
 * The library copies the name and the value of each field of a response, and frees them with it, which costs as much as
 * reading the order. A response's length is fixed, its fields are not: so a lane keeps one for each usual length, with
 * room for a body, and only the fields that are not as they were in its last answer are replaced. A form serves one
 * answer at a time: it is away from form_send to form_return. */
#include "service/http/server.h"

#include <stdlib.h>
#include <string.h>

#define FORM_MAX 4096 /* bytes of a body */
#define FORM_FIELDS 8
#define FORM_VALUE 48 /* with its NUL */

struct form {
    struct MHD_Response *response;
    size_t n_fields;
    struct {
        const char *name;
        char value[FORM_VALUE];
    } fields[FORM_FIELDS]; /* those of the response, in order */
    size_t n;
    char body[];
};

static void form_free(struct form *f)
{
    if (f == NULL)
        return;
    if (f->response != NULL)
        MHD_destroy_response(f->response);
    free(f);
}

static struct form *form_new(size_t n)
{
    struct form *f = malloc(sizeof(*f) + n);
    if (f == NULL)
        return NULL;
    f->n = n;
    f->n_fields = 0;
    f->response = MHD_create_response_from_buffer(n, f->body, MHD_RESPMEM_PERSISTENT);
    if (f->response != NULL)
        return f;
    form_free(f);
    return NULL;
}

static struct form **place_of(struct lane *l, size_t n)
{
    return &l->forms[n % FORMS];
}

/* One for bodies of n bytes; NULL: no memory. */
static struct form *form_take(struct lane *l, size_t n)
{
    struct form **at = place_of(l, n), *f = *at;
    if (f == NULL || f->n != n)
        return form_new(n);
    *at = NULL;
    return f;
}

void form_return(struct lane *l, struct form *f)
{
    struct form **at = place_of(l, f->n);
    form_free(*at); /* another one was made meanwhile, or has its place */
    *at = f;
}

void forms_free(struct lane *l)
{
    for (size_t i = 0; i < FORMS; i++) {
        form_free(l->forms[i]);
        l->forms[i] = NULL;
    }
}

/* How many fields, from the first on, it has as they are wanted. */
static size_t form_same(const struct form *f, const struct fields *wanted)
{
    size_t i = 0;
    while (i < f->n_fields && i < wanted->n && f->fields[i].name == wanted->at[i].name &&
           strcmp(f->fields[i].value, wanted->at[i].value) == 0)
        i++;
    return i;
}

/* From the first difference on, so that the order is kept. false: it cannot be used any more. */
static bool form_fill(struct form *f, const struct fields *wanted)
{
    size_t same = form_same(f, wanted);
    while (f->n_fields > same) {
        f->n_fields--;
        if (MHD_del_response_header(f->response, f->fields[f->n_fields].name, f->fields[f->n_fields].value) !=
            MHD_YES)
            return false;
    }
    for (size_t i = same; i < wanted->n; i++) {
        if (MHD_add_response_header(f->response, wanted->at[i].name, wanted->at[i].value) != MHD_YES)
            return false;
        f->fields[i].name = wanted->at[i].name;
        memcpy(f->fields[i].value, wanted->at[i].value, strlen(wanted->at[i].value) + 1);
        f->n_fields++;
    }
    return true;
}

static bool form_fits(const struct request *r, size_t n, const struct fields *wanted)
{
    bool fits = n <= FORM_MAX && wanted->n <= FORM_FIELDS;
    fits = fits && !r->close; /* the library has rules of its own for the field Connection */
    for (size_t i = 0; fits && i < wanted->n; i++)
        fits = strlen(wanted->at[i].value) < FORM_VALUE;
    return fits;
}

struct MHD_Response *form_send(struct request *r, const char *body, size_t n, const struct fields *wanted)
{
    struct form *f = form_fits(r, n, wanted) ? form_take(r->lane, n) : NULL;
    if (f == NULL)
        return NULL;
    if (!form_fill(f, wanted)) {
        form_free(f);
        return NULL;
    }
    memcpy(f->body, body, n);
    r->form = f;
    return f->response;
}
