"""What the bench starts: the service, the library alone, the store alone, and wrk against the first two."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A process that prints a ready line with its url. Everything else it prints is read and forgotten."""

    def __init__(self, command, home, session=False):
        environment = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8"}
        began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=home,
            env=environment,
            start_new_session=session,
        )
        self.url = None
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("msg") == "ready":
                self.ready_ms = (time.monotonic() - began) * 1000
                self.url = message["url"]
                break
        if self.url is None:
            raise SystemExit(f"bench: {command[0]} ended with status {self.process.wait()} before it was ready")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def cpu_us(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000 / TICK

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS:"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Bench:
    """The folder of one run, and the programs in it."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.bodies = os.path.join(folder, "bodies")
        self.made = 0

    def new_database(self):
        self.made += 1
        return os.path.join(self.folder, f"{self.made}.sqlite")

    @contextlib.contextmanager
    def service(self, database=None, options=(), session=False):
        """The real binary. A database of its own is removed afterwards. session: in one of its own, as a console has
        one: the kernel may share the processors out between sessions first (autogroup)."""
        path = database or self.new_database()
        binary = os.path.join(self.build, "orderdeck")
        command = [binary, "--headless", "--port", "0", "--database-url", f"sqlite:{path}", *options]
        server = Server(command, self.folder, session)
        try:
            yield server
        finally:
            server.stop()
            if database is None:
                remove_database(path)

    @contextlib.contextmanager
    def constant(self, size, lanes):
        binary = os.path.join(self.build, "tests", "bench_constant")
        server = Server([binary, str(lanes), str(size)], self.folder)
        try:
            yield server
        finally:
            server.stop()

    def store_alone(self, batch, seconds):
        """Creations a second of the store, handed `batch` at a time."""
        path = self.new_database()
        binary = os.path.join(self.build, "tests", "bench_store")
        out = subprocess.check_output([binary, path, self.bodies, str(batch), str(seconds)])
        remove_database(path)
        result = json.loads(out)
        return result["orders"] / result["seconds"]


class Load:
    """What came of one run of wrk. Any request that failed ends the bench."""

    def __init__(self, server, kind, file, connections, seconds):
        script = os.path.join(HERE, "load.lua")
        command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "--latency"]
        cpu = server.cpu_us()
        out = subprocess.check_output([*command, "-s", script, server.url, "--", kind, file], text=True)
        result = json.loads(out.splitlines()[-1])
        if result["failed"] != 0 or result["requests"] == 0:
            raise SystemExit(f"bench: {result['failed']} requests failed of {result['requests']}\n{out}")
        self.rate = result["requests"] * 1e6 / result["us"]
        self.cpu_us = (server.cpu_us() - cpu) / result["requests"]
        self.p50_us = result["p50"]
        self.p99_us = result["p99"]


def remove_database(path):
    for end in ("", "-wal", "-shm", ".lock"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + end)
