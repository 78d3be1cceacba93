"""Staged rows into objects: what differs is found, written, given its external id and told to the outbox."""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, func, literal, not_, null, or_, select, update
from sqlalchemy.dialects.postgresql import array, insert

from academic.oneroster.loading.batch import (
    ARCHIVED,
    CREATED,
    ENDED,
    ONEROSTER,
    SKIPPED,
    UNCHANGED,
    UPDATED,
    Batch,
)
from academic.oneroster.loading.objects import Noun, owner


async def classify(batch: Batch, noun: Noun) -> None:
    """Says of every row what happens to its object; an archived one that the file has becomes active again."""
    s, t = noun.stage.c, noun.table.c
    await batch.execute(
        update(noun.stage)
        .where(s.change.is_(None), not_(s.is_known))
        .values(change=case((s.ends, ENDED), else_=CREATED))
    )
    differing = {
        **{name: t[name].is_distinct_from(s[name]) for name in noun.plain},
        **{name: t[name].op("->>")(batch.language).is_distinct_from(s[name]) for name in noun.texts},
        noun.status: t[noun.status] == noun.ended,
    }
    names: array[Any] = array(
        [case((differs, name)) for name, differs in sorted(differing.items())], type_=Text
    )
    differs = or_(s.is_adopted, *differing.values())
    await batch.execute(
        update(noun.stage)
        .where(s.change.is_(None), t.tenant_id == batch.tenant_id, t.id == s.id)
        .values(
            change=case(
                (s.ends, case((t[noun.status] == noun.ended, UNCHANGED), else_=ARCHIVED)),
                (differs, UPDATED),
                else_=UNCHANGED,
            ),
            differing=func.array_remove(names, null()),
        )
    )
    await batch.analyze(noun.stage)


async def write(batch: Batch, noun: Noun, **fixed: Any) -> None:
    """Makes the objects so; `fixed` are further values of a new one."""
    await _create(batch, noun, fixed)
    await _update(batch, noun)
    await _archive(batch, noun)
    await name_objects(batch, noun)


async def finish(batch: Batch, noun: Noun, payload: ColumnElement[Any] | None = None) -> None:
    """Tells the outbox and counts."""
    await tell(batch, noun, payload)
    await batch.count(noun.file, noun.stage)


async def tell(batch: Batch, noun: Noun, payload: ColumnElement[Any] | None = None) -> None:
    """Tells the outbox."""
    events = {change: f"{noun.name}.{change}" for change in (CREATED, UPDATED, ARCHIVED)}
    await batch.announce(noun.stage, noun.name, events, payload)


def what_changed(noun: Noun) -> ColumnElement[Any]:
    """For the payload: the columns of an updated object that became different."""
    s = noun.stage.c
    changed = case((s.change == UPDATED, func.to_jsonb(s.differing)))
    return func.jsonb_strip_nulls(func.jsonb_build_object("changed", changed))


def whether_moved(noun: Noun, column: str) -> ColumnElement[Any]:
    """For the payload: whether an updated object belongs to another one by now, which the column names."""
    s = noun.stage.c
    is_moved = case((s.change == UPDATED, column == s.differing.any_()))
    return func.jsonb_strip_nulls(func.jsonb_build_object("is_moved", is_moved))


async def name_objects(batch: Batch, noun: Noun) -> None:
    """Writes the sourcedIds of objects that had none."""
    s = noun.stage.c
    rows = select(literal(batch.tenant_id), s.id, literal(ONEROSTER), s.sourced_id).where(
        or_(s.change == CREATED, s.is_adopted), s.change != SKIPPED
    )
    names = ["tenant_id", owner(noun.external_ids).name, "type", "value"]
    await batch.execute(insert(noun.external_ids).from_select(names, rows))


async def _create(batch: Batch, noun: Noun, fixed: dict[str, Any]) -> None:
    s, now = noun.stage.c, batch.tx.now
    values: dict[str, Any] = {
        "tenant_id": literal(batch.tenant_id),
        "id": s.id,
        "created_at": literal(now),
        "updated_at": literal(now),
        noun.status: literal(noun.living),
        **{name: s[name] for name in noun.plain},
        **{name: _new_text(batch, s[name]) for name in noun.texts},
        **{name: literal(value) for name, value in fixed.items()},
    }
    rows = select(*values.values()).where(s.change == CREATED).order_by(s.place)
    await batch.execute(insert(noun.table).from_select(list(values), rows))


async def _update(batch: Batch, noun: Noun) -> None:
    s, t = noun.stage.c, noun.table.c
    await batch.execute(
        update(noun.table)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, s.change == UPDATED)
        .values(
            {
                **{name: s[name] for name in noun.plain},
                **{name: _changed_text(batch, t[name], s[name]) for name in noun.texts},
                noun.status: case((t[noun.status] == noun.ended, noun.living), else_=t[noun.status]),
                "updated_at": batch.tx.now,
                "version": t.version + 1,
            }
        )
    )


async def _archive(batch: Batch, noun: Noun) -> None:
    s, t = noun.stage.c, noun.table.c
    await batch.execute(
        update(noun.table)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, s.change == ARCHIVED)
        .values({noun.status: noun.ended, "updated_at": batch.tx.now, "version": t.version + 1})
    )


def _new_text(batch: Batch, text: ColumnElement[str]) -> ColumnElement[Any]:
    return case((text.is_not(None), func.jsonb_build_object(batch.language, text)), else_=null())


def _changed_text(batch: Batch, present: ColumnElement[Any], text: ColumnElement[str]) -> ColumnElement[Any]:
    """Other languages stay as they were written here."""
    others = func.coalesce(present, func.jsonb_build_object())
    return case(
        (text.is_not(None), others.op("||")(func.jsonb_build_object(batch.language, text))),
        else_=func.nullif(others.op("-")(batch.language), func.jsonb_build_object()),
    )
