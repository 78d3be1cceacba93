"""The plans used last: so many characters of SQL in all, and so many shapes of one operation."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Protocol

from api.limits import MAX_SHAPES

# A character of SQL costs some five bytes with its binders, so at most about 200 MB a process.
MAX_CHARACTERS_OF_SQL = 40_000_000
_PLAN_ITSELF = 1_000  # what a plan costs without any SQL, in characters


class Compiled(Protocol):
    """What is remembered."""

    @property
    def characters(self) -> int:
        """The length of its SQL."""
        ...


_Shapes = OrderedDict[Hashable, Compiled]


class PlanCache:
    """Plans by family (document, operation, access) and shape; what was used longest ago goes first.

    Beyond `MAX_SHAPES` a family's newest plan takes the place of its own oldest: whoever makes up shapes of a document
    makes that document slower, and no other, and nothing is refused.
    """

    def __init__(self, most_characters: int = MAX_CHARACTERS_OF_SQL) -> None:
        self._most = most_characters
        self._families: OrderedDict[Hashable, _Shapes] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return sum(len(shapes) for shapes in self._families.values())

    @property
    def families(self) -> int:
        """How many have a plan here."""
        return len(self._families)

    @property
    def most_shapes(self) -> int:
        """How many plans the family has that has most of them."""
        return max(map(len, self._families.values()), default=0)

    def get(self, family: Hashable, shape: Hashable) -> Compiled | None:
        """The plan, if it is here."""
        shapes = self._families.get(family)
        found = shapes.get(shape) if shapes is not None else None
        if shapes is not None and found is not None:
            shapes.move_to_end(shape)
            self._families.move_to_end(family)
        return found

    def put(self, family: Hashable, shape: Hashable, plan: Compiled) -> None:
        """Remembers it, and forgets what is too much."""
        shapes = self._families.setdefault(family, OrderedDict())
        self._families.move_to_end(family)
        if len(shapes) >= MAX_SHAPES:
            self._forget(shapes)
        shapes[shape] = plan
        self._characters += _weight(plan)
        while self._characters > self._most:
            oldest, its_shapes = next(iter(self._families.items()))
            self._forget(its_shapes)
            if not its_shapes:
                del self._families[oldest]

    def _forget(self, shapes: _Shapes) -> None:
        _, plan = shapes.popitem(last=False)
        self._characters -= _weight(plan)


def _weight(plan: Compiled) -> int:
    return plan.characters + _PLAN_ITSELF
