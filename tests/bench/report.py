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

    def add(self, name, unit, value, against=None, goal=None, ratios=None):
        """goal: ("at least" or "at most", bound), judged on the ratio where there is something to compare with, else on
        the value. ratios: those of the single rounds; the ratio is their median."""
        ratio = median(ratios) if ratios else value / against[1] if against else None
        judged = value if ratio is None else ratio
        met = None
        if goal:
            met = judged >= goal[1] if goal[0] == "at least" else judged <= goal[1]
        figure = {"figure": name, "value": round(value, 3), "unit": unit}
        if against:
            figure["against"] = {"what": against[0], "value": round(against[1], 3)}
            figure["ratio"] = round(ratio, 3)
        if ratios:
            figure["ratios"] = [round(r, 3) for r in ratios]
        if goal:
            figure["goal"] = f"{goal[0]} {goal[1]:g}"
            figure["met"] = met
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

    def show(self):
        head = (
            f"{'figure':<38} {'':>8} {'':<7} {'against':<24} {'':>8} {'ratio':>6} {'of rounds':>11}  {'goal':<13}"
        ).rstrip()
        print(f"\n{head}\n{'-' * 126}")
        for figure in self.figures:
            print(self.line(figure))
        print()
        for figure in self.figures:
            print(json.dumps(figure))

    def missed(self):
        return sum(1 for f in self.figures if f.get("met") is False)
