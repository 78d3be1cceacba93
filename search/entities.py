"""How saved searches, synonyms and pinned results are seen: their own by people, the institution's by who manages search."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast, false, literal_column, true

from academic.entities.catalogue import COURSE, OFFERING
from academic.entities.people import USER
from federation.entities.posts import POST
from federation.visibility import own_row
from kernel.entities import Entity, Fact, Kind, Order, to_list, to_one
from search import model
from search.tables.readers import saved_searches, search_pin_results, search_pins, search_synonyms
from tenants.entities import ORG_UNIT, of_visible_owner
from tenants.model import Access, Permission, Scope

KINDS: Mapping[model.Kind, Entity] = {
    model.Kind.COURSE: COURSE,
    model.Kind.OFFERING: OFFERING,
    model.Kind.ORG_UNIT: ORG_UNIT,
    model.Kind.USER: USER,
    model.Kind.POST: POST,
}
"""What documents are about, as it is seen from outside."""
_ID = Order("ID", ())


def tuning_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Who says which words mean the same, and what is found first."""
    return true() if access.may(Permission.MANAGE_SEARCH) else false()


def _arguments(row: FromClause) -> ColumnElement[Any]:
    return cast(row.c["arguments"].op("->")(literal_column("'arguments'")), Text)


def _text(row: FromClause) -> ColumnElement[Any]:
    text: ColumnElement[Any] = row.c["arguments"].op("#>>")(literal_column("'{arguments,text}'"))
    return text


SAVED_SEARCH = Entity(
    name="SavedSearch",
    table=saved_searches,
    prefix="search",
    visible_to=own_row,
    scope=Scope.SEARCHES_READ,
    facts=(Fact("arguments", Kind.TEXT, _arguments), Fact("text", Kind.TEXT, _text)),
    orders=(_ID,),
)
SEARCH_SYNONYMS = Entity(
    name="SearchSynonyms",
    table=search_synonyms,
    prefix="synonyms",
    visible_to=tuning_visible,
    scope=Scope.SEARCHES_READ,
    few=True,
    orders=(_ID,),
)
SEARCH_PIN = Entity(
    name="SearchPin",
    table=search_pins,
    prefix="pin",
    visible_to=tuning_visible,
    scope=Scope.SEARCHES_READ,
    few=True,
    relations=(to_list("results", "SearchPinResult", "pin_id"),),
    orders=(_ID,),
)
SEARCH_PIN_RESULT = Entity(
    name="SearchPinResult",
    table=search_pin_results,
    key=("pin_id", "place"),
    visible_to=of_visible_owner(SEARCH_PIN, "pin_id"),
    relations=(
        to_one("course", "Course", "course_id"),
        to_one("offering", "Offering", "offering_id"),
        to_one("org_unit", "OrgUnit", "org_unit_id"),
        to_one("user", "User", "user_id"),
        to_one("post", "Post", "post_id"),
    ),
)
ENTITIES = (SAVED_SEARCH, SEARCH_SYNONYMS, SEARCH_PIN, SEARCH_PIN_RESULT)
