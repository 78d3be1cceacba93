"""How values are stored in JSON columns."""

from collections.abc import Iterable
from typing import Any

from academic.model.catalogue import Credit


def credit_records(credits: Iterable[Credit]) -> list[dict[str, Any]]:
    """Credits as the database keeps them, values in hundredths."""
    return [{"scheme": one.scheme, "value": one.hundredths, "level": one.level} for one in credits]
