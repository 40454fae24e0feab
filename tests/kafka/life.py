"""Whole lives over Kafka: orders come in over REST, the warehouse's events drive them to completed.

Usage: life.py PORT_OF_BROKER PROGRAM DIR ORDERS BROKER_RESTART

The events of all orders are shuffled, each is sent twice, on the five topics and with the keys the warehouse uses. In
between the program is killed (-9) and started again, and the command BROKER_RESTART kills and restarts the broker. At
the end every order is completed, the orders' topic holds every event, each order's numbered without a gap, and no order
ever went back.
"""

import collections
import concurrent.futures
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition

STATUSES = ["received", "validated", "wave_assigned", "picking", "consolidated", "packed", "shipped", "completed"]
ORDER = {
    "customerId": "CUST-1",
    "items": [{"sku": "SKU-1", "quantity": 2, "price": {"amount": 29.99, "currency": "USD"}}],
    "shippingAddress": {"street": "1 Main St", "city": "New York", "state": "NY", "zipCode": "10001", "country": "US"},
}


def fail(text):
    sys.exit("life: " + text)


class Program:
    """The program under test, which may be killed and started again on its database and port."""

    def __init__(self, path, folder, broker):
        self.path, self.folder, self.broker = path, folder, broker
        self.port, self.process = 0, None

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        log_at = log.tell()
        self.process = subprocess.Popen(
            [self.path, "--headless", "--port", str(self.port),
             "--database-url", "sqlite:" + os.path.join(self.folder, "orders.sqlite")],
            env=dict(os.environ, KAFKA_BROKERS=self.broker, XDG_CONFIG_HOME=self.folder, XDG_STATE_HOME=self.folder),
            stdout=log, stderr=log)
        with open(os.path.join(self.folder, "pids"), "a") as f:
            f.write("%d\n" % self.process.pid)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with open(os.path.join(self.folder, "log"), "rb") as f:
                f.seek(log_at)
                for line in f:
                    if b'"msg":"ready"' in line:
                        self.port = int(json.loads(line)["url"].rsplit(":", 1)[1])
                        return
            if self.process.poll() is not None:
                fail("the program ended with status %d" % self.process.returncode)
            time.sleep(0.02)
        fail("the program did not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=60) != 0:
            fail("the program stopped with status %d" % self.process.returncode)

    def ask(self, method, path, body=None, connection=None):
        own = connection is None
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, json.dumps(body) if body is not None else None,
                           {"Content-Type": "application/json"} if body is not None else {})
        answer = connection.getresponse()
        text = answer.read()
        if own:
            connection.close()
        if answer.status >= 300:
            fail("%s %s: %d %s" % (method, path, answer.status, text.decode()))
        return json.loads(text)


def make_orders(program, n):
    def some(count):
        connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=60)
        ids = []
        for _ in range(count):
            order = program.ask("POST", "/api/v1/orders", ORDER, connection)["orderId"]
            program.ask("POST", "/api/v1/orders/%s/validate" % order, {}, connection)
            ids.append(order)
        connection.close()
        return ids

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return [i for part in pool.map(some, [n // 16 + (k < n % 16) for k in range(16)]) for i in part]


def event(kind, data):
    return {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/wms/test", "type": kind,
            "time": "2026-01-01T12:00:00Z", "datacontenttype": "application/json", "data": data}


def life_of(order, wave):
    """(topic, key, event) of one order, but for its wave's release, which names many."""
    yield "wms.waves.events", wave, event("wms.wave.order-added", {"waveId": wave, "orderId": order})
    yield "wms.picking.events", "T-" + order, event(
        "wms.picking.task-created", {"taskId": "T-" + order, "orderId": order, "waveId": wave, "itemCount": 2})
    yield "wms.picking.events", "T-" + order, event(
        "wms.picking.task-completed", {"taskId": "T-" + order, "orderId": order, "pickerId": "p", "totalItems": 2})
    yield "wms.consolidation.events", order, event(
        "wms.consolidation.completed", {"consolidationId": "C", "orderId": order, "totalConsolidated": 2})
    yield "wms.packing.events", "K-" + order, event(
        "wms.packing.task-completed", {"taskId": "K", "orderId": order, "packageId": "P"})
    yield "wms.shipping.events", "S-" + order, event(
        "wms.shipping.confirmed", {"shipmentId": "S", "orderId": order, "trackingNumber": "1Z", "carrier": "UPS"})
    yield "wms.shipping.events", "S-" + order, event("wms.shipping.delivered", {"shipmentId": "S", "orderId": order})


def lives(orders, chance):
    records = []
    for i in range(0, len(orders), 50):
        wave, members = "WAVE-%d" % (i // 50), orders[i:i + 50]
        for order in members:
            records += life_of(order, wave)
        records.append(("wms.waves.events", wave, event("wms.wave.released", {"waveId": wave, "orderIds": members})))
    records += records
    chance.shuffle(records)
    return records


class Sender:
    def __init__(self, broker):
        self.refused = 0
        self.producer = Producer({"bootstrap.servers": broker, "log_level": 0, "acks": "all", "linger.ms": 5,
                                  "message.timeout.ms": 120000})

    def report(self, error, _message):
        self.refused += error is not None

    def send(self, records, binary):
        """Every third one in the binary mode of the protocol binding."""
        for i, (topic, key, e) in enumerate(records):
            if binary and i % 3 == 0:
                value, headers = json.dumps(e["data"]), [("ce_" + k, str(v)) for k, v in e.items()
                                                         if k not in ("data", "datacontenttype")]
            else:
                value, headers = json.dumps(e), [("content-type", "application/json"), ("ce-type", e["type"])]
            while True:
                try:
                    self.producer.produce(topic, value, key, headers=headers, on_delivery=self.report)
                    break
                except BufferError:
                    self.producer.poll(0.1)
            self.producer.poll(0)

    def flush(self):
        if self.producer.flush(120) != 0 or self.refused:
            fail("the test's own records could not be sent")


def wait_completed(program, n):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        stats = program.ask("GET", "/api/v1/orders/stats")
        kafka = program.ask("GET", "/api/v1/status")["kafka"]
        if stats["byStatus"]["completed"]["count"] == n and stats["unsent"] == 0 and kafka["inbound"]["lag"] == 0:
            return kafka
        time.sleep(0.2)
    fail("not all completed: %s %s" % (json.dumps(stats["byStatus"]), json.dumps(kafka)))


def read_topic(broker, topic):
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "judge-" + str(uuid.uuid4()),
                         "enable.partition.eof": True, "enable.auto.commit": False})
    parts = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in parts])
    ended, records = 0, []
    while ended < len(parts):
        m = consumer.poll(30)
        if m is None:
            fail("the topic could not be read")
        if m.error():
            ended += 1
        else:
            records.append(json.loads(m.value()))
    consumer.close()
    return records


