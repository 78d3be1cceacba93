"""How a mutation is declared: its input, its payload, the operation it runs, the scope it needs."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import strawberry
from strawberry.types.base import StrawberryContainer, get_object_definition

from api.plan.arguments import arguments
from api.plan.selection import Selected
from api.schema.input_paths import camel
from api.schema.shared import declared
from kernel.errors import ErrorCode
from tenants.door import Door, Transaction
from tenants.model import Principal, Scope

strawberry.enum(ErrorCode, description="The closed set of error codes.")


@strawberry.type(description="Why a mutation did not happen. Any of them undoes the whole document.")
class UserError:
    code: ErrorCode
    message: str
    path: list[str] | None = strawberry.field(description="The member of the input that is to blame.")
    reason: str | None = strawberry.field(
        description="Where a code has several causes, such as FULL or WINDOW_CLOSED."
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """What an operation answers: the object it changed, what else the payload shows, and who asks from now on."""

    object_id: int | None
    extras: Mapping[str, Any] = field(default_factory=dict)
    principal: Principal | None = None


# (transaction, input, what operations need beside the database, the client's address) -> what changed
Run = Callable[[Transaction, Any, Any, str], Awaitable[Changed]]


def _nothing_beside(given: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A `Run` that reads the input first: an idempotency key stands for what was read, not for how it was written.

    What `beside` gives is called with too, and the key does not stand for it: what was found out by `prepare`.
    """

    read: Callable[[Any], Mapping[str, Any]]
    # (transaction, what was read and what is beside, what operations need beside the database) -> what changed
    call: Callable[[Transaction, Mapping[str, Any], Any], Awaitable[Changed]]
    beside: Callable[[Any], Mapping[str, Any]] = _nothing_beside

    async def __call__(self, tx: Transaction, given: Any, services: Any, address: str) -> Changed:
        return await self.call(tx, {**self.read(given), **self.beside(given)}, services)


# (door, who asks, input, what operations need beside the database, the client's address) -> what `run` gets as its input
Prepare = Callable[[Door, Principal, Any, Any, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class MutationField:
    """What is behind a mutation's root field."""

    name: str
    run: Run
    input: type | None
    objects: Mapping[str, str]  # payload fields that are hydrated: name -> entity
    scope: Scope | None
    is_open: bool = False  # may be asked by somebody who is not signed in
    prepare: Prepare | None = None  # what takes long, before the document's transaction holds a connection


def mutation(
    name: str,
    run: Run,
    *,
    input: type | None,
    objects: Mapping[str, Any],
    scope: Scope | None,
    description: str,
    extras: Mapping[str, Any | tuple[Any, str]] | None = None,
    is_open: bool = False,
    prepare: Prepare | None = None,
) -> Any:
    """Declares `name(input: …): {Name}Payload!` with one field per object, per extra, and `userErrors`.

    An extra is a type, or a type and the description of its field.
    """
    assert isinstance(run, Repeatable) or "idempotency_key" not in getattr(input, "__annotations__", {})
    payload = _payload_type(name[0].upper() + name[1:] + "Payload", objects, extras or {})
    entities = {key: type_.__name__ for key, type_ in objects.items()}
    bind = MutationField(name, run, input, entities, scope, is_open, prepare)
    given = {"input": input} if input is not None else {}
    return declared(payload, description=description, bind=bind, **given)


def input_value(input_type: type | None, selected: Selected, variables: Mapping[str, Any]) -> Any:
    """The input as an instance of its Strawberry class; None where the mutation takes none."""
    if input_type is None:
        return None
    return _instance(input_type, arguments(selected)["input"].value(variables))


def _payload_type(name: str, objects: Mapping[str, Any], extras: Mapping[str, Any]) -> Any:
    annotations: dict[str, Any] = {key: type_ | None for key, type_ in objects.items()}
    body: dict[str, Any] = {"__annotations__": annotations}
    for key, extra in extras.items():
        type_, *description = extra if isinstance(extra, tuple) else (extra,)
        annotations[key] = type_ | None
        if description:
            body[key] = strawberry.field(description=description[0])
    annotations["user_errors"] = list[UserError]
    return strawberry.type(type(name, (), body))


def _instance(type_: Any, value: Any) -> Any:
    if value is None or value is strawberry.UNSET:
        return value
    if isinstance(type_, StrawberryContainer):
        inner = type_.of_type
        return (
            [_instance(inner, item) for item in value] if isinstance(value, list) else _instance(inner, value)
        )
    definition = get_object_definition(type_)
    if definition is None:
        return value
    given = {}
    for one in definition.fields:
        name = one.graphql_name or camel(one.python_name)
        if name in value:
            given[one.python_name] = _instance(one.type, value[name])
    missing = {one.name: strawberry.UNSET for one in dataclasses.fields(type_) if one.name not in given}
    return type_(**{**missing, **given})
