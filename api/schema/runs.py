"""The few ways a mutation's input becomes a call of an operation; so a mutation is one line of declaration."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from api.plan.coercion import row_id
from api.schema.inputs import AttributeInput, Converters, filled, given_or, plain_text
from api.schema.mutation_fields import Changed, Run
from kernel.entities import Entity
from kernel.errors import InvalidInput
from tenants.door import Transaction

Operation = Callable[..., Awaitable[int]]


def creates(
    operation: Operation,
    keyword: str,
    value: type,
    converters: Converters,
    *,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> Run:
    """Calls `operation(tx, keyword=value(...))` with the input's members."""

    async def run(tx: Transaction, given: Any, services: Any, address: str) -> Changed:
        object_id = await operation(tx, **{keyword: filled(value, given, converters, **renamed)})
        return Changed(object_id)

    return run


def updates(
    operation: Operation,
    keyword: str,
    entity: Entity,
    value: type,
    converters: Converters,
    *,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> Run:
    """Calls `operation(tx, keyword=id, changes=value(...), expected_version=…)`; members that are absent stay."""

    async def run(tx: Transaction, given: Any, services: Any, address: str) -> Changed:
        object_id = _id(given, entity)
        changed = await operation(
            tx,
            **{keyword: object_id},
            changes=filled(value, given, converters, **renamed),
            expected_version=given_or(given.expected_version),
        )
        return Changed(changed)

    return run


def acts(operation: Operation, keyword: str, entity: Entity, *members: str) -> Run:
    """Calls `operation(tx, keyword=id, expected_version=…)` and hands `members` over as they are."""

    async def run(tx: Transaction, given: Any, services: Any, address: str) -> Changed:
        more = {
            name: _plain(getattr(given, name))
            for name in members
            if given_or(getattr(given, name)) is not None
        }
        changed = await operation(
            tx, **{keyword: _id(given, entity)}, **more, expected_version=given_or(given.expected_version)
        )
        return Changed(changed)

    return run


def attribute_texts(values: list[AttributeInput]) -> Mapping[str, str | None]:
    """The tenant's own fields by name; null removes one."""
    found: dict[str, str | None] = {}
    for one in values:
        name, value = plain_text(one.name), given_or(one.value)
        if name in found:
            raise InvalidInput(
                f"the field {name[:63]} is given twice", path=["input", "attributes", name[:63]]
            )
        found[name] = None if value is None else plain_text(value)
    return found


def _plain(value: Any) -> Any:
    return plain_text(value) if isinstance(value, str) else value


def _id(given: Any, entity: Entity) -> int:
    return row_id(given.id, entity, name="input.id")
