"""Curves as a picture: an SVG file, drawn without any library."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

_WIDTH, _HEIGHT = 440, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 110, 44, 46
_COLUMNS = 2
_COLOURS = ("#1f5fa8", "#c2571a", "#2f8046", "#7a4aa0")
_INK, _FAINT = "#222222", "#d9d9d9"


@dataclass(frozen=True, slots=True)
class Line:
    """Values over sizes; the sizes ascend."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines over the same sizes, which are drawn by their logarithm; values begin at 0."""

    title: str
    sizes: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Dots:
    """Values of several subjects beside each other, a column for each name; the axis is from `low` to `high`."""

    title: str
    names: Sequence[str]
    subjects: Mapping[str, Sequence[float | None]]
    low: float
    high: float


def write_plot(path: Path, panels: Sequence[Panel | Dots]) -> None:
    """Writes the panels beside and below each other."""
    path.write_text(plot_of(panels))


def plot_of(panels: Sequence[Panel | Dots]) -> str:
    """The SVG text."""
    width, height = _COLUMNS * _WIDTH, -(-len(panels) // _COLUMNS) * _HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for number, panel in enumerate(panels):
        at = (number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT)
        drawn = _panel(panel) if isinstance(panel, Panel) else _dots(panel)
        parts += [f'<g transform="translate({at[0]} {at[1]})">', *drawn, "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel) -> Iterator[str]:
    sizes = sorted({size for line in panel.lines for size, _ in line.points})
    top = _round_above(max(value for line in panel.lines for _, value in line.points))
    yield from _frame(panel.title, lambda share: f"{top * share:,.0f}")
    for size in sizes:
        yield _text(_x(size, sizes), _HEIGHT - _BOTTOM + 18, f"{size:,.0f}", anchor="middle")
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, panel.sizes, anchor="middle")
    ends = _apart([_y(line.points[-1][1] / top) for line in panel.lines])
    for line, end, colour in zip(panel.lines, ends, _COLOURS, strict=False):
        places = [(_x(size, sizes), _y(value / top)) for size, value in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        yield _text(_WIDTH - _RIGHT + 10, end + 4, line.name, colour=colour)


def _dots(panel: Dots) -> Iterator[str]:
    span = panel.high - panel.low
    yield from _frame(panel.title, lambda share: f"{panel.low + span * share:.2f}")
    step = (_WIDTH - _RIGHT - _LEFT) / len(panel.names)
    for column, name in enumerate(panel.names):
        yield _text(_LEFT + step * (column + 0.5), _HEIGHT - _BOTTOM + 18, name, anchor="middle")
    for place, (subject, values) in enumerate(panel.subjects.items()):
        colour = _COLOURS[place]
        for column, value in enumerate(values):
            if value is not None:
                x, y = _LEFT + step * (column + 0.5), _y(max(value - panel.low, 0.0) / span)
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" fill-opacity="0.8"/>'
        yield _text(_WIDTH - _RIGHT + 10, _TOP + 15 * place + 4, subject, colour=colour)


def _frame(title: str, label: Callable[[float], str]) -> Iterator[str]:
    yield _text(_LEFT, 22, title, weight="bold")
    for share in (0.0, 0.5, 1.0):
        y = _y(share)
        yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="{_FAINT}"/>'
        yield _text(_LEFT - 8, y + 4, label(share), anchor="end")


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", colour: str = _INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def _x(size: float, sizes: Sequence[float]) -> float:
    span = math.log(sizes[-1] / sizes[0]) or 1.0
    return _LEFT + 12 + (_WIDTH - _RIGHT - _LEFT - 24) * math.log(size / sizes[0]) / span


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * share


def _apart(places: Sequence[float], gap: float = 15.0) -> list[float]:
    """The places of labels, moved down where two would cover each other."""
    found = list(places)
    last = -math.inf
    for index in sorted(range(len(found)), key=lambda one: found[one]):
        last = found[index] = max(found[index], last + gap)
    return found


def _round_above(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8 and 10 times a power of ten."""
    unit = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * unit for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * unit >= value)
