"""A text that never shows itself: not in a log, an error, a f-string or a debugger's list of variables."""

MASK = "********"


class Secret:
    """A password or key. `reveal` is the only way to it, so every use can be found by that name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)
