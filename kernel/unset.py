"""`UNSET`: the member was not given, which is something else than given as null."""

from enum import Enum
from typing import Final, Literal


class Unset(Enum):
    """The type of `UNSET`; its only value is false, so `value or default` reads naturally."""

    UNSET = "unset"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
