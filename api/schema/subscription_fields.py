"""How a subscription is declared: which events it hears, what it hydrates, how its filter's members are decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.schema.shared import declared
from kernel.outbox.reading import Told
from tenants.model import Permission, Scope

OBJECT = ""  # the changed object's id
CHANGE = "."  # the last word of the event's name


@dataclass(frozen=True, slots=True)
class Said:
    """A member decided by the event alone: it lists ids that begin with `prefix`, or enum values where there is none.

    `key` names what it is compared with in the event's payload, or is `OBJECT` or `CHANGE`. An event that does not say
    it is not meant.
    """

    key: str
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A member that only the database can decide: the entity's filter of that name, part of the hydration."""

    name: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What is behind a subscription's root field."""

    events: tuple[str, ...]  # of the outbox
    members: Mapping[str, Said | Stored]  # by their GraphQL names
    read: Callable[[Told], Mapping[str, Any]]  # what the payload shows of the event, by python names
    # The payload's field that is hydrated, and what it is; whoever may not read the object hears nothing.
    shows: str = ""
    entity: str = ""
    scope: Scope | None = None
    permission: Permission | None = None
    # Of changes of one object that come at once only the last is told: they say what is, not what happened.
    latest_only: bool = False
    # The key under which the payload names the person whom the event is for: nobody else hears it.
    of_viewer: str = ""

    def said(self, told: Told, key: str) -> object:
        """What the event says under a key; None where it says nothing."""
        if key == OBJECT:
            return told.object_id
        if key == CHANGE:
            return told.event.rpartition(".")[2]
        return told.payload.get(key)


def subscription(watched: Watched, *, returns: Any, filter: Any, description: str) -> Any:
    """Declares `name(filter: …): {Name}Payload!`."""
    return declared(returns, description=description, bind=watched, filter=(filter | None, None))
