"""Plots as geometry, for templates to draw as SVG: numbers in, rectangles and lines out.

Drawn by templates of ours: what plotting libraries write has its own styles inside, which the Content-Security-Policy
refuses, and knows neither the theme nor the language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 26


class Tick(NamedTuple):
    """A line across the plot and what it stands for, or a mark below it."""

    at: float
    label: str


class Bar(NamedTuple):
    """A rectangle of one series, which says what it is."""

    x: float
    y: float
    width: float
    height: float
    series: int
    says: str


class Line(NamedTuple):
    """A series as the points of SVG polylines: one for each stretch without a gap, and a dot for each value."""

    series: int
    stretches: list[str]
    dots: list[tuple[float, float, str]]


@dataclass(frozen=True)
class Plot:
    """What a template draws. All in the units of its viewBox, WIDTH by HEIGHT."""

    title: str
    series: Sequence[str]
    levels: list[Tick]
    marks: list[Tick]
    bars: list[Bar]
    lines: list[Line]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not self.bars and not any(line.dots for line in self.lines)


def stacked(title: str, series: Sequence[str], labels: Sequence[str], values: Sequence[Sequence[int]]) -> Plot:
    """Bars beside each other, each of one value a series, one on top of the other.

    ``values`` has a row for each label, with a value for each series.
    """
    top = _ceiling(max((sum(row) for row in values), default=0))
    step = _step(len(labels))
    bars = []
    for place, (label, row) in enumerate(zip(labels, values, strict=True)):
        below = 0
        for number, value in enumerate(row):
            if value:
                upper, lower = _y(below + value, top), _y(below, top)
                says = f"{label}: {value} {series[number]}"
                bars.append(
                    Bar(_r(LEFT + place * step + step * 0.15), upper, _r(step * 0.7), _r(lower - upper), number, says)
                )
            below += value
    return Plot(title, series, _levels(top), _marks(labels), bars, [])


def curves(
    title: str, series: Sequence[str], labels: Sequence[str], values: Sequence[Sequence[float | None]], *, unit: str
) -> Plot:
    """Lines over the labels, one a series, broken where there is no value."""
    top = _ceiling(max((value for row in values for value in row if value is not None), default=0))
    step = _step(len(labels))
    lines = []
    for number, name in enumerate(series):
        stretches: list[list[str]] = [[]]
        dots = []
        for place, row in enumerate(values):
            if (value := row[number]) is None:
                stretches.append([])
                continue
            x, y = _r(LEFT + (place + 0.5) * step), _y(value, top)
            stretches[-1].append(f"{x},{y}")
            dots.append((x, y, f"{labels[place]}: {name} {value:.1f} {unit}"))
        lines.append(Line(number, [" ".join(points) for points in stretches if len(points) > 1], dots))
    return Plot(title, series, _levels(top), _marks(labels), [], lines)


def _ceiling(most: float) -> float:
    """The next round number: 1, 2 or 5 times a power of ten, times as many steps as it takes."""
    if most <= 4:
        return 4
    step = 10 ** math.floor(math.log10(most / 4))
    step = next(step * factor for factor in (1, 2, 5, 10) if step * factor * 4 >= most)
    return step * math.ceil(most / step)


def _levels(top: float) -> list[Tick]:
    parts = next((parts for parts in (4, 5, 3) if top % parts == 0), 4)  # nobody counts four and a half cases
    return [Tick(_y(top * part / parts, top), f"{top * part / parts:g}") for part in range(parts + 1)]


def _marks(labels: Sequence[str]) -> list[Tick]:
    """As many labels as there is room for."""
    step, every = _step(len(labels)), math.ceil(len(labels) / 9)
    return [Tick(_r(LEFT + (place + 0.5) * step), label) for place, label in enumerate(labels) if place % every == 0]


def _step(many: int) -> float:
    return (WIDTH - LEFT - RIGHT) / max(many, 1)


def _y(value: float, top: float) -> float:
    return _r(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM))


def _r(number: float) -> float:
    return round(number, 1)
