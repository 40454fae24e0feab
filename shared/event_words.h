/* The types of events: their words, which are public and stored by their number, so that the list grows at its end. */
#ifndef ORDERDECK_SHARED_EVENT_WORDS_H
#define ORDERDECK_SHARED_EVENT_WORDS_H

/* clang-format off */
/* EVENT(ID, type, sentence); the members of `data` are the tables of service/order/event_data.c. */
#define EVENT_TYPES(EVENT)                                                                                      \
    EVENT(RECEIVED, "wms.order.received", "an order was taken in")                                              \
    EVENT(VALIDATED, "wms.order.validated", "an order passed its checks")                                       \
    EVENT(VALIDATION_FAILED, "wms.order.validation-failed", "an order failed its checks and stays received")    \
    EVENT(WAVE_ASSIGNED, "wms.order.wave-assigned", "an order was put into a wave")                             \
    EVENT(WAVE_UNASSIGNED, "wms.order.wave-unassigned", "an order was taken out of its wave")                   \
    EVENT(PICKING_STARTED, "wms.order.picking-started", "picking of an order has begun")                        \
    EVENT(PICKING_COMPLETED, "wms.order.picking-completed", "picked items were reported")                       \
    EVENT(CONSOLIDATED, "wms.order.consolidated", "the picked items are together")                              \
    EVENT(PACKED, "wms.order.packed", "the parcel is closed")                                                   \
    EVENT(SHIPPED, "wms.order.shipped", "the carrier has the parcel")                                           \
    EVENT(COMPLETED, "wms.order.completed", "the customer has the parcel")                                      \
    EVENT(CANCELLED, "wms.order.cancelled", "an order was called off")                                          \
    EVENT(HOLD_PLACED, "wms.order.hold-placed", "an order was stopped")                                         \
    EVENT(HOLD_RELEASED, "wms.order.hold-released", "an order may move on")

enum event_type {
#define EVENT(id, type, sentence) EVENT_##id,
    EVENT_TYPES(EVENT)
#undef EVENT
    EVENT_TYPE_COUNT
};
/* clang-format on */

#endif
