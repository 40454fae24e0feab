"""The bench. Each claim is a ratio of two sides measured in turn (A B A B ...) in the same run, and the median of the
rounds counts, so that what else the machine does hits both; a round in which others did much is done again."""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import bodies
import console
import pages
import relay
from process import HERE, Bench, Load, remove_database
from quiet import Rounds
from report import Report

MILLION = 1_000_000
FEW = 10_000
THOUSAND = 1000
STORED = 100_000  # orders that GETs choose from, and whose events are the relay's backlog
MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs")


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(base, "orderdeck-bench")
    os.makedirs(folder, exist_ok=True)
    kind = subprocess.check_output(["stat", "-f", "-c", "%T", folder], text=True).strip()
    if kind in MEMORY_FILE_SYSTEMS:
        raise SystemExit(f"bench: {folder} is on {kind}; syncs cost nothing there, so nothing would be measured")
    return folder


# ---- seeded databases, kept from run to run


def seed_key():
    """Another schema, row or seed makes another database."""
    top = os.path.join(HERE, "..", "..")
    key = hashlib.sha256()
    for name in ("service/store/sqlite_schema.c", "service/store/sqlite_row.c", "service/order/order_json_write.c"):
        with open(os.path.join(top, name), "rb") as f:
            key.update(f.read())
    for name in ("seed.c", "rows.h", "bodies.py"):
        with open(os.path.join(HERE, name), "rb") as f:
            key.update(f.read())
    return key.hexdigest()[:12]


def seeded(bench, count):
    """Paths of a database with `count` orders and of a file of their ids; neither may be written."""
    folder = cache_folder()
    path = os.path.join(folder, f"orders-{count}-{seed_key()}.sqlite")
    ids = path + ".ids"
    if not os.path.exists(path):
        for old in os.listdir(folder):
            if old.startswith(f"orders-{count}-"):
                os.remove(os.path.join(folder, old))
        note(f"seeding {count} orders into {path}")
        seed = os.path.join(bench.build, "tests", "bench_seed")
        made = bench.new_database()
        subprocess.run([seed, made, bench.bodies, str(count), ids], check=True)
        os.replace(made, path)
    return path, ids


@contextlib.contextmanager
def copy_of(bench, count):
    path = bench.new_database()
    shutil.copyfile(seeded(bench, count)[0], path)
    os.sync()
    try:
        yield path
    finally:
        remove_database(path)


# ---- the parts


def creates(bench, report, rounds, seconds):
    """Creations against single commits and against the store alone; many clients against few; CPU of each."""

    def load(connections):
        with bench.service() as server:
            return Load(server, "create", bench.bodies, connections, seconds)

    for c in (1, 16, 64):
        done = rounds.run(
            lambda: (
                load(c),
                bench.store_alone(1, seconds),
                bench.store_alone(64, seconds),
                load(2000) if c == 64 else None,
            )
        )
        ours, single, batched, crowd = zip(*done)
        rates = [x.rate for x in ours]
        goal = (("at least", 5), ("at least", 0.7)) if c == 64 else (None, None)
        report.compare(f"creates, {clients(c)}", "/s", rates, "single commits", single, goal[0])
        report.compare(f"creates, {clients(c)}", "/s", rates, "store, batches of 64", batched, goal[1])
    report.compare("creates, 2000 clients", "/s", [x.rate for x in crowd], "64 clients", rates, ("at least", 0.9))
    report.value("CPU of a create, 64 clients", "us", [x.cpu_us for x in ours], ("at most", 80))


def clients(n):
    return f"{n} client{'s' if n != 1 else ''}"


def gets(bench, report, rounds, seconds):
    """GET by id against the library answering a constant of the same size."""
    ids = seeded(bench, STORED)[1]
    with copy_of(bench, STORED) as path, bench.service(path) as service:
        with open(ids, encoding="ascii") as f:
            client = pages.Client(service.url)
            size = len(client.get("/api/v1/orders/" + f.readline().strip())[1])
            lanes = json.loads(bytes(client.get("/api/v1/status")[1]))["http"]["lanes"]
            client.close()
        with bench.constant(size, lanes) as constant:
            for c in (1, 16, 64):
                sides = (service, constant)
                done = rounds.run(lambda: [Load(side, "get", ids, c, seconds) for side in sides], sides)
                ours, theirs = ([x.rate for x in side] for side in zip(*done))
                goal = ("at least", 0.6) if c == 64 else None
                report.compare(f"GET by id, {clients(c)}", "/s", ours, f"a constant of {size} B", theirs, goal)
    report.value("CPU of a GET, 64 clients", "us", [x.cpu_us for x, _ in done], ("at most", 30))


def start(bench, report, rounds, seconds):
    """From exec to the ready line with a database still to be made, and what is resident once idle."""

    def one():
        with bench.service() as server:
            time.sleep(seconds)
            return server.ready_ms, server.resident_mib()

    times, resident = zip(*rounds.run(one))
    report.value("start, exec to ready", "ms", times, ("at most", 50))
    report.value("resident when idle", "MiB", resident, ("at most", 20))


def deep(bench, report, rounds, _):
    """Page 1000 against page 1 of a million orders."""
    with copy_of(bench, MILLION) as path, bench.service(path) as server:
        for what, query in pages.LISTS:
            client = pages.Client(server.url)
            first, last = pages.deep_path(client, query)
            done = rounds.run(lambda: pages.latencies(client, first, last), (server,))
            client.close()
            ones, deeps = zip(*done)
            report.compare(f"page {pages.DEEP}, {what}", "us", deeps, "page 1", ones, ("at most", 1.2))


