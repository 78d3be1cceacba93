"""Declaring the tenant's own fields, and writing their values."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from kernel.errors import InvalidInput
from kernel.languages import language_text
from tenants.attributes.model import EVERYONE, OWNER, Definition, Given, canonical, checked_choices
from tenants.authority import require
from tenants.changing import taken_values
from tenants.door import Transaction
from tenants.model import Forbidden, Permission, Role
from tenants.tables import ATTRIBUTE_OWNERS, ATTRIBUTE_TYPES, attribute_definitions

LONGEST_LABEL = 200
MOST_DECLARED = 200

_NAME = re.compile(r"[a-z][a-zA-Z0-9_]{0,62}", re.ASCII)
_ROLES = frozenset(role.value for role in Role)
_TAKEN = {
    "attribute_definitions_tenant_id_owner_name_key": (
        "a field of this name is declared already",
        ["input", "name"],
    )
}


@dataclass(frozen=True, slots=True)
class NewAttribute:
    """A field to declare. Readers and writers are roles; `owner` is the person a user's field is about, and
    `everyone` reads."""

    owner: str
    name: str
    value_type: str
    label: Mapping[str, str]
    choices: Sequence[str] | None = None
    readable_by: Sequence[str] = (EVERYONE,)
    writable_by: Sequence[str] = ()
    is_filterable: bool = False


async def declare_attribute(tx: Transaction, *, attribute: NewAttribute) -> int:
    """Declares a field for one kind of object. A tenant's administrator may write every field."""
    require(tx, Permission.DECLARE_ATTRIBUTES, "declare fields")
    values = _checked(attribute)
    own = select(attribute_definitions.c.id).where(attribute_definitions.c.tenant_id == tx.tenant_id)
    if len((await tx.connection.execute(own)).all()) >= MOST_DECLARED:
        raise InvalidInput(f"a tenant declares at most {MOST_DECLARED} fields", path=["input"])
    attribute_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(attribute_definitions).values(
                tenant_id=tx.tenant_id, id=attribute_id, created_at=tx.now, **values
            )
        )
    await tx.announce("attribute.declared", "attribute", attribute_id, owner=attribute.owner)
    return attribute_id


async def write_attributes(
    tx: Transaction,
    *,
    table: Table,
    owner: str,
    owner_id: int,
    values: Mapping[str, Given | None],
    is_own: bool = False,
) -> bool:
    """Writes the given fields of one object into `<owner>_attributes`; null takes a value away.

    The caller has the right to change the object, or `is_own`: the object is the caller as a person. Who may write
    which field is decided here, field by field. The caller holds the object's row lock and tells the outbox; False
    where nothing was given.
    """
    if not values:
        return False
    definitions = await _definitions(tx, owner, values)
    given = {definition: values[definition.name] for definition in definitions}
    for definition in given:
        _require_writer(tx, definition, is_own)
    kept = {
        definition.id: canonical(definition, value)
        for definition, value in given.items()
        if value is not None
    }
    removed = [definition.id for definition, value in given.items() if value is None]
    column = table.c[f"{owner}_id"]
    if removed:
        await tx.connection.execute(
            delete(table).where(
                table.c.tenant_id == tx.tenant_id, column == owner_id, table.c.definition_id.in_(removed)
            )
        )
    if kept:
        rows = [
            {"tenant_id": tx.tenant_id, column.name: owner_id, "definition_id": key, "value": kept[key]}
            for key in sorted(kept)
        ]
        statement = insert(table).values(rows)
        await tx.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", column.name, "definition_id"],
                set_={"value": statement.excluded.value},
            )
        )
    return True


def _checked(attribute: NewAttribute) -> dict[str, object]:
    _require_one_of(attribute.owner, ATTRIBUTE_OWNERS, "owner")
    _require_one_of(attribute.value_type, ATTRIBUTE_TYPES, "valueType")
    if not _NAME.fullmatch(attribute.name):
        raise InvalidInput(
            "a field's name starts with a small letter and has at most 63 letters, digits and underscores",
            path=["input", "name"],
        )
    own = {OWNER} if attribute.owner == "user" else set()
    _require_known(attribute.readable_by, _ROLES | own | {EVERYONE}, "readableBy")
    _require_known(attribute.writable_by, _ROLES | own, "writableBy")
    try:
        label = language_text(attribute.label, longest=LONGEST_LABEL)
    except InvalidInput as error:
        raise InvalidInput(error.message, path=["input", "label"]) from None
    return {
        "owner": attribute.owner,
        "name": attribute.name,
        "value_type": attribute.value_type,
        "choices": checked_choices(attribute.value_type, attribute.choices),
        "label": label,
        "readable_by": sorted(set(attribute.readable_by)),
        "writable_by": sorted(set(attribute.writable_by)),
        "is_filterable": attribute.is_filterable,
    }


async def _definitions(tx: Transaction, owner: str, names: Collection[str]) -> list[Definition]:
    """The declarations of these fields; `InvalidInput` names one that is not declared."""
    table = attribute_definitions.c
    query = (
        select(table.id, table.name, table.value_type, table.choices, table.writable_by)
        .where(table.tenant_id == tx.tenant_id, table.owner == owner, table.name.in_(list(names)))
        .order_by(table.id)
    )
    rows = (await tx.connection.execute(query)).all()
    found = {row.name for row in rows}
    for name in names:
        if name not in found:
            raise InvalidInput(
                f"no field {name[:63]!r} is declared for this", path=["input", "attributes", name]
            )
    return [
        Definition(row.id, row.name, row.value_type, tuple(row.choices or ()), frozenset(row.writable_by))
        for row in rows
    ]


def _require_writer(tx: Transaction, definition: Definition, is_own: bool) -> None:
    access = tx.principal.access
    writers = {role.value for role in access.roles} | ({OWNER} if is_own else set())
    if not access.may(Permission.DECLARE_ATTRIBUTES) and not definition.writable_by & writers:
        raise Forbidden(f"you may not write {definition.name}", path=["input", "attributes", definition.name])


def _require_one_of(value: str, allowed: Collection[str], member: str) -> None:
    if value not in allowed:
        raise InvalidInput(f"{value[:32]!r} is none of {', '.join(allowed)}", path=["input", member])


def _require_known(values: Sequence[str], allowed: Collection[str], member: str) -> None:
    for place, value in enumerate(values):
        if value not in allowed:
            raise InvalidInput(
                f"{value[:32]!r} is none of {', '.join(sorted(allowed))}", path=["input", member, place]
            )
