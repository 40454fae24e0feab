/* The part of the fake service that is about Kafka: GET /status, dead letters, the parked relay. */
#ifndef ORDERDECK_TESTS_SUPPORT_FAKE_KAFKA_H
#define ORDERDECK_TESTS_SUPPORT_FAKE_KAFKA_H

#include "shared/api.h"
#include "shared/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define FAKE_LETTERS 300

struct fake_letter {
    int id, code; /* code: row of a table of the fake's */
    bool good;    /* it can be applied by now */
};

struct fake_kafka {
    bool used, away, barred, parked, hostile, unreadable; /* unreadable: its dead letters */
    bool unheard;                                         /* some partitions: their lag is not known yet */
    int64_t unsent, lag, now;
    struct fake_letter letters[FAKE_LETTERS]; /* oldest first */
    int n, last_id;
    char skipped[120]; /* the reason given */
};

/* So many letters more: every third can be applied, every fifth is binary. */
void fake_kafka_letters(struct fake_kafka *k, int n);
/* One byte of fake_api's control; false: it is none of Kafka's. */
bool fake_kafka_happen(struct fake_kafka *k, char what);
/* The members kafka and facts of GET /status, from a comma on. */
void fake_kafka_status(const struct fake_kafka *k, struct buf *out);
/* Answers what is about dead letters and the relay: HTTP status. `order`: an order that letters are about. */
int fake_kafka_answer(struct fake_kafka *k, const struct api_request *q, const char *order, struct buf *out);

#endif
