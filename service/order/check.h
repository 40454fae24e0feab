/* The sense checks of `validate`: one fault per finding. Pure, thread-safe. */
#ifndef ORDERDECK_SERVICE_ORDER_CHECK_H
#define ORDERDECK_SERVICE_ORDER_CHECK_H

#include "service/order/country.h"
#include "service/order/decide.h"

/* Adds a fault for each thing about the order that makes no sense: street, city and zip code present,
 * country assigned in ISO 3166-1, postal code in its country's form where known, promise not before
 * creation. Pointers are into the order as answered ("/shippingAddress/zipCode"). false: out of memory. */
bool check_order(const struct order *o, struct arena *a, struct faults *faults)
    __attribute__((warn_unused_result));

#endif
