"""A price as a value: a sum of weights, each multiplied by the page sizes around it.

What the document says itself is a number when the plan is made; only page sizes that are variables are looked up per
request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.limits import MAX_NODES, check_nodes

# Finds a page size in what a request binds.
Size = Callable[[Any], int]
# The places of sizes in `Price.sizes`, sorted; a weight under all of them.
Places = tuple[int, ...]
_SAMPLES, _SAMPLE = 4, 2_000
_LONGEST_BRACES = (
    64  # an answer with more bytes than so many for a point holds all that was asked: it is not counted
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one field of an operation adds, for the sentence that names the dearest."""

    path: tuple[str, ...]
    points: int
    places: Places


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation costs with the page sizes of a request, and how many rows those allow."""

    points: Mapping[Places, int] = field(default_factory=dict)
    rows: Mapping[Places, int] = field(default_factory=dict)
    sizes: tuple[Size, ...] = ()
    shares: tuple[Share, ...] = ()
    # Points beside those of objects, which stay even where nothing is found. None: the answer does not tell how many.
    beside: int | None = None
    # What has to be compiled, see `api.limits`.
    parts: int = 0
    # What it costs where no page size is a variable; 0 where one is.
    fixed: int = field(init=False)
    _terms: tuple[tuple[int, Places], ...] = field(init=False)

    def __post_init__(self) -> None:
        terms = tuple((amount, places) for places, amount in self.points.items())
        object.__setattr__(self, "_terms", terms)
        object.__setattr__(self, "fixed", 0)
        if not self.sizes:
            object.__setattr__(self, "fixed", self.of(None))

    def of(self, inputs: Any) -> int:
        """The points, 1 at least; `LimitExceeded` where the page sizes allow too many rows in one answer."""
        if self.fixed:
            return self.fixed
        sizes = [size(inputs) for size in self.sizes]
        total = 0
        for amount, places in self._terms:
            for place in places:
                amount *= sizes[place]
            total += amount
        if total > MAX_NODES:  # each row costs a point at least, so otherwise there are not too many
            check_nodes(_sum(self.rows, sizes))
        return total or 1

    def actual(self, requested: int, data: bytes) -> int:
        """What was needed of the requested: the objects in the answer and what was counted beside them.

        A brace inside a text counts as an object, of a long answer only parts are looked at; never more than was requested.
        """
        if self.beside is None or len(data) > requested * _LONGEST_BRACES:
            return requested
        return min(requested, max(1, self.beside + _objects(data)))

    def dearest(self, inputs: Any) -> tuple[str, int]:
        """The path of the field that adds most, and its points."""
        sizes = [size(inputs) for size in self.sizes]
        most: tuple[str, ...] = ()
        points = -1
        for share in self.shares:
            added = _sum({share.places: share.points}, sizes)
            if added > points:
                most, points = share.path, added
        return ".".join(most), max(points, 0)


def _objects(data: bytes) -> int:
    """About how many objects are in it, beside itself; a third of a microsecond for each 1,000 bytes that are looked at."""
    length = len(data)
    if length <= _SAMPLES * _SAMPLE:
        return data.count(b"{") - 1
    step = length // _SAMPLES
    seen = sum(data.count(b"{", at, at + _SAMPLE) for at in range(0, step * _SAMPLES, step))
    return seen * length // (_SAMPLES * _SAMPLE)


def _sum(terms: Mapping[Places, int], sizes: Sequence[int]) -> int:
    total = 0
    for places, amount in terms.items():
        for place in places:
            amount *= sizes[place]
        total += amount
    return total
