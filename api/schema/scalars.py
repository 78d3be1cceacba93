"""Scalars that are stricter than what Strawberry offers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition


def moment(value: Any) -> datetime:
    """A moment in UTC. One without its offset is another one on every server, so it is none."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError(value)
        return found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise StrawberryInputCoercionError(
            "a DateTime is a date, a time and an offset of the years 1 to 9999, such as 2026-04-01T08:00:00Z"
        ) from None


MOMENT = strawberry.scalar(
    name="DateTime",
    description="A moment: date, time and offset (RFC 3339), such as 2026-04-01T08:00:00Z. Answers are in UTC.",
    serialize=datetime.isoformat,
    parse_value=moment,
)
SCALARS: Mapping[object, ScalarDefinition] = {datetime: MOMENT}
