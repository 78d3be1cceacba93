"""Runs a mutation document: all of it in one transaction, each payload hydrated by a compiled plan before the commit.

A field that takes long for reasons outside the database (signing in) prepares itself before the transaction: it sees what
the database held before the document, whatever else the document changes.

Any failure in any root field rolls back everything: a payload that was fine by itself then has a null object and says
`ROLLED_BACK`. Serialization failures and deadlocks run the whole document again, three times at most.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from api.cost.charge import Payer
from api.cost.price import Price
from api.errors import sqlstate
from api.idempotency import remember, repeated
from api.plan.carrier import fetch_on
from api.plan.catalogue import ASKED, CATALOGUE_SCOPES
from api.plan.compiler import Compiler
from api.plan.denials import Denial, OperationDenied
from api.plan.documents import Operation
from api.plan.plan import Inputs, Statement
from api.plan.planner import Planner
from api.plan.pricing import priced
from api.plan.selection import Document, Selected
from api.plan.values import take
from api.schema.input_paths import blaming
from api.schema.inputs import given_or
from api.schema.mutation_fields import Changed, MutationField, Repeatable, input_value
from kernel.errors import ErrorCode, FediflowError, path_of
from tenants.door import Door, Transaction
from tenants.model import Access, Unauthenticated

ATTEMPTS = 3
_RETRIED = frozenset({"40001", "40P01"})
_SOURCE = "object"
# What a client cannot mend by other input is an error of the whole answer, not of a payload.
_NOT_USER_ERRORS = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.INTERNAL, ErrorCode.TIMEOUT})


@dataclass(frozen=True, slots=True)
class _Part:
    """One root field: what it runs, the payload's selected fields, and the statement of its object if it is asked for."""

    document: Document
    selected: Selected
    field: MutationField
    payload: tuple[Selected, ...]
    objects: Mapping[str, Statement]


@dataclass(frozen=True, slots=True)
class _Compiled:
    # A text is a member of the answer that is known already: `__typename`.
    parts: tuple[_Part | str, ...]
    price: Price

    @property
    def characters(self) -> int:
        """The length of its SQL."""
        parts = [part for part in self.parts if isinstance(part, _Part)]
        return sum(len(statement.sql) for part in parts for statement in part.objects.values())


class _RolledBack(Exception):
    """Ends the transaction; `outcomes` are what the payloads will say."""

    def __init__(self, failed: int, error: FediflowError, current: Mapping[str, str]) -> None:
        super().__init__()
        self.failed = failed
        self.error = error
        self.current = current


