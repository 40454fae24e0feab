"""The relay against a real broker (tests/support/kafka.sh)."""

import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request

import pages
from process import HERE

TOPIC = "wms.orders.events"
SCRIPT = os.path.join(HERE, "..", "support", "kafka.sh")
SAMPLE_S = 0.02
RECORDS = 5000  # of the log, to be produced by the other side


def shell(command, *args):
    return subprocess.run(
        ["bash", "-c", f'set -e; . "{SCRIPT}"; {command}', "bash", *args], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


class Broker:
    def __init__(self, folder):
        self.folder = folder
        self.port = shell('kafka_jars; kafka_prepare "$1"; echo "$KAFKA_PORT"', folder).strip()
        self.address = f"127.0.0.1:{self.port}"
        shell('KAFKA_PORT=$2; kafka_start "$1"', folder, self.port)
        shell('KAFKA_PORT=$1; kafka_topic "$2" 3', self.port, TOPIC)

    def stop(self):
        shell('kafka_stop "$1"', self.folder)

    def cpu_us(self):
        """It is part of both sides."""
        with open(os.path.join(self.folder, "pid"), encoding="ascii") as f:
            pid = f.read().strip()
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000 / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def broker():
    with tempfile.TemporaryDirectory(prefix="orderdeck-bench-kafka.") as folder:
        b = Broker(folder)
        try:
            yield b
        finally:
            b.stop()


def status(service):
    with urllib.request.urlopen(service.url + "/api/v1/status") as answer:
        return json.load(answer)["kafka"]


def drain(service):
    """Events a second, from the moment a tenth is delivered to the end."""
    began, before = None, 0
    while True:
        now, kafka = time.monotonic(), status(service)
        total = kafka["delivered"] + kafka["backlog"]
        if began is None and kafka["delivered"] >= total / 10:
            began, before = now, kafka["delivered"]
        if kafka["backlog"] == 0 and kafka["delivered"] > 0:
            return (kafka["delivered"] - before) / (now - began), total
        time.sleep(SAMPLE_S)


def write_records(service, path):
    client, after, left = pages.Client(service.url), 0, RECORDS
    with open(path, "w", encoding="utf-8") as f:
        while left > 0:
            page = json.loads(client.get(f"/api/v1/events?limit=500&after={after}")[1].tobytes())
            if not page["data"]:
                break
            for entry in page["data"]:
                text = json.dumps(entry["event"], ensure_ascii=False, separators=(",", ":"))
                f.write(f"{entry['event']['subject']}\t{text}\n")
            after, left = page["nextAfter"], left - len(page["data"])
    client.close()


def produce(bench, b, records, count):
    out = subprocess.check_output(
        [os.path.join(bench.build, "tests", "bench_kafka"), "produce", b.address, TOPIC, records, str(count)]
    )
    result = json.loads(out)
    return result["records"] / result["seconds"]


def latency(bench, b, service, count, rate):
    port = service.url.rsplit(":", 1)[1]
    out = subprocess.check_output(
        [os.path.join(bench.build, "tests", "bench_kafka"), "latency", b.address, TOPIC, port, bench.bodies, str(count), str(rate)]
    )
    return json.loads(out)
