"""What other systems call a person: `userIds` and `identifier` of users.csv, added to what is known.

Exporters write one id for many people; an id that is not one person's says nothing about anybody and is left out. A file
never says who somebody is at an identity provider: that would let it sign people in.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, Integer, Table, Text, and_, delete, exists, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import ONEROSTER, SKIPPED, Batch
from academic.oneroster.naming import LONGEST_EXTERNAL_ID
from academic.oneroster.records import ExternalId, Status, User
from kernel.database.staging import Row, stage, staging_table
from tenants.signin.providers import EXTERNAL_ID_TYPE
from tenants.tables import user_external_ids

LONGEST_TYPE = 64
IDENTIFIER = "identifier"

_RESERVED = frozenset({ONEROSTER, EXTERNAL_ID_TYPE})
_IDS = staging_table(
    "staged_user_ids",
    Column("place", Integer, nullable=False),  # the person's
    Column("type", Text, nullable=False),
    Column("value", Text, nullable=False),
)


async def stage_user_ids(batch: Batch, people: Iterable[User]) -> None:
    """Stages the ids that one person alone has, in the file and here."""
    await stage(batch.tx.connection, _IDS, ("place", "type", "value"), _rows(batch, people))
    again = _IDS.alias().c
    shared = exists().where(
        again.type == _IDS.c.type, again.value == _IDS.c.value, again.place != _IDS.c.place
    )
    dropped = await batch.execute(delete(_IDS).where(shared).returning(*_IDS.c))
    _name(batch, dropped)


async def find_new_ids(batch: Batch, users_stage: Table) -> None:
    """Leaves out what is another person's here, then marks the people who get a new id."""
    s, held = users_stage.c, user_external_ids.alias().c
    is_held = and_(held.tenant_id == batch.tenant_id, held.type == _IDS.c.type, held.value == _IDS.c.value)
    dropped = await batch.execute(
        delete(_IDS).where(s.place == _IDS.c.place, is_held, held.user_id != s.id).returning(*_IDS.c)
    )
    _name(batch, dropped)
    is_new = exists().where(_IDS.c.place == s.place, ~exists().where(is_held))
    await batch.execute(update(users_stage).where(is_new).values(has_new_ids=true()))


async def write_user_ids(batch: Batch, users_stage: Table) -> None:
    """Adds them."""
    s = users_stage.c
    rows = select(literal(batch.tenant_id), s.id, _IDS.c.type, _IDS.c.value).where(
        s.place == _IDS.c.place, s.change != SKIPPED
    )
    names = ["tenant_id", "user_id", "type", "value"]
    await batch.execute(insert(user_external_ids).from_select(names, rows).on_conflict_do_nothing())


def _name(batch: Batch, dropped: Iterable[Any]) -> None:
    for place, type_, value in sorted(dropped):
        field, text = _said(ExternalId(type_, value))
        batch.warn(Rule.USER_ID_TAKEN, "users", field, [(place, text)])


def _said(one: ExternalId) -> tuple[str, str]:
    """The field that says it, and how it is written there."""
    return (IDENTIFIER, one.value) if one.type == IDENTIFIER else ("user_ids", f"{{{one.type}:{one.value}}}")


def _rows(batch: Batch, people: Iterable[User]) -> Iterator[Row]:
    for user in people:
        if user.status is Status.TO_BE_DELETED:
            continue
        identifier = (ExternalId(IDENTIFIER, user.identifier),) if user.identifier else ()
        for one in dict.fromkeys((*user.user_ids, *identifier)):
            if _may_be_stored(one):
                yield user.row, one.type, one.value
            else:
                field, text = _said(one)
                batch.warn(Rule.USER_IDS, "users", field, [(user.row, text)])


def _may_be_stored(one: ExternalId) -> bool:
    return (
        one.type.lower() not in _RESERVED
        and 1 <= len(one.type) <= LONGEST_TYPE
        and 1 <= len(one.value) <= LONGEST_EXTERNAL_ID
        and one.type.isprintable()
        and one.value.isprintable()
    )
