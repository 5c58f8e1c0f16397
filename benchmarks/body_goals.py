"""What the figures of `body.py` and `body_people.py` should be, and their tables.

A goal is what a mouth should do; `least` is what it must.
"""

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPORT = Path(__file__).parent / "results/judge/report.json.xz"


@dataclass(frozen=True)
class Goal:
    """What a figure should be and must be; at most where goal < least, in size where `is_size`."""

    goal: float
    least: float
    is_size: bool = False

    def judge(self, value: float) -> str:
        """The word for a figure's place: goal, least or BELOW."""
        size = abs(value) if self.is_size else value
        sign = -1 if self.goal < self.least else 1
        if sign * (size - self.goal) >= 0:
            return "goal"
        return "least" if sign * (size - self.least) >= 0 else "BELOW"


GOALS = {
    "x real time, physics with servos": Goal(15, 8),
    "x real time, with skin and image 256 at 25 Hz": Goal(5, 3),
    "NaN": Goal(0, 0),
    "motors out of range": Goal(0, 0),
    "farthest skin point from rest, mm": Goal(45, 50),
    "motors frozen 0.4 s: greatest growth of energy, % of stored": Goal(0.1, 2),
    "motors frozen 0.4 s: growth of energy p95, % of stored": Goal(0.1, 1),
    "lip penetration p95, mm": Goal(0.3, 0.6),
    "lip penetration greatest, mm": Goal(1, 2),
    "lip penetration beside the corners p95, mm": Goal(0.3, 0.6),
    "lip penetration beside the corners greatest, mm": Goal(1, 2),
    "rest tets inside out": Goal(0, 0),
    "cells of the sheet without rubber": Goal(0, 0),
    "poses after 8 histories, no backlash: mm": Goal(0.05, 0.15),
    "random commands after which the skin never rests, %": Goal(0, 2),
    "rest: sealed share of columns": Goal(0.95, 0.9),
    "shut hard: sealed share of columns": Goal(0.95, 0.9),
    "opening, mm": Goal(40, 32),
    "pucker: width, %": Goal(-25, -18),
    "pucker: upper lip forward, mm": Goal(7, 5),
    "pucker: lower lip forward, mm": Goal(7, 5),
    "oo: height over width of the opening": Goal(0.7, 0.5),
    "smile: width, %": Goal(20, 14),
    "f v: lower lip to the upper teeth, mm": Goal(0.5, 1),
    "f v: gap of the lips half-way to the corners, mm": Goal(1, 0.5),
    "pressed: red seen, % of rest": Goal(55, 70),
    "pressed: lips press, N": Goal(3, 2),
    "shut hard: lips press, N": Goal(3, 2),
    "lower lip opening, mm/s": Goal(200, 150),
    "lower lip closing, mm/s": Goal(200, 150),
    "corner up and out, mm/s": Goal(80, 50),
    "corner down and in, mm/s": Goal(80, 50),
    "found in random images, mirrored, %": Goal(100, 99),
    "lip points off, mirrored, median, % of the eyes' distance": Goal(3, 5),
    "r aperture, mirrored": Goal(0.99, 0.985),
    "r opening, mirrored": Goal(0.99, 0.985),
    "r width, mirrored": Goal(0.92, 0.85),
    "r corner left height, mirrored": Goal(0.9, 0.82),
    "r corner right height, mirrored": Goal(0.9, 0.82),
    **{
        f"corner {side} {way} alone, mm": Goal(7, 5, is_size=True)
        for side in ("left", "right")
        for way in ("up", "down")
    },
    **{
        f"corner {side} {way}: the other corner, mm": Goal(0.3, 0.5, is_size=True)
        for side in ("left", "right")
        for way in ("up", "down")
    },
}
PEOPLE_GOALS = {"r_aperture": Goal(0.995, 0.98), "r_width": Goal(0.97, 0.92)}


def print_table(
    figures: Mapping[str, float], goals: Mapping[str, Goal], title: str = "figure"
) -> None:
    print(f"| {title} | now | goal | least | |\n|---|---|---|---|---|")
    for name, value in figures.items():
        goal = goals.get(name)
        told = f"{goal.goal:.3g} | {goal.least:.3g} | {goal.judge(value)}" if goal else " | | "
        print(f"| {name} | {value} | {told} |")


def print_people(folder: str, figures: Mapping[str, float]) -> None:
    """The table of one folder of recordings; closures are held against its own ceiling."""
    ceiling = read_ceilings().get(folder, 1.0)
    goals = PEOPLE_GOALS | {"closure_f1": Goal(ceiling, 0.95 * ceiling)}
    print_table(figures, goals, folder)


def read_ceilings() -> dict[str, float]:
    """Closure F1 of the same films tracked twice, by source."""
    report = json.loads(lzma.decompress(REPORT.read_bytes()))
    return {
        score["source"]: float(score["figures"]["closure_f1"]["value"])
        for score in report["scores"]
        if score["method"] == "same-film" and not score["group"]
    }
