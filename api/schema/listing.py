"""Writes into the schema's documentation which orders each filter is offered with, as `api.plan.serving` decides it."""

from graphql import GraphQLInputObjectType, GraphQLSchema

from api.plan.serving import camel, given_filter, orders_served
from kernel.entities import Entities, Entity, Filter
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
            for one in entity.filters:
                if not one.members:
                    continue  # no argument: a field's own restriction
                field = type_.fields[camel(one.name)]
                field.description = " ".join(filter(None, (field.description, _offered(entity, one))))


def _offered(entity: Entity, filter_: Filter) -> str:
    orders = [order.name for order in orders_served(entity, _ALL, None, [given_filter(filter_)])]
    if len(orders) == len(entity.orders):
        return "In any order."
    return f"In the order of {' or '.join(orders)}." if orders else "Only beside another filter."
