"""Tells people what happened: the outbox's events become notifications and letters, exactly once.

Equal events of one institution that follow each other are one statement, however many people they reach: an offering with
5,000 participants that is cancelled is three. Nothing is sent here; letters wait for those who send them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from federation.due import TenantOf
from federation.notifications.model import NotificationKind
from federation.notifications.telling import how_told, telling
from kernel.clock import Clock, system_clock
from kernel.database.named_sql import named_statements
from kernel.outbox.consumers import TransactionalConsumer
from kernel.outbox.event import Event
from tenants.door import driver_of, set_tenant
from tenants.model import Permission, Role, TenantId, roles_granting

CONSUMER = "notifications"
# What of an offering its participants are told of when it is changed: columns, and what clients call them.
TOLD_CHANGES = {
    "title": "title",
    "starts_on": "startsOn",
    "ends_on": "endsOn",
    "place_name": "place",
    "latitude": "place",
    "longitude": "place",
    "delivery_modes": "deliveryModes",
    "teaching_languages": "teachingLanguages",
}
_BATCH = 500
_TIMEOUT = 120.0
_FOLDER = Path(__file__).parent
_GONE = named_statements(_FOLDER / "gone.sql")
_SQL = named_statements(_FOLDER / "telling.sql")
# Whoever has much to do with imports, beside those who may watch them.
_OF_IMPORTS = sorted({Role.REGISTRAR, *roles_granting(Permission.WATCH_IMPORTS)})
# Who speaks for the groups of courses and units that have no staff of their own.
_OF_GROUPS = [role.value for role in roles_granting(Permission.WRITE_CATALOG)]
_IMPORT_ENDS = frozenset({"loaded", "refused", "failed"})
_UNDECIDED = frozenset({"requested", "waitlisted"})
_DECISIONS = frozenset({"approve", "waitlist", "deny"})
_MOVES_UP = frozenset({"promote", "offer"})

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """The statement that finds whom an event concerns, and what it is given of it; None: this one tells nobody anything."""

    sql: str
    row: Callable[[Event], dict[str, Any] | None]


def notifications_consumer(
    tenant_of: TenantOf, *, sends_mail: bool, clock: Clock = system_clock
) -> TransactionalConsumer:
    """The consumer that tells people; without `sends_mail` no letters are prepared."""
    teller = Teller(tenant_of, sends_mail=sends_mail, clock=clock)
    return TransactionalConsumer(CONSUMER, teller.tell, batch=_BATCH, timeout=_TIMEOUT)


class Teller:
    """Writes notifications on a connection of the worker. One at a time for a shard: it makes ids by the shard's clock."""

    def __init__(self, tenant_of: TenantOf, *, sends_mail: bool, clock: Clock = system_clock) -> None:
        self._tenant_of = tenant_of
        self._sends_mail = sends_mail
        self._clock = clock
        self._next_id = 0

    async def tell(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """What the events mean, in their order. Commits nothing."""
        driver = driver_of(connection)
        known: int | None = None
        for (tenant_id, name), those in groupby(
            _meaningful(events), key=lambda one: (one.tenant_id, one.event)
        ):
            if tenant_id != known:
                await driver.execute(set_tenant(TenantId(tenant_id)))
                known = tenant_id
            await self._tell(driver, tenant_id, name, list(those))

    async def _tell(
        self, driver: "asyncpg.Connection[Any]", tenant_id: int, name: str, events: list[Event]
    ) -> None:
        meaning = _MEANINGS.get(name)
        rows = _rows(meaning.row, events) if meaning is not None else []
        if meaning is not None and rows:
            await self._write(driver, tenant_id, meaning.sql, rows)
        gone = _TAKEN_BACK.get(name)
        if gone is not None:
            rows = _rows(gone.row, events)
            await driver.execute(gone.sql, tenant_id, orjson.dumps(rows).decode())

    async def _write(self, driver: "asyncpg.Connection[Any]", tenant_id: int, sql: str, rows: Rows) -> None:
        tenant = await self._tenant_of(tenant_id)
        first = max(await driver.fetchval(_SQL["first_id"]), self._next_id)
        how = how_told(tenant, self._clock(), sends_mail=self._sends_mail, first_id=first)
        taken = await driver.fetchval(sql, tenant_id, orjson.dumps(rows).decode(), *how)
        self._next_id = first + taken + 1


def _meaningful(events: Sequence[Event]) -> Iterator[Event]:
    return (event for event in events if event.event in _MEANINGS or event.event in _TAKEN_BACK)


def _rows(row: Callable[[Event], dict[str, Any] | None], events: Sequence[Event]) -> Rows:
    return [one for one in map(row, events) if one is not None]


def _finding(name: str, *members: str) -> _Meaning:
    """What the event says under these names, beside what it is about."""

    def row(event: Event) -> dict[str, Any]:
        own = {"id": event.object_id, "sequence": event.sequence}
        return own | {member: event.payload.get(member) for member in members}

    return _Meaning(telling(name), row)


def _decided_enrollment(event: Event) -> dict[str, Any] | None:
    """Of most steps of an enrollment nobody needs to be told: who did it was there, or it was a file."""
    said = event.payload
    is_decision = said.get("from_state") in _UNDECIDED and said.get("action") in _DECISIONS
    if not is_decision and said.get("action") not in _MOVES_UP:
        return None
    own = {"id": event.object_id, "sequence": event.sequence}
    return own | {name: said[name] for name in ("user_id", "to_state", "action")}


def _changed_offering(event: Event) -> dict[str, Any] | None:
    names = [TOLD_CHANGES[one] for one in event.payload.get("changed") or () if one in TOLD_CHANGES]
    changed = list(dict.fromkeys(names))
    own = {"id": event.object_id, "sequence": event.sequence, "by": event.payload.get("by")}
    return {**own, "changed": changed} if changed else None


def _finished_import(event: Event) -> dict[str, Any] | None:
    said = event.payload
    if said.get("dry_run") or said.get("state") not in _IMPORT_ENDS:
        return None
    details = {
        name: said[name] for name in ("state", "rows", "errors", "warnings") if said.get(name) is not None
    }
    details["about"] = f"import_{event.object_id}"
    told = _to_roles(event.object_id, NotificationKind.IMPORT_FINISHED, _OF_IMPORTS, details)
    return told | {"person": said.get("by")}


def _requested_follow(event: Event) -> dict[str, Any]:
    asked = {name: event.payload[name] for name in ("follower", "followed")}
    return {"id": event.object_id, **asked, "roles": _OF_GROUPS}


def _filed_report(event: Event) -> dict[str, Any]:
    details = {"about": f"report_{event.object_id}"}
    roles = roles_granting(Permission.MODERATE)
    return _to_roles(event.object_id, NotificationKind.REPORT_FILED, roles, details)


def _opened_conflict(event: Event) -> dict[str, Any]:
    details = {"about": f"conflict_{event.object_id}"}
    if "kind" in event.payload:
        details["claimed"] = event.payload["kind"].upper()
    roles = roles_granting(Permission.RESOLVE_IDENTITIES)
    return _to_roles(event.object_id, NotificationKind.IDENTITY_CONFLICT, roles, details)


def _to_roles(
    object_id: int, kind: NotificationKind, roles: Sequence[Role], details: Mapping[str, Any]
) -> dict[str, Any]:
    return {"id": object_id, "kind": kind.value, "roles": [role.value for role in roles], "details": details}


def _gone(name: str, row: Callable[[Event], dict[str, Any]]) -> _Meaning:
    return _Meaning(_SQL["take_back"].replace("{gone}", _GONE[name]), row)


def _reaction(what: str) -> _Meaning:
    return _gone(
        "reaction",
        lambda event: {"id": event.object_id, "what": what, "actor": int(event.payload["actor"])},
    )


def _ended_follow(event: Event) -> dict[str, Any]:
    return {name: int(event.payload[name]) for name in ("follower", "followed")}


_BY_ROLE = telling("by_role")
_MEANINGS: Mapping[str, _Meaning] = {
    "post.published": _finding("post_published"),
    "post.liked": _finding("post_liked", "actor"),
    "post.announced": _finding("post_announced", "actor"),
    "follow.requested": _Meaning(telling("follow_requested"), _requested_follow),
    "follow.accepted": _finding("follow_accepted", "follower", "followed"),
    "follow.moved": _finding("moved", "target", "followers"),
    "enrollment.changed": _Meaning(telling("enrollment_changed"), _decided_enrollment),
    "offering.cancelled": _finding("offering_cancelled", "by"),
    "offering.updated": _Meaning(telling("offering_changed"), _changed_offering),
    "import.progressed": _Meaning(_BY_ROLE, _finished_import),
    "report.filed": _Meaning(_BY_ROLE, _filed_report),
    "identity.conflict_opened": _Meaning(_BY_ROLE, _opened_conflict),
}
_TAKEN_BACK: Mapping[str, _Meaning] = {
    "post.unliked": _reaction("like"),
    "post.unannounced": _reaction("announce"),
    "follow.ended": _gone("follow", _ended_follow),
    "post.deleted": _gone("post", lambda event: {"id": event.object_id}),
}
