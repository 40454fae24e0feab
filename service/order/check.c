#include "service/order/check.h"

#include "shared/json.h"

#include <string.h>

/* Free text of spaces alone names no street. */
static bool is_blank(const char *text)
{
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static void check_address(const struct json *address, struct arena *a, struct faults *faults)
{
    static const char *const pointers[] = {"/shippingAddress/street", "/shippingAddress/city",
                                           "/shippingAddress/zipCode", "/shippingAddress/country"};
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        if (is_blank(json_string(json_get(address, strrchr(pointers[i], '/') + 1))))
            faults_add(faults, a, pointers[i], "is needed to deliver");

    const char *country = json_string(json_get(address, "country"));
    const char *code = json_string(json_get(address, "zipCode"));
    const char *example;
    if (is_blank(country))
        return;
    if (!country_known(country))
        faults_add(faults, a, "/shippingAddress/country", "is not a country code of ISO 3166-1");
    else if (!is_blank(code) && !country_has_postal_code(country, code, &example))
        faults_add(faults, a, "/shippingAddress/zipCode", "does not have the form of %s, such as %s", country,
                   example);
}

bool check_order(const struct order *o, struct arena *a, struct faults *faults)
{
    struct json_fault fault; /* the service wrote the document, so memory is all that can be missing */
    struct json_doc *doc = json_parse(o->doc, o->doc_len, &fault);
    if (!doc)
        return false;
    check_address(json_get(json_root(doc), "shippingAddress"), a, faults);
    json_free(doc);
    if (o->promised_at < o->created_at)
        faults_add(faults, a, "/promisedDeliveryAt", "lies before the order's creation");
    return true;
}