class Mutations:
    """Runs mutation documents through the tenant's door."""

    def __init__(self, planner: Planner, door: Door, services: Any) -> None:
        self._planner = planner
        self._door = door
        self._services = services

    async def run(
        self, operation: Operation, inputs: Inputs, address: str, payer: Payer
    ) -> tuple[bytes, tuple[ErrorCode, ...]]:
        """The whole answer, and the code of the user error in it where there is one."""
        compiled = await self._paid(operation, inputs, payer)
        await payer.pay(compiled.price, inputs)
        data, codes = await self._run(compiled, operation, inputs, address)
        return payer.answer(data.encode()), codes

    async def _paid(self, operation: Operation, inputs: Inputs, payer: Payer) -> _Compiled:
        """What is new here is paid for before it is compiled."""
        access, variables = inputs.principal.access, inputs.variables
        if not self._planner.knows(operation, access, variables):
            await payer.pay_for_plan(self._planner.priced(operation, variables).parts)
        return self._compiled(operation, access, variables)

    async def _run(
        self, compiled: _Compiled, operation: Operation, inputs: Inputs, address: str
    ) -> tuple[str, tuple[ErrorCode, ...]]:
        """The `data` text, and the code of the user error in it where there is one."""
        _check_bound(compiled, inputs)
        ready = [part for part in compiled.parts if isinstance(part, str)]
        if len(ready) == len(compiled.parts):
            return "{" + ",".join(ready) + "}", ()
        try:
            prepared = await self._prepared(compiled, inputs, address)
            return await self._attempts(compiled, prepared, operation, inputs, address), ()
        except _RolledBack as rolled_back:
            return _rolled_back(compiled, rolled_back), (rolled_back.error.code,)

    async def _prepared(self, compiled: _Compiled, inputs: Inputs, address: str) -> dict[int, Any]:
        """What fields made of their inputs before the transaction, by the fields' places in the document."""
        prepared = {}
        for index, part in enumerate(compiled.parts):
            if isinstance(part, str) or part.field.prepare is None:
                continue
            given = input_value(part.field.input, part.selected, inputs.variables)
            try:
                prepared[index] = await part.field.prepare(
                    self._door, inputs.principal, given, self._services, address
                )
            except FediflowError as error:
                if error.code in _NOT_USER_ERRORS:
                    raise
                raise _RolledBack(index, error, {}) from error
        return prepared

    async def _attempts(
        self,
        compiled: _Compiled,
        prepared: Mapping[int, Any],
        operation: Operation,
        inputs: Inputs,
        address: str,
    ) -> str:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(compiled, prepared, operation, inputs, address)
            except _RolledBack:
                raise
            except Exception as error:
                if attempt == ATTEMPTS or sqlstate(error) not in _RETRIED:
                    raise
                await asyncio.sleep(random.uniform(0, 0.02 * attempt))
        raise AssertionError("the last attempt returns or raises")

    async def _once(
        self,
        compiled: _Compiled,
        prepared: Mapping[int, Any],
        operation: Operation,
        inputs: Inputs,
        address: str,
    ) -> str:
        texts = []
        async with self._door.write(inputs.principal) as tx:
            for index, part in enumerate(compiled.parts):
                if isinstance(part, str):
                    texts.append(part)
                    continue
                try:
                    texts.append(await self._part(part, prepared.get(index), operation, tx, inputs, address))
                except FediflowError as error:
                    if error.code in _NOT_USER_ERRORS or isinstance(error, OperationDenied):
                        raise
                    current = await self._current(part, error, tx, inputs)
                    raise _RolledBack(index, error, current) from error
        return "{" + ",".join(texts) + "}"

    async def _part(
        self,
        part: _Part,
        prepared: Any,
        operation: Operation,
        tx: Transaction,
        inputs: Inputs,
        address: str,
    ) -> str:
        given = input_value(part.field.input, part.selected, inputs.variables)
        with blaming(given):
            subject = prepared if part.field.prepare is not None else given
            changed = await self._changed(part.field, subject, tx, address)
        objects, inputs = part.objects, inputs
        if changed.principal is not None:
            inputs = replace(inputs, principal=changed.principal)
            fresh = self._compiled(operation, changed.principal.access, inputs.variables)
            objects = _same(part, fresh).objects
        texts = await _hydrate(objects, tx, inputs, changed)
        return f'"{part.selected.key}":{_payload(part, texts, changed.extras, [])}'

    async def _changed(self, field: MutationField, given: Any, tx: Transaction, address: str) -> Changed:
        """What the field's operation changes now, or changed when it was first called with this idempotency key."""
        if field.scope in CATALOGUE_SCOPES:
            tx.told.append(ASKED)
        key = given_or(getattr(given, "idempotency_key", None))
        if key is None or not isinstance(field.run, Repeatable):
            return await field.run(tx, given, self._services, address)
        values = field.run.read(given)
        known = await repeated(tx, field.name, key, values)
        if known is not None:
            return known
        changed = await field.run.call(tx, {**values, **field.run.beside(given)}, self._services)
        await remember(tx, field.name, key, changed)
        return changed

    async def _current(
        self, part: _Part, error: FediflowError, tx: Transaction, inputs: Inputs
    ) -> Mapping[str, str]:
        """After a version conflict the payload shows the object as it is now."""
        current = error.details.get("current_id")
        if not isinstance(current, int):
            return {}
        return await _hydrate(part.objects, tx, inputs, Changed(current))

    def _compiled(self, operation: Operation, access: Access, variables: Mapping[str, Any]) -> _Compiled:
        return self._planner.cached(
            operation, access, variables, lambda document: self._compile(document, operation, access)
        )

    def _compile(self, document: Document, operation: Operation, access: Access) -> _Compiled:
        root = document.schema.mutation_type
        assert root is not None
        price = priced(document, operation.node, self._planner.entities)
        compiler = Compiler(document, self._planner.entities, access)
        denials: list[Denial] = []
        parts: list[_Part | str] = []
        for selected in document.of_sets(root, [operation.node.selection_set]):
            if selected.name == "__typename":
                parts.append(f'"{selected.key}":"{root.name}"')
                continue
            field = selected.binding
            assert isinstance(field, MutationField), f"Mutation.{selected.name} is bound to nothing"
            if not access.is_member and not field.is_open:
                raise Unauthenticated(f"{selected.key}: sign in first")
            if field.scope is not None and field.scope not in access.scopes:
                denials.append(Denial((selected.key,), f"Mutation.{selected.name}", field.scope))
            parts.append(self._compile_part(document, compiler, selected, field, access))
        if denials:
            raise OperationDenied(denials, is_signed_in=access.is_member)
        compiler.finish()
        return _Compiled(tuple(parts), price)

    def _compile_part(
        self, document: Document, compiler: Compiler, selected: Selected, field: MutationField, access: Access
    ) -> _Part:
        type_: Any = selected.definition.type
        payload = tuple(document.fields(getattr(type_, "of_type", type_), selected.nodes))
        objects = {}
        if access.is_member or not field.is_open:
            for part in payload:
                entity_name = field.objects.get(part.python_name)
                if entity_name is not None:
                    entity = self._planner.entities[entity_name]
                    path = (selected.key, part.key)
                    objects[part.key] = compiler.hydration(part, entity, _SOURCE, path)
        return _Part(document, selected, field, payload, objects)


