"""A field that cannot be answered as it is asked: which one it is, in the answer and in the document."""

from collections.abc import Iterator
from contextlib import contextmanager

from graphql import SourceLocation

from api.plan.selection import Selected
from kernel.errors import InvalidInput


class FieldRefused(InvalidInput):
    """An argument of a field cannot be what it is; `path` are the response keys that lead to the field."""

    def __init__(self, error: InvalidInput, field: Selected) -> None:
        details = {name: value for name, value in error.details.items() if name != "path"}
        super().__init__(error.message, **details)
        self._field = field

    @property
    def path(self) -> tuple[str, ...]:
        """The response keys, aliases included; of a field inside a list there is one for all of its items."""
        return self._field.path

    @property
    def locations(self) -> tuple[SourceLocation, ...]:
        """Where the document asks for it."""
        return self._field.locations


def refused(error: InvalidInput, field: Selected) -> FieldRefused:
    """The error as one of this field, unless it is one of a field further inside."""
    return error if isinstance(error, FieldRefused) else FieldRefused(error, field)


@contextmanager
def asked(field: Selected) -> Iterator[None]:
    """What is refused inside, while a plan is compiled, is the field's."""
    try:
        yield
    except InvalidInput as error:
        raise refused(error, field) from error
