"""Writes into the schema's documentation which orders each filter is offered with, as `api.plan.serving` decides it."""

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLSchema, get_named_type

from api.plan.bindings import Root
from api.plan.serving import Given, camel, given_filter, orders_served
from kernel.entities import Entities, Entity, Reach
from tenants.model import Role, access_of

_ALL = access_of([Role.TENANT_ADMIN])
_OF_A_LIST = (
    "Of several, one must be offered in the list's order. Without `orderBy` the list stands in its own order where the"
    " filter is offered in that, else in the first one named at the filter. In an object with many, fewer are offered;"
    " an error says which."
)


def describe_lists(schema: GraphQLSchema, entities: Entities) -> None:
    """Adds a sentence to every member of the filters."""
    for entity in entities:
        type_ = schema.type_map.get(f"{entity.name}Filter")
        if isinstance(type_, GraphQLInputObjectType) and not entity.few:
            type_.description = " ".join(filter(None, (type_.description, _OF_A_LIST)))
            viewer, always = _of_root(schema, entity)
            for one in entity.filters:
                if not one.members:
                    continue  # no argument: a field's own restriction
                field = type_.fields[camel(one.name)]
                field.description = " ".join(
                    filter(None, (field.description, _offered(entity, viewer, [*always, given_filter(one)])))
                )


def always_given(field: GraphQLField, entity: Entity) -> tuple[Given | None, list[Given]]:
    """What restricts a root field's list of this entity before any argument does: that it is the viewer's, and filters."""
    bind = field.extensions["strawberry-definition"].metadata.get("bind")
    if not isinstance(bind, Root):
        return None, []
    viewer = Given("viewer", Reach.EQUAL, bind.of_viewer) if bind.of_viewer else None
    return viewer, [given_filter(one) for one in entity.filters if one.name in bind.where]


def _of_root(schema: GraphQLSchema, entity: Entity) -> tuple[Given | None, list[Given]]:
    """The same of the root field that takes the entity's filters."""
    roots = schema.query_type.fields.values() if schema.query_type else ()
    for field in roots:
        argument = field.args.get("filter")
        if argument is not None and get_named_type(argument.type).name == f"{entity.name}Filter":
            return always_given(field, entity)
    return None, []


def _offered(entity: Entity, viewer: Given | None, given: list[Given]) -> str:
    orders = [order.name for order in orders_served(entity, _ALL, viewer, given)]
    if len(orders) == len(entity.orders):
        return "In any order."
    return f"In the order of {' or '.join(orders)}." if orders else "Only beside another filter."
