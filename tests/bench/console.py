"""The console on a pseudo-terminal of its own: how long a key takes to its frame, and what frames and idleness cost."""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
import urllib.request

from process import HERE, Load, TICK

ROWS, COLS = 50, 160
FRAME_BEGINS, FRAME_ENDS = b"\033[?2026h", b"\033[?2026l"
MARK = "▸".encode()  # of the selected row: it moves with the selection, and with nothing else for 3 s after a key
PATIENCE_S = 30
CHANGES = 2000  # a second, by this many clients, of whose pauses answers take some
CLIENTS = 64
PAUSE_MS = CLIENTS * 1000 // CHANGES - 8


class Console:
    """The real binary with its console in front."""

    def __init__(self, bench, database, first=MARK):
        self.fd, other = os.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
        binary = os.path.join(bench.build, "orderdeck")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": bench.folder,
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        began = time.monotonic()
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--database-url", f"sqlite:{database}"],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=bench.folder,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)
        self.frames = self.bytes = 0
        shown = self.until(first)
        self.first_ms = (time.monotonic() - began) * 1000
        while not (address := re.search(rb"http://127\.0\.0\.1:\d+", shown)):
            shown += self.read(PATIENCE_S)
        self.url = address.group().decode()

    def read(self, seconds):
        """What the program has written, nothing after so many seconds."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        got = os.read(self.fd, 65536)
        self.bytes += len(got)
        self.frames += got.count(FRAME_BEGINS)
        return got

    def until(self, text):
        """Reads until the end of a frame that has the text."""
        seen = b""
        end = time.monotonic() + PATIENCE_S
        while (at := seen.find(text)) < 0 or FRAME_ENDS not in seen[at:]:
            seen += self.read(1)
            if time.monotonic() > end:
                raise SystemExit(f"bench: the console does not show {text!r}")
        return seen

    def read_for(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def key_ms(self, key):
        while self.read(0):
            pass
        began = time.monotonic()
        os.write(self.fd, key)
        self.until(MARK)
        return (time.monotonic() - began) * 1000

    def cpu_us(self):
        return Usage(self.process.pid).cpu_ticks * 1_000_000 / TICK

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.read(0.1)
        os.close(self.fd)
        if self.process.poll() is None:
            raise SystemExit("bench: the console does not end")


class Usage:
    """What a process has used so far."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        self.cpu_ticks = int(fields[11]) + int(fields[12])
        self.cpu_ns = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as f:
                self.cpu_ns += int(f.read().split()[0])
        with open(f"/proc/{pid}/task/{pid}/status", encoding="ascii") as f:  # the console is the main thread
            status = dict(line.split(":", 1) for line in f)
        self.wakes = int(status["voluntary_ctxt_switches"])
        self.resident_mib = int(status["VmRSS"].split()[0]) / 1024


@contextlib.contextmanager
def console(bench, database, first=MARK):
    """`first`: what its first whole screen shows."""
    one = Console(bench, database, first)
    try:
        yield one
    finally:
        one.stop()


@contextlib.contextmanager
def read_all(one):
    """A terminal that takes everything at once, while something else is measured."""
    done = threading.Event()

    def run():
        while not done.is_set():
            one.read(0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextlib.contextmanager
def changes(bench, server):
    """Orders come in at a steady rate meanwhile."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", "-d600s", "-s", os.path.join(HERE, "load.lua"), server.url]
    environment = {**os.environ, "PAUSE_MS": str(PAUSE_MS)}
    load = subprocess.Popen([*command, "--", "create", bench.bodies], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        load.send_signal(signal.SIGINT)
        load.wait(30)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def keys(one, count):
    """Moves down and up the list; p50 and p99 of the ms from a key to the end of its frame."""
    os.write(one.fd, b"g")
    one.key_ms(b"j")
    times = []
    for i in range(count):
        time.sleep(0.01 + i % 7 * 0.003)  # not in step with anything
        times.append(one.key_ms(b"j" if i // 20 % 2 == 0 else b"k"))
    return percentile(times, 0.5), percentile(times, 0.99)


def created(one):
    with urllib.request.urlopen(one.url + "/metrics") as answer:
        figures = answer.read().decode()
    return float(re.search(r"^orderdeck_orders_created_total (\S+)$", figures, re.MULTILINE).group(1))


def keys_under_load(bench, one, count):
    """The same while orders come in; and how many did, a second."""
    with changes(bench, one):
        for _ in range(5):
            one.key_ms(b"j")
        began, first = time.monotonic(), created(one)
        p50, p99 = keys(one, count)
        rate = (created(one) - first) / (time.monotonic() - began)
    return p50, p99, rate


def frame_cost(one, count):
    """Bytes and writes of a frame that a key makes: strace counts the writes to the terminal."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii", errors="replace") as log:
        command = ["strace", "-qq", "-y", "-e", "trace=write", "-p", str(one.process.pid), "-o", log.name]
        tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while os.path.getsize(log.name) == 0:  # attached once it has seen one
            one.key_ms(b"j")
            if time.monotonic() > end or tracer.poll() is not None:
                return None
        os.write(one.fd, b"g")
        one.read_for(0.3)
        one.frames = one.bytes = 0
        before = sum("/dev/pts/" in line for line in log.read().splitlines())
        for i in range(count):
            one.key_ms(b"j" if i // 10 % 2 == 0 else b"k")
        one.read_for(0.3)
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
        log.seek(0)
        writes = sum("/dev/pts/" in line for line in log.read().splitlines()) - before
    return one.bytes / one.frames, writes / one.frames


def idle(one, seconds):
    """Share of one processor in percent, and wake-ups of the console's thread a second."""
    one.read_for(4)
    began, before = time.monotonic(), Usage(one.process.pid)
    one.read_for(seconds)
    passed, after = time.monotonic() - began, Usage(one.process.pid)
    return (after.cpu_ns - before.cpu_ns) / passed / 1e7, (after.wakes - before.wakes) / passed


def creates(bench, one, seconds):
    with read_all(one):
        return Load(one, "create", bench.bodies, 64, seconds).rate
