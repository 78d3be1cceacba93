"""An actor as a value, read off its row."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping

from federation.protocol.addresses import Collection
from federation.tables.actors import actors

INSTANCE_ACTOR_PATH = "/actor"


@dataclass(frozen=True, slots=True)
class ActorRow:
    """An actor of ours or of another server, as it is stored."""

    id: int
    address: str
    kind: str  # one of ACTOR_KINDS
    is_local: bool
    user_id: int | None
    course_id: int | None
    org_unit_id: int | None
    host: str
    preferred_username: str
    display_name: str
    biography: str  # sanitised HTML
    avatar_url: str | None
    profile_url: str | None
    inbox: str | None
    shared_inbox: str | None
    followers_address: str | None
    also_known_as: tuple[str, ...]
    moved_to: str | None
    attachments: tuple[Mapping[str, Any], ...]
    exposed: tuple[str, ...]
    is_discoverable: bool
    approves_followers: bool
    status: str
    restriction: str
    followers_count: int
    following_count: int
    posts_count: int
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def handle(self) -> str:
        """`@user@host`."""
        return f"@{self.preferred_username}@{self.host}"

    @property
    def is_institution(self) -> bool:
        """Whether it is the institution's own actor."""
        return self.is_local and self.kind == "application"

    @property
    def is_active(self) -> bool:
        """Whether it may act: it is not gone, has not moved away, and is not suspended."""
        return self.status == "active" and self.restriction != "suspended"

    @property
    def followers(self) -> str | None:
        """The collection that stands for its followers; None for a remote actor that has none."""
        return self.collection(Collection.FOLLOWERS) if self.is_local else self.followers_address

    def collection(self, collection: Collection) -> str:
        """A collection of an actor of ours; those of the institution's own lie under its id like everybody's."""
        if self.is_institution:
            return f"{self.address.removesuffix(INSTANCE_ACTOR_PATH)}/actors/{self.id}/{collection}"
        return f"{self.address}/{collection}"


COLUMNS: tuple[ColumnElement[Any], ...] = tuple(actors.c[field.name] for field in fields(ActorRow))
"""What a select asks for so that `actor_row` can read it."""


def actor_row(row: RowMapping | Mapping[str, Any]) -> ActorRow:
    """The actor of a selected row (`COLUMNS` or more)."""
    values = {field.name: row[field.name] for field in fields(ActorRow)}
    for name in ("also_known_as", "attachments", "exposed"):
        values[name] = tuple(values[name])
    return ActorRow(**values)
