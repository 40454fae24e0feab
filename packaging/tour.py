#!/usr/bin/env python3
"""Records the tour: runs the real program over its demo in tmux, presses keys, and makes of what the screen shows
docs/tour.svg, an animation without a script, and the picture at the top of README.md.

    packaging/tour.py PROGRAM
"""

import html
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
COLS, ROWS = 118, 29
CELL_W, CELL_H = 7, 15
BASE = 11  # of the text below the top of its row
MARGIN = 10
GROUND, TEXT = "#1a1b26", "#c0caf5"
PATIENCE_S = 20
STILL_S = 0.12  # the screen has not changed for so long

# keys, as tmux calls them; `+` before what is typed at once | a text that the screen shows then | seconds it is shown for, each
SCENES = [
    (["g"], "▸", 2.0),
    (["3"], "3 received", 1.5),
    (["g"] + ["j"] * 7, "Orders", 0.15),  # past those whose address keeps them where they are
    (["v"], "is validated now", 2.0),
    (["1", "g"], "1 all", 0.8),
    (["/"], "filter", 0.6),
    (["+total>", "+=200", "+USD ", "+pri"], "priority:", 0.3),
    (["Tab"], "filter total>=200USD priority:", 0.8),
    (["+sa"], "same_day", 0.3),
    (["Tab"], "priority:same_day", 1.5),
    (["Enter", "Escape"], "newest first", 0.5),
    (["3"], "3 received", 0.8),
    (["g"] + ["j"] * 7, "Orders", 0.15),
    (["Space"] * 3, "3 marked", 0.5),
    (["v"], "3 marked orders", 2.0),
    (["3", "Enter"], "3 of 3 are validated", 1.5),
    (["Escape", "1"], "1 all", 0.8),
    (["Enter"], "Order", 2.0),
    (["R"], "Stuck", 2.0),
    (["o", ":"], "Tab completes", 0.6),
    (["+hl", "+t"], "▸ health", 0.5),
    (["Enter"], "Health", 2.0),
    (["e"], "Events", 2.0),
    (["o", "g", "c"], "reason", 1.2),
    (["Escape"], "not cancelled", 1.0),
    (["?"], "Help", 2.0),
]


