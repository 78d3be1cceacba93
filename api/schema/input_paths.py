"""Where in a mutation's input an error lies, in the schema's own words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kernel.errors import INPUT, FediflowError, path_of

# What an operation calls the items of a list by, where it knows them by a name and not by their place.
_NAMING = ("name", "language")


@contextmanager
def blaming(given: Any) -> Iterator[None]:
    """Every error raised inside that knows a path gets it as a client can follow it through this input."""
    try:
        yield
    except FediflowError as error:
        path = input_path(path_of(error), given)
        if path is not None:
            error.details = {**error.details, "path": path}
        raise


def input_path(path: Sequence[str | int], given: Any) -> list[str] | None:
    """The path from "input" on, indexes as texts; it ends where the input's types know no further member."""
    if not path:
        return None
    found, value = [INPUT], given
    for step in path[1:] if path[0] == INPUT else path:
        if isinstance(value, list):
            index = _index(value, step)
            if index is None:
                break
            found.append(str(index))
            value = value[index]
        else:
            name = _snake(str(step))
            if not hasattr(value, name):
                break
            found.append(str(step))
            value = getattr(value, name)
    return found


def camel(name: str) -> str:
    """A member's name as the schema spells it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _index(items: list[Any], step: str | int) -> int | None:
    if isinstance(step, int) or step.isdecimal():
        return int(step) if int(step) < len(items) else None
    named = (
        index
        for index, item in enumerate(items)
        if any(getattr(item, member, None) == step for member in _NAMING)
    )
    return next(named, None)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
