"""The few ways a mutation's input becomes a call of an operation; so a mutation is one line of declaration."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from api.schema.inputs import (
    AttributeInput,
    Converters,
    filled,
    given_or,
    id_of,
    optional_text_of,
    plain_text,
)
from api.schema.mutation_fields import Changed, Repeatable, Run
from kernel.entities import Entity
from kernel.errors import InvalidInput, below
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

    def read(given: Any) -> Mapping[str, Any]:
        return {keyword: filled(value, given, converters, **renamed)}

    async def call(tx: Transaction, values: Mapping[str, Any], services: Any) -> Changed:
        return Changed(await operation(tx, **values))

    return Repeatable(read, call)


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
        object_id = id_of(given, entity)
        changed = await operation(
            tx,
            **{keyword: object_id},
            changes=filled(value, given, converters, **renamed),
            expected_version=given_or(given.expected_version),
        )
        return Changed(changed)

    return run


def acts(operation: Operation, keyword: str, entity: Entity, *members: str) -> Run:
    """Calls `operation(tx, keyword=id, expected_version=…)` and hands over those of the texts `members` that are given."""

    async def run(tx: Transaction, given: Any, services: Any, address: str) -> Changed:
        texts = {name: optional_text_of(given, name) for name in members}
        more = {name: text for name, text in texts.items() if text is not None}
        changed = await operation(
            tx, **{keyword: id_of(given, entity)}, **more, expected_version=given_or(given.expected_version)
        )
        return Changed(changed)

    return run


def attribute_texts(values: list[AttributeInput]) -> Mapping[str, str | None]:
    """The tenant's own fields by name; null removes one."""
    found: dict[str, str | None] = {}
    for index, one in enumerate(values):
        with below(index, "name"):
            name = plain_text(one.name)
            if name in found:
                raise InvalidInput(f"the field {name[:63]} is given twice")
        with below(index, "value"):
            value = given_or(one.value)
            found[name] = None if value is None else plain_text(value)
    return found
