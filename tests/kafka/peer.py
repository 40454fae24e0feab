#!/usr/bin/env python3
"""What broker_test.sh asks of others: clients of the service, and consumers that know nothing of it.

    peer.py load URL SECONDS RATE        creates and validates orders; fails when any request does
    peer.py check URL TOPIC < KCAT-JSON  every event of the log is on the topic, in order; records by kcat -J
    peer.py sdk BROKER TOPIC LEAST       reads the topic with the official CloudEvents SDK (needs its packages)
"""
import http.client
import json
import sys
import threading
import time
from urllib.parse import urlparse

ORDER = {
    "customerId": "CUST-001",
    "items": [{"sku": "SKU-001", "productName": "Widget \u00e9", "quantity": 2,
               "price": {"amount": 29.99, "currency": "USD"}}],
    "shippingAddress": {"street": "1 Main St", "city": "New York", "state": "NY", "zipCode": "10001", "country": "US"},
}
THREADS = 8


def connect(url):
    at = urlparse(url)
    return http.client.HTTPConnection(at.hostname, at.port, timeout=30)


def ask(connection, method, path, body=None):
    began = time.monotonic()
    connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text), time.monotonic() - began


def load(url, seconds, rate):
    """An order is created and validated by each thread in turn, at a steady pace, so that a stall shows as a failure."""
    seconds, rate, faults, took = float(seconds), float(rate), [], []
    end = time.monotonic() + seconds

    def work():
        connection = connect(url)
        due = time.monotonic()
        while time.monotonic() < end:
            try:
                status, order, a = ask(connection, "POST", "/api/v1/orders", ORDER)
                if status != 201:
                    faults.append((status, order))
                    continue
                status, order, b = ask(connection, "PUT", "/api/v1/orders/%s/validate" % order["orderId"], {})
                if status != 200:
                    faults.append((status, order))
                took.extend((a, b))
            except (OSError, http.client.HTTPException) as e:
                faults.append((0, repr(e)))
                connection = connect(url)
            due += THREADS / rate
            time.sleep(max(0.0, due - time.monotonic()))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    took.sort()
    print("%d requests, %d failed, p50 %.1f ms, p99 %.1f ms, longest %.0f ms" % (
        len(took), len(faults), took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3, took[-1] * 1e3))
    for fault in faults[:3]:
        print("failed:", fault)
    return not faults and len(took) > 0


def log_of(url):
    connection, after, events = connect(url), 0, []
    while True:
        status, page, _ = ask(connection, "GET", "/api/v1/events?limit=200&after=%d" % after)
        assert status == 200, page
        if not page["data"]:
            return events
        events.extend(page["data"])
        after = page["nextAfter"]


def sent_log(url, left_out):
    """The log, once all of it is marked as sent: the marks follow the acknowledgements."""
    end = time.monotonic() + 30
    while True:
        entries = [e for e in log_of(url) if str(e["position"]) not in left_out.split(",")]
        if all(e["sentAt"] is not None for e in entries) or time.monotonic() > end:
            return entries
        time.sleep(0.05)


def check(url, topic, left_out=""):
    records = [json.loads(line) for line in sys.stdin if line.strip()]
    entries = sent_log(url, left_out)
    seen, last, places, faults = {}, {}, {}, []
    for r in records:
        event = json.loads(r["payload"])
        if r["topic"] != topic or r["key"] != event["subject"]:
            faults.append("key %s of %s" % (r["key"], event["subject"]))
        if places.setdefault(r["key"], r["partition"]) != r["partition"]:
            faults.append("key %s is on two partitions" % r["key"])
        if event["id"] in seen:
            continue
        seen[event["id"]] = event
        before = last.get(r["key"], 0)
        if event["orderversion"] != before + 1:
            faults.append("%s: version %d after %d" % (r["key"], event["orderversion"], before))
        last[r["key"]] = event["orderversion"]
    for e in entries:
        if e["sentAt"] is None:
            faults.append("position %d is not marked as sent" % e["position"])
        if seen.get(e["event"]["id"]) != e["event"]:
            faults.append("position %d is not on the topic as it is in the log" % e["position"])
    print("%d events in the log, %d records, %d repeats, %d orders on %d partitions" % (
        len(entries), len(records), len(records) - len(seen), len(last), len(set(places.values()))))
    for fault in faults[:5]:
        print("fault:", fault)
    return not faults and len(entries) > 0


def sdk(broker, topic, least):
    from cloudevents.kafka import KafkaMessage, from_structured
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "sdk", "auto.offset.reset": "earliest",
                         "enable.auto.commit": False})
    consumer.subscribe([topic])
    n, kinds, quiet = 0, set(), time.monotonic() + 30
    while n < int(least) and time.monotonic() < quiet:
        m = consumer.poll(1.0)
        if m is None or m.error():
            continue
        headers = dict(m.headers())
        assert headers["content-type"] == b"application/cloudevents+json; charset=utf-8", headers
        event = from_structured(KafkaMessage(headers=headers, key=m.key(), value=m.value()))
        attributes = event.get_attributes()
        assert attributes["specversion"] == "1.0" and attributes["source"] == "/wms/order-service", attributes
        assert attributes["subject"].encode() == m.key() and attributes["type"].startswith("wms.order."), attributes
        assert event.data["orderId"] == attributes["subject"] and event.data["version"] == attributes["orderversion"]
        n += 1
        kinds.add(attributes["type"])
    consumer.close()
    print("%d events decoded by the CloudEvents SDK: %s" % (n, ", ".join(sorted(kinds))))
    return n >= int(least)


if __name__ == "__main__":
    commands = {"load": load, "check": check, "sdk": sdk}
    sys.exit(0 if commands[sys.argv[1]](*sys.argv[2:]) else 1)
