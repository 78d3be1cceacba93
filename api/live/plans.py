"""Compiles a subscription's selection: the statements that hydrate the changed object, and the payload around it.

The statements hold the subscriber's visibility and those members of the filter that only the database can decide, so an
object that is not to be told of is simply not found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode, GraphQLObjectType, NameNode, SelectionSetNode

from api.live.event_ids import EventId
from api.plan.arguments import Argument, arguments
from api.plan.compiler import Compiler
from api.plan.denials import Denial, OperationDenied
from api.plan.documents import Operation
from api.plan.plan import Binder, Statement
from api.plan.selection import Document, Selected
from api.plan.values import take
from api.schema.subscription import moment
from api.schema.subscription_fields import Stored, Watched
from kernel.entities import Entities, Filter
from kernel.errors import InvalidInput
from kernel.outbox.reading import Told
from tenants.model import Access, Forbidden, TenantRequired, Unauthenticated

SOURCE = "object"
Pages = tuple[tuple[Binder, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class LivePlan:
    """A subscription as a value, for one access and one shape of variables."""

    document: Document
    selected: Selected
    watched: Watched
    payload: tuple[Selected, ...]
    # Response keys of the hydrated object and their statements; at least one wherever an object is shown.
    objects: Mapping[str, Statement]
    pages: Pages

    @property
    def characters(self) -> int:
        """The length of its SQL."""
        return sum(len(statement.sql) for statement in self.objects.values())

    def frame(self, told: Told, event_id: EventId, texts: Mapping[str, str]) -> str:
        """The execution result that tells of the event, out of the objects' texts by response key."""
        known = {**self.watched.read(told), "event_id": str(event_id), "at": moment(told)}
        parts = [f'"{field.key}":{self._text(field, known, texts)}' for field in self.payload]
        data = f'{{"{self.selected.key}":{{{",".join(parts)}}}}}'
        return f'{{"data":{data},"extensions":{{"eventId":"{event_id}"}}}}'

    def _text(self, field: Selected, known: Mapping[str, Any], texts: Mapping[str, str]) -> str:
        if field.name == "__typename":
            return f'"{_type_of(self.selected).name}"'
        found = texts.get(field.key)
        if found is not None:
            return found
        return orjson.dumps(take(self.document, field, known[field.python_name])).decode()


def compile_live(document: Document, operation: Operation, entities: Entities, access: Access) -> LivePlan:
    """The plan of a subscription; raises what `access` does not allow, before anything is asked."""
    root = document.schema.subscription_type
    assert root is not None
    fields = document.of_sets(root, [operation.node.selection_set])
    if len(fields) != 1:
        raise InvalidInput("a subscription selects exactly one field; all of this one's are left out")
    (selected,) = fields
    watched = selected.binding
    assert isinstance(watched, Watched), f"Subscription.{selected.name} is bound to nothing"
    _permit(selected, watched, access)
    payload = tuple(document.fields(_type_of(selected), selected.nodes))
    compiler = Compiler(document, entities, access)
    objects = {}
    if watched.shows:
        entity = entities[watched.entity]
        filters = list(_stored(document, selected, watched, entity.filters))
        for part in _shown(selected, payload, watched.shows):
            path = (selected.key, part.key)
            objects[part.key] = compiler.hydration(part, entity, SOURCE, path, filters)
    return LivePlan(document, selected, watched, payload, objects, compiler.finish())


def subscribed_tenant(operation: Operation) -> TenantRequired:
    """Why a subscription without an institution hears nothing."""
    named = operation.name or "this subscription"
    return TenantRequired(f"{named} names no institution: send a token, or use its own host")


def _permit(selected: Selected, watched: Watched, access: Access) -> None:
    if watched.permission is not None and not access.may(watched.permission):
        if not access.is_member:
            raise Unauthenticated(f"{selected.key}: sign in first")
        raise Forbidden(f"{selected.key} needs the permission {watched.permission}")
    if watched.scope is not None and watched.scope not in access.scopes:
        denial = Denial((selected.key,), f"Subscription.{selected.name}", watched.scope)
        raise OperationDenied([denial], is_signed_in=access.is_member)


def _shown(selected: Selected, payload: Sequence[Selected], shows: str) -> list[Selected]:
    """The payload's fields that show the object; one of our own where none is asked for, to know who may hear."""
    found = [field for field in payload if field.python_name == shows and field.name != "__typename"]
    if found:
        return found
    definition = _type_of(selected).fields[shows]
    typename = FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())
    node = FieldNode(
        name=NameNode(value=shows),
        arguments=(),
        directives=(),
        selection_set=SelectionSetNode(selections=(typename,)),
    )
    return [Selected(_UNASKED, shows, definition, (node,))]


def _stored(
    document: Document, selected: Selected, watched: Watched, filters: Sequence[Filter]
) -> list[tuple[Filter, Argument]]:
    argument = arguments(selected)["filter"]
    given = argument.value(document.variables) or {}
    named = {filter_.name: filter_ for filter_ in filters}
    return [
        (named[member.name], argument.member(name))
        for name, member in watched.members.items()
        if isinstance(member, Stored) and given.get(name) is not None
    ]


def _type_of(selected: Selected) -> GraphQLObjectType:
    type_: Any = selected.definition.type
    found = getattr(type_, "of_type", type_)
    assert isinstance(found, GraphQLObjectType)
    return found


_UNASKED = "?"  # no response key: none can be spelt so