def judge(records, orders):
    """Deduplicated by id, each order's events are numbered 1, 2, 3 ... and never step back."""
    seen, by_order = set(), collections.defaultdict(list)
    for e in records:
        if e["id"] not in seen:
            seen.add(e["id"])
            by_order[e["subject"]].append(e)
    if set(by_order) != set(orders):
        fail("%d orders on the topic instead of %d" % (len(by_order), len(orders)))
    for order, events in by_order.items():
        if [e["orderversion"] for e in events] != list(range(1, len(events) + 1)):
            fail("%s: versions %s" % (order, [e["orderversion"] for e in events]))
        way = [STATUSES.index(e["data"]["status"]) for e in events]
        if way != sorted(way) or way[-1] != 7:
            fail("%s went %s" % (order, [e["data"]["status"] for e in events]))
    return len(seen)


def spoil(sender):
    """What no partition may be stopped by."""
    for topic in ("wms.waves.events", "wms.shipping.events"):
        for value in (b"garbage \xff\x00", b'{"specversion":"1.0","id":"1","sour', b"", json.dumps(
                event("wms.shipping.delivered", {"orderId": 17})).encode(), json.dumps(
                event("wms.wave.something-else", {})).encode()):
            sender.producer.produce(topic, value, "k", on_delivery=sender.report)


def main():
    broker, path, folder, n, restart_broker = "127.0.0.1:" + sys.argv[1], *sys.argv[2:4], int(sys.argv[4]), sys.argv[5]
    chance = random.Random(int(os.environ.get("LIFE_SEED", "20260101")))
    program, sender = Program(path, folder, broker), Sender(broker)
    program.start()
    began = time.monotonic()
    orders = make_orders(program, n)
    print("life: %d orders made in %.1f s" % (n, time.monotonic() - began), flush=True)
    records = lives(orders, chance)
    quarter = len(records) // 4
    began = time.monotonic()
    sender.send(records[:quarter], True)
    spoil(sender)
    sender.flush()
    program.kill()
    program.start()
    sender.send(records[quarter:2 * quarter], True)
    subprocess.check_call(["bash", "-c", restart_broker])
    sender.send(records[2 * quarter:3 * quarter], True)
    sender.flush()
    program.kill()
    sender.send(records[3 * quarter:], True)
    sender.flush()
    program.start()
    kafka = wait_completed(program, n)
    print("life: %d records in %.1f s, two kills, one broker restart" % (len(records), time.monotonic() - began),
          flush=True)
    events = judge(read_topic(broker, "wms.orders.events"), orders)
    letters = program.ask("GET", "/api/v1/dead-letters")["data"]
    codes = collections.Counter(d["code"] for d in letters)
    if codes != {"UNREADABLE": 6, "INVALID_EVENT": 2} or kafka["inbound"]["parked"] != 0:
        fail("dead letters %s, parked %d" % (dict(codes), kafka["inbound"]["parked"]))
    log = read_log(program)
    if log != events:
        fail("the log has %d events, the topic %d" % (log, events))
    picked = program.ask("GET", "/api/v1/orders/" + chance.choice(orders))["pickedItems"]
    if picked != 2:
        fail("picked items were counted %d instead of 2" % picked)
    program.stop()
    print("life: ok, %d events, dead letters %s" % (events, dict(codes)))


def read_log(program):
    n, after = 0, 0
    while True:
        page = program.ask("GET", "/api/v1/events?limit=1000&after=%d" % after)
        if not page["data"]:
            return n
        n += len(page["data"])
        after = page["nextAfter"]


if __name__ == "__main__":
    main()
