"""What others do on the machine while something is measured: rounds they disturb are done again."""

import os
import time

TICK = os.sysconf("SC_CLK_TCK")
CALM = 0.10  # of the machine: more than that by others, and a round does not count
WINDOW_S = 0.25
MOST_WAIT_S = 5


class Watch:
    """Time that the processors worked since the start of the watch, less what we and `servers` worked."""

    def __init__(self, servers=()):
        self.servers = servers
        self.began = self.now()

    def now(self):
        with open("/proc/stat", encoding="ascii") as f:
            ticks = [int(n) for n in f.readline().split()[1:9]]
        idle = ticks[3] + ticks[4]
        ours = sum(os.times()[:4]) + sum(server.cpu_us() for server in self.servers) / 1e6
        return sum(ticks) / TICK, (sum(ticks) - idle) / TICK - ours

    def others(self):
        """The share of the machine that others took."""
        total, busy = (now - then for now, then in zip(self.now(), self.began))
        return max(0.0, busy / total) if total > 0 else 0.0


class Rounds:
    """Runs rounds, and again those that were disturbed, as long as patience lasts; the calmest count."""

    def __init__(self, wanted, patience_s):
        self.wanted = wanted
        self.patience_s = patience_s  # for waiting and for rounds done again, in all
        self.others = []  # shares of the rounds that counted

    def wait(self, servers):
        end = time.monotonic() + min(MOST_WAIT_S, self.patience_s)
        while time.monotonic() < end:
            watch = Watch(servers)
            time.sleep(WINDOW_S)
            if watch.others() < CALM:
                return
            self.patience_s -= WINDOW_S

    def run(self, fn, servers=()):
        done = []
        while len(done) < self.wanted or (self.patience_s > 0 and self.calm(done) < self.wanted):
            self.wait(servers)
            began = time.monotonic()
            watch = Watch(servers)
            result = fn()
            done.append((watch.others(), result))
            if len(done) > self.wanted:
                self.patience_s -= time.monotonic() - began
        done.sort(key=lambda item: item[0])
        counted = done[: self.wanted]
        self.others += [share for share, _ in counted]
        return [result for _, result in counted]

    @staticmethod
    def calm(done):
        return sum(1 for share, _ in done if share < CALM)
