"""Figures and how they are shown: a table for people, a line of JSON each for machines."""

import json
import statistics
import sys


def median(values):
    return statistics.median(values)


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


class Report:
    def __init__(self):
        self.figures = []

    def compare(self, name, unit, ours, what, theirs, goal=None):
        """Two sides, round by round. The ratio is the median of the rounds' ratios.
        goal: ("at least" or "at most", bound)."""
        ratios = [a / b for a, b in zip(ours, theirs)]
        figure = {
            "figure": name,
            "value": round(median(ours), 3),
            "unit": unit,
            "against": {"what": what, "value": round(median(theirs), 3)},
            "ratio": round(median(ratios), 3),
            "ratios": [round(ratio, 3) for ratio in ratios],
        }
        self.judge(figure, median(ratios), goal)

    def value(self, name, unit, values, goal=None):
        self.judge({"figure": name, "value": round(median(values), 3), "unit": unit}, median(values), goal)

    def judge(self, figure, value, goal):
        if goal:
            figure["goal"] = f"{goal[0]} {goal[1]:g}"
            figure["met"] = value >= goal[1] if goal[0] == "at least" else value <= goal[1]
        self.figures.append(figure)
        print(f"  {self.line(figure)}", file=sys.stderr, flush=True)

    @staticmethod
    def line(f):
        against = f.get("against", {"what": "", "value": None})
        ratios = f.get("ratios")
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}" if ratios else ""
        result = {None: "", True: "pass", False: "MISS"}[f.get("met")]
        return (
            f"{f['figure']:<38} {number(f['value']):>8} {f['unit']:<7} {against['what']:<24} "
            f"{number(against['value']):>8} {number(f.get('ratio')):>6} {spread:>11}  {f.get('goal', ''):<13} {result}"
        ).rstrip()

    def show(self, others):
        head = (
            f"{'figure':<38} {'':>8} {'':<7} {'against':<24} {'':>8} {'ratio':>6} {'of rounds':>11}  {'goal':<13}"
        ).rstrip()
        print(f"\n{head}\n{'-' * 126}")
        for figure in self.figures:
            print(self.line(figure))
        if others:
            print(f"\nIn the rounds that count others took {median(others):.0%} of the machine, at most {max(others):.0%}.")
        print()
        for figure in self.figures:
            print(json.dumps(figure))

    def missed(self):
        return sum(1 for f in self.figures if f.get("met") is False)
