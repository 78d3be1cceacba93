"""What many types share: nodes, connections, language-tagged text, external ids, attributes."""

import inspect
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from api.schema.enums import AttributeOwner, AttributeType, OrderDirection

T = TypeVar("T")


def declared(returns: Any, *, description: str | None = None, bind: Any = None, **arguments: Any) -> Any:
    """A field that a plan answers, with arguments: name=(type, default) or name=type where it is required."""

    def resolver(self: Any, **given: Any) -> Any:
        raise AssertionError("a stored field has no resolver")

    parameters = [_parameter("self")]
    annotations: dict[str, Any] = {"return": returns}
    for name, given in arguments.items():
        type_, *default = given if isinstance(given, tuple) else (given,)
        annotations[name] = type_
        parameters.append(_parameter(name, *default, annotation=type_))
    resolver.__annotations__ = annotations
    resolver.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what Strawberry reads
        parameters, return_annotation=returns
    )
    metadata = {"bind": bind} if bind is not None else {}
    return strawberry.field(resolver=resolver, description=description, metadata=metadata)


def _parameter(name: str, *default: Any, annotation: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=default[0] if default else inspect.Parameter.empty,
        annotation=annotation,
    )


def bound(bind: Any, *, description: str | None = None) -> Any:
    """A field without arguments whose binding its name does not say."""
    return strawberry.field(metadata={"bind": bind}, description=description)


@strawberry.interface(description="An object with a global id.")
class Node:
    id: strawberry.ID


@strawberry.type(description="Where a page stands in its list (Relay Cursor Connections).")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type(
    description="One page of an ordered list. `first` or `last` say how many (20 if neither, at most 100)."
)
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total_count: int = declared(
        int,
        description="How many there are in all. Counted up to 10,000; with `exact` to the last one, at a price.",
        exact=(bool, False),
    )
    total_count_is_capped: bool = strawberry.field(
        description="Whether there are more than the 10,000 that `totalCount` counts to when not asked to be exact."
    )


def connection(
    target: Any,
    *,
    filter: Any = None,
    order: Any = None,
    description: str | None = None,
    bind: Any = None,
    **more: Any,
) -> Any:
    """A connection field over `target` with Relay's arguments, filters and orders, and the arguments `more`."""
    arguments: dict[str, Any] = {
        "first": (int | None, strawberry.UNSET),
        "after": (str | None, strawberry.UNSET),
        "last": (int | None, strawberry.UNSET),
        "before": (str | None, strawberry.UNSET),
    }
    if filter is not None:
        arguments["filter"] = (filter | None, strawberry.UNSET)
    if order is not None:
        arguments["order_by"] = (order | None, strawberry.UNSET)
    return declared(Connection[target], description=description, bind=bind, **more, **arguments)


def order_input(name: str, *fields: str) -> Any:
    """The input `{name}Order { field, direction }` over these orders."""
    members: Any = Enum(f"{name}OrderField", {field: field for field in fields})  # type: ignore[misc]  # computed names
    field_enum = strawberry.enum(members)
    body = {
        "__annotations__": {"field": field_enum, "direction": OrderDirection},
        "direction": strawberry.field(default=OrderDirection.ASC),
    }
    return strawberry.input(type(f"{name}Order", (), body))


@strawberry.type(description="A text in one of the languages it exists in.")
class LocalizedText:
    text: str
    language: str = strawberry.field(description="The BCP 47 tag of the language that came.")


def localized(*, optional: bool = False, description: str | None = None) -> Any:
    """A language-tagged text: which languages to try, best first, else the request's, the person's, the tenant's."""
    returns = LocalizedText | None if optional else LocalizedText
    return declared(returns, description=description, languages=(list[str] | None, strawberry.UNSET))


@strawberry.type(description="An id that another system knows the object by.")
class ExternalId:
    type: str
    value: str


@strawberry.input(description="An id that another system knows an object by.")
class ExternalIdInput:
    type: str
    value: str


@strawberry.type(description="A field that the institution has declared for itself.")
class AttributeDefinition(Node):
    owner: AttributeOwner
    name: str
    value_type: AttributeType
    choices: list[str] | None
    label: LocalizedText = localized()
    is_filterable: bool
    readable_by: list[str] = strawberry.field(
        description="Roles; `everyone`; `owner`: the person that a user's field is about."
    )
    writable_by: list[str] = strawberry.field(
        description="Roles, and `owner`; an administrator writes every field."
    )


AttributeDefinitionOrder = order_input("AttributeDefinition", "NAME", "ID")


@strawberry.input
class AttributeDefinitionFilter:
    owner: AttributeOwner | None = strawberry.UNSET
    name: str | None = strawberry.UNSET


@strawberry.type(description="The value of a field that the institution has declared for itself.")
class Attribute:
    definition: AttributeDefinition
    value: str = strawberry.field(description="In the canonical text of the field's type.")


@strawberry.input(description="Has this value in a field that is declared filterable.")
class AttributeFilter:
    name: str
    value: str


@strawberry.type(description="An amount of study, such as 5.00 ECTS.")
class Credit:
    scheme: str
    value: Decimal
    level: str | None


def lazy(name: str, module: str) -> Any:
    """A type of another module of the schema."""
    return Annotated[name, strawberry.lazy(f"api.schema.{module}")]
