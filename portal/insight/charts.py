"""Where everything goes in a chart. Pure: numbers in, numbers out; the macros draw them.

Widths are percentages and heights are pixels, so that a chart fits every screen while its words
keep their size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from portal.insight.rules import Estimate

TOPS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
PLOT_TOP, PLOT_BOTTOM = 32, 160
"""Between these pixels lies the scale of a line chart; above is room for a label, below for years."""

ROOM_FOR_LABEL = 0.28
"""The part of a phone's width that the value in a bar needs."""

WIDE_GAP = 3
"""From so many missing points on a reason can be read across."""


def top_of(values: Iterable[float]) -> float:
    """The end of a scale that starts at 0: a round share just above the largest."""
    largest = max(values, default=0.0)
    return next((top for top in TOPS if top > largest), 1.0)


@dataclass(frozen=True)
class Bar:
    """One bar: percentages of the width, and where its value can be read."""

    label: str
    estimate: Estimate | None
    """None when hidden or unknown; `reason` then says why."""
    reason: str = ""
    note: str = ""
    width: float = 0
    low: float = 0
    high: float = 0
    label_inside: bool = False
    label_above: bool = False
    """The interval leaves room for the value on neither side."""


def bars(rows: Iterable[tuple[str, Estimate | None, str, str]], *, whiskers: bool = True) -> list[Bar]:
    """Bars from (label, estimate, reason it is missing, note), on one scale."""
    listed = list(rows)
    top = top_of(estimate.high if whiskers else estimate.value for _, estimate, _, _ in listed if estimate)
    made = []
    for label, estimate, reason, note in listed:
        if estimate is None:
            made.append(Bar(label, None, reason, note))
            continue
        width, low, high = (
            round(100 * value / top, 2) for value in (estimate.value, estimate.low, estimate.high)
        )
        first, last = (low, high) if whiskers else (width, width)
        inside = first >= 100 * ROOM_FOR_LABEL
        above = not inside and last > 100 * (1 - ROOM_FOR_LABEL)
        made.append(Bar(label, estimate, reason, note, width, low, high, inside, above))
    return made


@dataclass(frozen=True)
class Part:
    """One part of a stacked bar, in percentages of the width."""

    kind: str
    value: float
    start: float
    width: float


def stack(values: Sequence[tuple[str, float]]) -> list[Part]:
    """Parts side by side, together the whole width."""
    parts, start = [], 0.0
    for kind, value in values:
        parts.append(Part(kind, value, round(100 * start, 2), round(100 * value, 2)))
        start += value
    return parts


@dataclass(frozen=True)
class Point:
    """What to draw at one place of a line; without a value there is a gap and its reason."""

    label: str
    short: str
    value: float | None
    low: float | None = None
    high: float | None = None
    kind: str = "own"
    """own, published or running: each has its own mark."""
    reason: str = ""


@dataclass(frozen=True)
class Mark:
    """A point in its place."""

    point: Point
    x: float
    y: float = 0
    low_y: float = 0
    high_y: float = 0
    always_labelled: bool = False
    """Labelled on a phone too; the others only where there is room."""

    @property
    def label_y(self) -> float:
        """Above the point, and above its interval."""
        return min(self.y - 12, self.high_y - 9)


@dataclass(frozen=True)
class Gap:
    """Missing points in a row, and why."""

    start: float
    width: float
    reason: str
    is_wide: bool


@dataclass(frozen=True)
class Trend:
    """A line through time: its marks, the lines between them, and where it is broken."""

    marks: Sequence[Mark]
    ticks: Sequence[Mark]
    lines: Sequence[tuple[Mark, Mark]]
    gaps: Sequence[Gap]


ROOM_FOR_ALL_LABELS = 8
"""So many points can all be labelled on a phone."""


def trend(points: Sequence[Point], *, bottom: float = 0, top: float | None = None) -> Trend:
    """Put the points in their places. Without `top` the scale ends just above the highest."""
    if top is None:
        top = top_of(value for point in points for value in (point.value, point.high) if value is not None)
    step = 100 / max(1, len(points))
    all_labels = len(points) <= ROOM_FOR_ALL_LABELS

    def y(value: float) -> float:
        height = (min(max(value, bottom), top) - bottom) / (top - bottom)
        return round(PLOT_BOTTOM - height * (PLOT_BOTTOM - PLOT_TOP), 1)

    ticks = [Mark(point, round(step * (place + 0.5), 2)) for place, point in enumerate(points)]
    marks: list[Mark | None] = []
    known = [place for place, point in enumerate(points) if point.value is not None]
    for place, tick in enumerate(ticks):
        value, point = tick.point.value, tick.point
        if value is None:
            marks.append(None)
            continue
        low, high = (value if end is None else end for end in (point.low, point.high))
        ends = place in (known[0], known[-1])
        marks.append(Mark(point, tick.x, y(value), y(low), y(high), all_labels or ends))
    return Trend(
        marks=[mark for mark in marks if mark],
        ticks=ticks,
        lines=[(one, other) for one, other in pairwise(marks) if one and other],
        gaps=_gaps(points, step),
    )


def _gaps(points: Sequence[Point], step: float) -> list[Gap]:
    """Missing points side by side with the same reason make one gap."""
    gaps: list[Gap] = []
    place = 0
    for missing, group in groupby(points, key=lambda point: point.reason if point.value is None else None):
        number = len(list(group))
        if missing is not None:
            gaps.append(Gap(round(place * step, 2), round(number * step, 2), missing, number >= WIDE_GAP))
        place += number
    return gaps
