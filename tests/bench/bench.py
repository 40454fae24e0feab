"""The bench. Each claim is a ratio of two sides measured in turn (A B A B ...) in the same run; the median of the rounds
counts, so that what else the machine does hits both."""

import argparse
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

import bodies
import pages
from process import HERE, Bench, Load, remove_database
from report import Report, median

MILLION = 1_000_000
FEW = 10_000
STORED = 100_000  # orders that GETs choose from
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
    """Creations against single commits and against the store alone; CPU of each."""
    connections = (1, 16, 64, 2000)
    loads = {c: [] for c in connections}
    alone = {1: [], 64: []}
    for _ in range(rounds):
        for c in connections:
            alone[1].append(bench.store_alone(1, seconds))
            alone[64].append(bench.store_alone(64, seconds))
            with bench.service() as server:
                loads[c].append(Load(server, "create", bench.bodies, c, seconds))
    single = [alone[1][i : i + 4] for i in range(0, len(alone[1]), 4)]
    batched = [alone[64][i : i + 4] for i in range(0, len(alone[64]), 4)]
    for c in connections[:3]:
        rate = median([load.rate for load in loads[c]])
        for what, sides, bound in (("single commits", single, 5), ("store, batches of 64", batched, 0.7)):
            ratios = [load.rate / median(side) for load, side in zip(loads[c], sides)]
            goal = ("at least", bound) if c == 64 else None
            report.add(
                f"creates, {clients(c)}", "/s", rate, (what, median([median(s) for s in sides])), goal, ratios
            )
    ratios = [many.rate / few.rate for many, few in zip(loads[2000], loads[64])]
    rates = [median([load.rate for load in loads[c]]) for c in (2000, 64)]
    report.add("creates, 2000 clients", "/s", rates[0], ("64 clients", rates[1]), ("at least", 0.9), ratios)
    report.add("CPU of a create, 64 clients", "us", median([x.cpu_us for x in loads[64]]), None, ("at most", 80))


def clients(n):
    return f"{n} client{'s' if n != 1 else ''}"


def gets(bench, report, rounds, seconds):
    """GET by id against the library answering a constant of the same size."""
    ids = seeded(bench, STORED)[1]
    connections = (1, 16, 64)
    loads = {c: ([], []) for c in connections}
    with copy_of(bench, STORED) as path, bench.service(path) as service:
        with open(ids, encoding="ascii") as f:
            client = pages.Client(service.url)
            size = len(client.get("/api/v1/orders/" + f.readline().strip())[1])
            client.close()
        with bench.constant(size) as constant:
            for _ in range(rounds):
                for c in connections:
                    for side, server in enumerate((service, constant)):
                        loads[c][side].append(Load(server, "get", ids, c, seconds))
    for c in connections:
        ratios = [ours.rate / theirs.rate for ours, theirs in zip(*loads[c])]
        rates = [median([load.rate for load in side]) for side in loads[c]]
        goal = ("at least", 0.6) if c == 64 else None
        report.add(f"GET by id, {clients(c)}", "/s", rates[0], (f"a constant of {size} B", rates[1]), goal, ratios)
    report.add("CPU of a GET, 64 clients", "us", median([x.cpu_us for x in loads[64][0]]), None, ("at most", 30))


def start(bench, report, rounds, seconds):
    """From exec to the ready line with a database still to be made, and what is resident once idle."""
    times, resident = [], []
    for i in range(3 * rounds):
        with bench.service() as server:
            times.append(server.ready_ms)
            if i < 3:
                time.sleep(seconds)
                resident.append(server.resident_mib())
    report.add("start, exec to ready", "ms", median(times), None, ("at most", 50))
    report.add("resident when idle", "MiB", median(resident), None, ("at most", 20))


def deep(bench, report, rounds, _):
    """Page 1000 against page 1 of a million orders."""
    with copy_of(bench, MILLION) as path, bench.service(path) as server:
        for what, query in pages.LISTS:
            client = pages.Client(server.url)
            first, last = pages.deep_path(client, query)
            pairs = [pages.latencies(client, first, last, 60) for _ in range(rounds)]
            client.close()
            report.add(
                f"page {pages.DEEP}, {what}",
                "us",
                median([pair[1] for pair in pairs]),
                ("page 1", median([pair[0] for pair in pairs])),
                ("at most", 1.2),
                [pair[1] / pair[0] for pair in pairs],
            )


def growth(bench, report, rounds, seconds):
    """Creations with a million orders stored against those with ten thousand."""
    rates = ([], [])
    with copy_of(bench, MILLION) as many:
        for _ in range(rounds):
            with copy_of(bench, FEW) as few:
                for side, path in enumerate((many, few)):
                    with bench.service(path) as server:
                        Load(server, "create", bench.bodies, 64, 1)
                        rates[side].append(Load(server, "create", bench.bodies, 64, seconds).rate)
    ratios = [m / f for m, f in zip(*rates)]
    against = ("10 000 stored", median(rates[1]))
    report.add("creates, 1 000 000 stored", "/s", median(rates[0]), against, ("at least", 0.8), ratios)


PARTS = {"creates": creates, "gets": gets, "start": start, "pages": deep, "growth": growth}


def main():
    parser = argparse.ArgumentParser(prog="bench", description="Measures the release binary.")
    parser.add_argument("build", help="folder of the release build")
    parser.add_argument("--quick", action="store_true", help="short runs: for a first look, too rough for claims")
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="this part; may be given again")
    options = parser.parse_args()
    rounds, seconds = (3, 1) if options.quick else (7, 2)

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
    report.show()
    return 1 if report.missed() else 0


if __name__ == "__main__":
    sys.exit(main())
