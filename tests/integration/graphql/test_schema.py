"""The schema: bound once and whole, its sets equal to the database's, its nullability honest."""

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType
from sqlalchemy import CheckConstraint

import academic.tables as academic_tables
import tenants.tables as tenant_tables
from api.plan.bindings import Column, Computed, Embedded, Found, Records, Root, Searched, Texts, Value
from api.plan.encoders import list_item
from api.schema.build import ENTITIES, PRINTED, SCHEMA, printed
from api.schema.mutation_fields import MutationField
from api.schema.subscription_fields import Watched
from kernel.entities import Cardinality, Entity
from kernel.tables import SHARD
from tenants.entities import attribute_visible, definition_visible, everyone

# Value types whose fields are taken from the entity that a relation leads to, not from one of their own name.
_BY_RELATION = {"ExternalId": "ExternalId", "Attribute": "Attribute"}
_NOT_STORED = {
    "PageInfo",
    "LocalizedText",
    "Credit",
    "Place",
    "UserError",
    "Tenant",
    "Query",
    "Mutation",
    "Subscription",
    "ImportedFile",
    "PostAttachment",
    "NotificationPreference",
    "ProfileField",
    "SearchHighlight",
    "SearchHighlightPart",
    "SearchFacetCounts",
    "SearchFacetValue",
    "SearchSuggestion",
}


def _stored_types() -> list[tuple[GraphQLObjectType, Entity]]:
    names = {entity.name: entity for entity in ENTITIES}
    return [
        (type_, names[name])
        for name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType) and name in names
    ]


def _declared(field: Any) -> Any:
    return field.extensions["strawberry-definition"]


def test_the_printed_schema_in_the_repository_is_the_schema() -> None:
    assert PRINTED.read_text(encoding="utf-8") == printed()


@pytest.mark.parametrize(("type_", "entity"), _stored_types(), ids=lambda one: getattr(one, "name", ""))
def test_every_field_of_a_stored_type_is_bound_to_something(type_: GraphQLObjectType, entity: Entity) -> None:
    for name, field in type_.fields.items():
        declared = _declared(field)
        bind, python_name = declared.metadata.get("bind"), declared.python_name
        if isinstance(bind, Embedded | Records | Texts | Column):
            continue
        known = (
            entity.relation(python_name)
            or entity.fact(python_name)
            or (python_name in entity.table.c)
            or (name == "id" and entity.prefix)
        )
        assert known, f"{type_.name}.{name} is bound to nothing"


def test_every_root_field_is_bound() -> None:
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        assert isinstance(
            _declared(field).metadata.get("bind"), Computed | Found | Root | Searched | Value
        ), name
    for name, field in SCHEMA.mutation_type.fields.items():
        bind = _declared(field).metadata.get("bind")
        assert isinstance(bind, MutationField), name
        assert bind.name == name
    assert SCHEMA.subscription_type is not None
    for name, field in SCHEMA.subscription_type.fields.items():
        bind = _declared(field).metadata.get("bind")
        assert isinstance(bind, Watched), name
        members = set(field.args["filter"].type.fields)  # type: ignore[union-attr]  # an input object
        assert members == set(bind.members), name
        if bind.shows:
            shown = field.type.of_type.fields[bind.shows].type.of_type  # type: ignore[union-attr]
            assert shown.name == bind.entity


def test_every_object_type_is_stored_or_known_to_be_a_value() -> None:
    entities = {entity.name for entity in ENTITIES}
    for name, type_ in SCHEMA.type_map.items():
        if not isinstance(type_, GraphQLObjectType) or name.startswith("__"):
            continue
        derived = name.endswith(("Connection", "Edge", "Payload", "Hit"))
        assert name in entities or derived or name in _NOT_STORED or name in _BY_RELATION, name


@pytest.mark.parametrize(("type_", "entity"), _stored_types(), ids=lambda one: getattr(one, "name", ""))
def test_a_field_is_nullable_whenever_its_value_can_be(type_: GraphQLObjectType, entity: Entity) -> None:
    for name, field in type_.fields.items():
        python_name = _declared(field).python_name
        non_null = str(field.type).endswith("!")
        relation = entity.relation(python_name)
        if relation is not None and relation.cardinality is Cardinality.ONE:
            assert non_null is relation.always, f"{type_.name}.{name}"
            continue
        column = entity.table.c.get(python_name)
        if column is not None and entity.fact(python_name) is None and column.nullable:
            assert not non_null, f"{type_.name}.{name}: the column may be null"


@pytest.mark.parametrize("entity", list(ENTITIES), ids=lambda one: one.name)
def test_a_relation_that_is_always_there_leads_to_rows_that_are_visible_with_their_owner(
    entity: Entity,
) -> None:
    for relation in entity.relations:
        if relation.always:
            assert all(not entity.table.c[local].nullable for local, _ in relation.on)
            # Either everyone sees the target, or whoever sees this row sees it because of the target.
            by_owner = entity.visible_to.__qualname__.startswith("of_visible_owner")  # type: ignore[attr-defined]
            target = ENTITIES[relation.target].visible_to
            # Who reads a field's value may see its declaration (`test_own_fields`).
            of_field = (entity.visible_to, target) == (attribute_visible, definition_visible)
            assert target is everyone or by_owner or of_field, relation.name


@pytest.mark.parametrize("entity", [one for one in ENTITIES if one.orders], ids=lambda one: one.name)
def test_orders_use_columns_that_are_never_null(entity: Entity) -> None:
    for order in entity.orders:
        for name in order.columns:
            assert not entity.table.c[name].nullable, f"{entity.name}.{order.name}"


def _checked_columns() -> dict[str, list[str]]:
    """table.column -> the values that its CHECK allows."""
    found = {}
    for table in SHARD.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint) and " in (" in str(constraint.sqltext):
                column, _, values = str(constraint.sqltext).partition(" in (")
                found[f"{table.name}.{column}"] = [value.strip(" ')") for value in values.split(",")]
    return found


def test_enums_list_what_the_checks_of_their_columns_allow() -> None:
    checks, compared = _checked_columns(), set()
    for type_, entity in _stored_types():
        for name, field in type_.fields.items():
            enum = list_item(field.type)
            allowed = checks.get(f"{entity.table.name}.{_declared(field).python_name}")
            if allowed is not None:
                assert isinstance(enum, GraphQLEnumType), f"{type_.name}.{name} is checked but no enum"
                assert {value.lower() for value in enum.values} == set(allowed), f"{type_.name}.{name}"
                compared.add(f"{entity.table.name}.{_declared(field).python_name}")
    assert len(compared) >= 15
    assert academic_tables.courses.name
    assert tenant_tables.users.name


def test_filters_and_orders_of_the_schema_are_those_of_the_entities() -> None:
    for _, entity in _stored_types():
        filter_type, order_type = (
            SCHEMA.type_map.get(f"{entity.name}Filter"),
            SCHEMA.type_map.get(f"{entity.name}OrderField"),
        )
        if filter_type is not None:
            names = {field.out_name or name for name, field in filter_type.fields.items()}  # type: ignore[attr-defined]
            snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in names}
            # those without members are no argument: a relation or a root field says that they hold
            assert snake == {one.name for one in entity.filters if one.members}, entity.name
        if order_type is not None:
            assert set(order_type.values) == {one.name for one in entity.orders}, entity.name  # type: ignore[attr-defined]