def growth(bench, report, rounds, seconds):
    """Creations with a million orders stored against those with ten thousand."""

    def rate(path):
        with bench.service(path) as server:
            Load(server, "create", bench.bodies, 64, 1)
            return Load(server, "create", bench.bodies, 64, seconds).rate

    def one():
        with copy_of(bench, FEW) as few:
            return rate(many), rate(few)

    with copy_of(bench, MILLION) as many:
        million, thousands = zip(*rounds.run(one))
    report.compare("creates, 1 000 000 stored", "/s", million, "10 000 stored", thousands, ("at least", 0.8))


def relayed(bench, report, rounds, seconds):
    """A backlog through the relay against librdkafka alone, and the way of an order from its answer to a consumer."""
    with relay.broker() as b:
        options = ("--kafka-brokers", b.address)
        records = os.path.join(bench.folder, "records")
        with copy_of(bench, STORED) as path, bench.service(path) as service:
            relay.write_records(service, records)

        def one():
            with copy_of(bench, STORED) as path, bench.service(path, options) as service:
                rate, events = relay.drain(service)
            return rate, relay.produce(bench, b, records, events)

        ours, alone = zip(*rounds.run(one, (b,)))
        report.compare("events through the relay", "/s", ours, "librdkafka alone", alone, ("at least", 0.8))

        def way():
            with bench.service(options=options) as service:
                return relay.latency(bench, b, service, 200 * int(seconds) + 200, 100)

        done = rounds.run(way, (b,))
    report.value("answer to consumer, 100 orders/s, p50", "ms", [x["p50Us"] / 1000 for x in done], ("at most", 5))
    report.value("answer to consumer, 100 orders/s, p99", "ms", [x["p99Us"] / 1000 for x in done], ("at most", 30))


def in_front(bench, report, rounds, seconds):
    """The console: a key to its frame, few orders and many, at rest and while orders come in; first screen, cost of
    frames and of standing idle, memory, and what it takes from creations."""
    count = 60 if seconds == 1 else 300
    for stored in (THOUSAND, MILLION):
        with copy_of(bench, stored) as path:
            firsts = [first_screen(bench, path) for _ in range(rounds.wanted)]
            with console.console(bench, path) as one:
                rest = rounds.run(lambda: console.keys(one, count), (one,))
                resident = console.Usage(one.process.pid).resident_mib
                busy = rounds.run(lambda: console.keys_under_load(bench, one, count), (one,))
            with bench.service(path) as server:
                time.sleep(seconds)
                headless = server.resident_mib()
        what = f"{stored:,} orders".replace(",", " ")
        report.value(f"first screen, {what}", "ms", firsts, ("at most", 200))
        report.value(f"key to frame, {what}, p50", "ms", [x[0] for x in rest])
        report.value(f"key to frame, {what}, p99", "ms", [x[1] for x in rest], ("at most", 30))
        report.value("  orders meanwhile", "/s", [x[2] for x in busy])
        report.value("  key to frame, p50", "ms", [x[0] for x in busy])
        report.value("  key to frame, p99", "ms", [x[1] for x in busy], ("at most", 30))
        report.value(f"memory above headless, {what}", "MiB", [resident - headless], ("at most", 64))
    with copy_of(bench, THOUSAND) as path, console.console(bench, path) as one:
        cost = console.frame_cost(one, count)
        if cost:
            report.value("bytes of a frame", "B", [cost[0]])
            report.value("writes of a frame", "", [cost[1]], ("at most", 1))
        share, wakes = console.idle(one, 10 if seconds == 1 else 60)
        report.value("idle, of a processor", "%", [share], ("at most", 0.5))
        report.value("idle, wake-ups of the console", "/s", [wakes], ("at most", 3))
    shown, headless = zip(*rounds.run(lambda: (creates_in_front(bench, seconds), creates_headless(bench, seconds))))
    report.compare("creates, console on screen", "/s", shown, "headless", headless, ("at least", 0.95))


def first_screen(bench, path):
    with console.console(bench, path) as one:
        return one.first_ms


def creates_in_front(bench, seconds):
    path = bench.new_database()
    with console.console(bench, path, b"no orders yet") as one:
        rate = console.creates(bench, one, seconds)
    remove_database(path)
    return rate


def creates_headless(bench, seconds):
    with bench.service(session=True) as server:
        return Load(server, "create", bench.bodies, 64, seconds).rate


PARTS = {
    "creates": creates,
    "gets": gets,
    "start": start,
    "pages": deep,
    "growth": growth,
    "relay": relayed,
    "console": in_front,
}


def main():
    parser = argparse.ArgumentParser(prog="bench", description="Measures the release binary.")
    parser.add_argument("build", help="folder of the release build")
    parser.add_argument("--quick", action="store_true", help="short runs: for a first look, too rough for claims")
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="this part; may be given again")
    options = parser.parse_args()
    rounds, seconds = (Rounds(3, 20), 1) if options.quick else (Rounds(7, 200), 2)

    report = Report()
    folder = tempfile.mkdtemp(prefix="run.", dir=cache_folder())
    try:
        bench = Bench(os.path.abspath(options.build), folder)
        bodies.write(bench.bodies)
        for name, part in PARTS.items():
            if options.only is None or name in options.only:
                note(name)
                part(bench, report, rounds, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.show(rounds.others)
    return 1 if report.missed() else 0


if __name__ == "__main__":
    sys.exit(main())