class Screen:
    """The program in a tmux of its own."""

    def __init__(self, program, home):
        self.socket = f"orderdeck-tour-{os.getpid()}"
        environment = [
            f"HOME={home}",
            f"XDG_CONFIG_HOME={home}",
            f"XDG_STATE_HOME={home}",
            "LC_ALL=C.UTF-8",
            f"ORDERDECK_THEMES={os.path.join(TOP, 'themes')}",
        ]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(COLS), "-y", str(ROWS), "env", *environment,
                  "TERM=tmux-256color", program, "--demo", "--actor", "mara@dispatch")
        self.tmux("set", "-g", "status", "off")
        self.tmux("set", "-s", "escape-time", "0")
        self.tmux("resize-window", "-x", str(COLS), "-y", str(ROWS))

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.socket, *words], check=True, capture_output=True, text=True).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def lines(self):
        return self.tmux("capture-pane", "-p", "-e", "-N").rstrip("\n").split("\n")

    def press(self, key):
        self.tmux("send-keys", *(["-l", key.removeprefix("+")] if key[0] == "+" or len(key) == 1 else [key]))

    def wait(self, text):
        """Until the screen shows the text and stands still, as far as a demo ever does."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.text():
            if time.monotonic() > end:
                raise SystemExit(f"tour: the screen does not show '{text}':\n{self.text()}")
            time.sleep(0.02)
        time.sleep(STILL_S)

    def end(self):
        """The service would outlive its terminal: it is told to end."""
        os.kill(int(self.tmux("display-message", "-p", "#{pane_pid}")), signal.SIGTERM)
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], check=False, capture_output=True)


# ---- from escape sequences to cells


def colour(n):
    basic = ("#15161e", "#f7768e", "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7", "#7dcfff", "#a9b1d6")
    if n < 8:
        return basic[n]
    if n < 16:
        return "#565f89" if n == 8 else basic[n - 8]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    levels = (0, 95, 135, 175, 215, 255)
    return "#" + "".join(f"{levels[(n - 16) // step % 6]:02x}" for step in (36, 6, 1))


class Style:
    def __init__(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.italic = self.underline = self.reverse = False

    def apply(self, codes):
        codes = [int(code or 0) for code in codes.replace(":", ";").split(";")]
        flags = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.__init__()
            elif code in flags:
                setattr(self, flags[code], True)
            elif code in (38, 48):
                setattr(self, "fg" if code == 38 else "bg", self.extended(codes))
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fg = colour(code - 30 if code < 90 else code - 82)
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.bg = colour(code - 40 if code < 100 else code - 92)
            elif code in (39, 49):
                setattr(self, "fg" if code == 39 else "bg", None)

    @staticmethod
    def extended(codes):
        if codes.pop(0) == 5:
            return colour(codes.pop(0))
        return "#" + "".join(f"{codes.pop(0):02x}" for _ in range(3))

    def key(self):
        fg, bg = self.fg or TEXT, self.bg
        if self.reverse:
            fg, bg = bg or GROUND, fg
        return fg, bg, self.bold, self.dim, self.italic, self.underline


def cells(line):
    """(character, style key) of each cell of a captured line."""
    style, out = Style(), []
    for part in re.split(r"(\033\[[0-9;:]*m|\033[^m]*m|[\016\017])", line):
        if match := re.fullmatch(r"\033\[([0-9;:]*)m", part):
            style.apply(match.group(1))
        elif not part.startswith("\033") and part not in ("\016", "\017"):
            out += [(character, style.key()) for character in part]
    return out[:COLS]


# ---- from cells to SVG


class Classes:
    """Short names of the styles of texts."""

    def __init__(self):
        self.names = {}

    def name(self, key):
        return self.names.setdefault(key, f"c{len(self.names)}")

    def css(self, usual):
        """`usual` is what texts have that name no class."""
        rows = []
        for (fg, bold, dim, italic, underline), name in self.names.items():
            extra = "font-weight:bold;" * bold + "opacity:.6;" * dim + "font-style:italic;" * italic
            selector = "text" if name == usual else f".{name}"
            rows.append(f"{selector}{{fill:{fg};{extra}{'text-decoration:underline;' * underline}}}")
        return "".join(rows)


def runs(row):
    """Pieces of equal style: (column, text, style). Blanks end a piece where two stand together; what is not ASCII
    stands alone, for fonts give it other widths."""
    at = 0
    while at < len(row):
        character, style = row[at]
        end = at + 1
        if character.isascii():
            while end < len(row) and row[end][0].isascii() and row[end][1] == style:
                if row[end][0] == " " and row[end - 1][0] == " ":
                    break
                end += 1
        elif character in "─│":
            while end < len(row) and row[end] == row[at]:
                end += 1
        text = "".join(c for c, _ in row[at:end])
        if text.strip() or style[5]:
            yield at, text, style
        at = end


def draw_grounds(row):
    at = 0
    while at < len(row):
        bg, end = row[at][1][1], at
        while end < len(row) and row[end][1][1] == bg:
            end += 1
        if bg:
            yield f'<rect x="{at * CELL_W:g}" y="-{BASE}" width="{(end - at) * CELL_W:g}" height="{CELL_H}" fill="{bg}"/>'
        at = end


def draw_row(row, classes):
    out = list(draw_grounds(row))
    for at, text, (fg, _, bold, dim, italic, underline) in runs(row):
        if set(text) == {"─"}:
            y = CELL_H / 2 - BASE
            out.append(f'<path d="M{at * CELL_W:g} {y:g}h{len(text) * CELL_W:g}" stroke="{fg}"/>')
            continue
        if text == "│":
            out.append(f'<path d="M{(at + 0.5) * CELL_W:g} -{BASE}v{CELL_H}" stroke="{fg}"/>')
            continue
        name = classes.name((fg, bold, dim, italic, underline))
        place = f' x="{at * CELL_W:g}"' if at else ""
        out.append(f'<text class="{name}"{place}>{html.escape(text.rstrip())}</text>')
    return "".join(out)


def svg(frames):
    """frames: (lines, seconds). Each distinct row is there once; frames stand below each other and jump into sight."""
    classes, rows, strips, times = Classes(), {}, [], []
    height = ROWS * CELL_H + 2 * MARGIN
    for number, (lines, seconds) in enumerate(frames):
        uses = []
        for y, line in enumerate(lines[:ROWS]):
            drawn = draw_row(cells(line), classes)
            if drawn:
                name = rows.setdefault(drawn, f"r{len(rows)}")
                uses.append(f'<use href="#{name}" y="{y * CELL_H + BASE}"/>')
        strips.append(f'<g transform="translate(0 {number * height})">{"".join(uses)}</g>')
        times.append(seconds)
    used = re.findall(r'<text class="(c\d+)"', "".join(rows))
    usual = max(set(used), key=used.count)
    total, passed, steps = sum(times), 0.0, []
    for number, seconds in enumerate(times):
        steps.append(f"{100 * passed / total:.3f}%{{transform:translateY({-number * height}px)}}")
        passed += seconds
    width = COLS * CELL_W + 2 * MARGIN
    definitions = "".join(f'<g id="{name}">{drawn}</g>' for drawn, name in rows.items())
    definitions = definitions.replace(f' class="{usual}"', "")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
        f'<title>A tour of the console</title>'
        f"<style>text{{font:11.65px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}}"
        f"{classes.css(usual)}@keyframes t{{{''.join(steps)}}}.t{{animation:t {total:.2f}s step-end infinite}}</style>"
        f"<defs>{definitions}"
        f'<clipPath id="w"><rect width="{COLS * CELL_W:.0f}" height="{ROWS * CELL_H}"/></clipPath></defs>'
        f'<rect width="100%" height="100%" rx="6" fill="{GROUND}"/>'
        f'<g transform="translate({MARGIN} {MARGIN})" clip-path="url(#w)"><g class="t">{"".join(strips)}</g></g></svg>\n'
    )


def record(screen):
    """Every scene's frames, and the picture of the first."""
    frames, picture = [], ""
    screen.wait("Orders")
    time.sleep(9)  # until there is some traffic to be seen
    for keys, text, seconds in SCENES:
        for number, key in enumerate(keys, 1):
            screen.press(key)
            time.sleep(STILL_S)
            if number == len(keys):
                screen.wait(text)
            if seconds > 2:  # it moves meanwhile
                frames.append((screen.lines(), seconds / 2))
                time.sleep(seconds / 2)
                frames.append((screen.lines(), seconds / 2))
            else:
                frames.append((screen.lines(), seconds))
        if not picture:
            picture = screen.text()
    return frames, picture


def put_picture(picture):
    path = os.path.join(TOP, "README.md")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    lines = [line.rstrip() for line in picture.rstrip("\n").split("\n")]
    block = "```text\n" + "\n".join(lines) + "\n```"
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"```text\n.*?\n```", lambda _: block, text, count=1, flags=re.DOTALL))


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory(prefix="orderdeck-tour-") as home:
        screen = Screen(os.path.abspath(sys.argv[1]), home)
        try:
            frames, picture = record(screen)
        finally:
            screen.end()
    path = os.path.join(TOP, "docs", "tour.svg")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    made = svg(frames)
    with open(path, "w", encoding="utf-8") as f:
        f.write(made)
    put_picture(picture)
    print(f"{len(frames)} frames, {len(made.encode()) // 1024} KiB")


if __name__ == "__main__":
    main()