def _same(part: _Part, compiled: _Compiled) -> _Part:
    parts = [one for one in compiled.parts if isinstance(one, _Part)]
    return next(one for one in parts if one.selected.key == part.selected.key)


def _check_bound(compiled: _Compiled, inputs: Inputs) -> None:
    """Refuses what a payload's selection is asked with, such as a wrong cursor, before anything is changed."""
    bound = replace(inputs, sources={_SOURCE: 0})
    for part in compiled.parts:
        if isinstance(part, _Part):
            for statement in part.objects.values():
                statement.bind(bound)


async def _hydrate(
    objects: Mapping[str, Statement], tx: Transaction, inputs: Inputs, changed: Changed
) -> dict[str, str]:
    if not objects or changed.object_id is None:
        return {}
    driver = tx.driver
    bound = replace(inputs, sources={_SOURCE: changed.object_id})
    return {key: await fetch_on(driver, one, bound) or "null" for key, one in objects.items()}


def _payload(
    part: _Part, objects: Mapping[str, str], extras: Mapping[str, Any], errors: list[dict[str, Any]]
) -> str:
    texts = []
    for field in part.payload:
        if field.name == "__typename":
            type_: Any = part.selected.definition.type
            text = orjson.dumps(getattr(type_, "of_type", type_).name).decode()
        elif field.python_name == "user_errors":
            text = orjson.dumps(take(part.document, field, errors)).decode()
        elif field.python_name in part.field.objects:
            text = objects.get(field.key, "null")
        else:
            text = orjson.dumps(take(part.document, field, extras.get(field.python_name))).decode()
        texts.append(f'"{field.key}":{text}')
    return "{" + ",".join(texts) + "}"


def _rolled_back(compiled: _Compiled, rolled_back: _RolledBack) -> str:
    texts = []
    for index, part in enumerate(compiled.parts):
        if isinstance(part, str):
            texts.append(part)
            continue
        failed = index == rolled_back.failed
        error = rolled_back.error if failed else _ROLLED_BACK
        objects = rolled_back.current if failed else {}
        texts.append(f'"{part.selected.key}":{_payload(part, objects, {}, [user_error(error)])}')
    return "{" + ",".join(texts) + "}"


def user_error(error: FediflowError) -> dict[str, Any]:
    """A payload's entry: the code, the sentence, and the input's path where one is to blame."""
    return {
        "code": error.code,
        "message": error.message,
        "path": [str(step) for step in path_of(error)] or None,
        "reason": str(error.details["reason"]).upper() if "reason" in error.details else None,
    }


class RolledBack(FediflowError):
    """Another part of the document failed, so this one was undone."""

    code = ErrorCode.ROLLED_BACK


_ROLLED_BACK = RolledBack("another field of this mutation failed, so this one was undone")
