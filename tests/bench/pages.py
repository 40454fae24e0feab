"""The cost of a page deep in a list against the first: the same request again and again on one kept connection."""

import json
import socket
import statistics
import time

DEEP = 1000
LIMIT = 50
WARM, REPEATS = 10, 100
OPEN = "received,validated,wave_assigned,picking,consolidated,packed,shipped"

LISTS = (
    ("newest first", "sort=-createdAt"),
    ("oldest first", "sort=createdAt"),
    ("of a status", "status=received"),
    ("of a customer", "customerId=CUST-FREQUENT"),
    ("of a priority", "priority=next_day"),
    ("of a wave", "waveId=WAVE-FREQUENT"),
    ("open, by promise", f"status={OPEN}&sort=promisedDeliveryAt"),
)


class Client:
    """One connection, one request at a time; times from the first byte sent to the last received."""

    def __init__(self, url):
        host, port = url.removeprefix("http://").split(":")
        self.host = f"{host}:{port}"
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 20)

    def get(self, path):
        request = f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode("ascii")
        began = time.perf_counter_ns()
        self.socket.sendall(request)
        n, want, head = 0, None, 0
        while want is None or n < want:
            got = self.socket.recv_into(memoryview(self.buffer)[n:])
            if got == 0:
                raise SystemExit(f"bench: the connection closed on {path}")
            n += got
            if want is None and (head := self.buffer.find(b"\r\n\r\n", 0, n) + 4) > 4:
                want = head + content_length(bytes(self.buffer[:head]), path)
        us = (time.perf_counter_ns() - began) / 1000
        return us, memoryview(self.buffer)[head:n]

    def close(self):
        self.socket.close()


def content_length(head, path):
    lines = head.decode("latin-1").split("\r\n")
    if " 200 " not in lines[0]:
        raise SystemExit(f"bench: {lines[0]} for {path}")
    return next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))


def deep_path(client, query):
    """The path of page DEEP, reached from page to page as a client does."""
    first = path = f"/api/v1/orders?{query}&limit={LIMIT}"
    for page in range(1, DEEP):
        body = json.loads(bytes(client.get(path)[1]))
        if len(body["data"]) != LIMIT or body["nextCursor"] is None:
            raise SystemExit(f"bench: the list {query} ends on page {page}")
        path = f"{first}&cursor={body['nextCursor']}"
    return first, path


def latencies(client, first, deep):
    """Median microseconds of both pages, asked for in turn."""
    times = ([], [])
    for _ in range(WARM + REPEATS):
        for page, path in enumerate((first, deep)):
            times[page].append(client.get(path)[0])
    return [statistics.median(t[WARM:]) for t in times]
