"""What a consumer is handed: one committed change, with its place in the order of the shard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered row of the outbox. `position` is the cursor; `sequence` only says how it got there."""

    position: int
    sequence: int
    tenant_id: int
    event: str
    object_type: str
    object_id: int
    payload: Mapping[str, Any]
    created_at: datetime
