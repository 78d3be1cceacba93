"""How good a list of hits is, and how long the lists took."""

import math
from collections.abc import Hashable, Mapping, Sequence
from statistics import fmean


def ndcg(found: Sequence[Hashable], relevant: Mapping[Hashable, float], *, at: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) of the first `at`, 0 to 1.

    `relevant` is the gain of what should be found; what is found twice counts once.
    """
    ideal = _gain(sorted(relevant.values(), reverse=True)[:at])
    gains, seen = [], set[Hashable]()
    for one in found[:at]:
        gains.append(0.0 if one in seen else relevant.get(one, 0.0))
        seen.add(one)
    return _gain(gains) / ideal if ideal else 0.0


def reciprocal_rank(found: Sequence[Hashable], wanted: Hashable, *, at: int = 10) -> float:
    """One over the place of what was wanted, 0 where it is not among the first `at`."""
    places = (place for place, one in enumerate(found[:at], 1) if one == wanted)
    return 1 / next(places, math.inf)


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of none."""
    return fmean(values) if values else 0.0


def _gain(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))
