/* Countries and their postal codes. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_ORDER_COUNTRY_H
#define ORDERDECK_SERVICE_ORDER_COUNTRY_H

#include <stdbool.h>

/* Is this an assigned ISO 3166-1 alpha-2 code (exact upper case)? */
bool country_known(const char *alpha2);

/* Has the postal code the form of its country? True where no form is known; on false *ret_example is a
 * right one. */
bool country_has_postal_code(const char *alpha2, const char *code, const char **ret_example)
    __attribute__((warn_unused_result));

#endif
