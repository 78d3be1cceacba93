"""How activities are seen, and by what they are found."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, cast, extract, func, literal_column

from federation.entities.actors import ID
from federation.tables.activities import activities
from federation.visible_activities import activity_visible
from kernel.entities import Entity, Fact, Filter, Kind, Reach, equals, to_one
from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS
from tenants.model import Access, Scope

Given = Mapping[str, ColumnElement[Any]]
_SHIFT = NODE_BITS + SEQUENCE_BITS


def _activity_type(row: FromClause) -> ColumnElement[Any]:
    both: ColumnElement[Any] = literal_column("'TentativeAccept'")
    apart: ColumnElement[Any] = literal_column("'tentative_accept'")
    return case((row.c["type"] == both, apart), else_=row.c["type"])


def _is_type(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    words = func.initcap(func.replace(given["value"], literal_column("'_'"), literal_column("' '")))
    return row.c["type"] == func.replace(words, literal_column("' '"), literal_column("''"))


def _since(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    """Ids are times, so those that came since then are those above the first id of that moment."""
    moment = extract("epoch", given["value"]) * literal_column("1000")
    of_epoch = cast(func.floor(moment), BigInteger) - literal_column(str(EPOCH_MS))
    since: ColumnElement[bool] = row.c["id"] >= of_epoch.op("<<")(literal_column(str(_SHIFT)))
    return since


def _is_listed(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    return row.c["visibility"] != literal_column("'unlisted'")


_ABOUT_POST = equals("post_id", Kind.ID, name="object", entity="Post")
_ABOUT_ACTOR = equals("object_actor_id", Kind.ID, name="object", entity="Actor")
ACTIVITY = Entity(
    name="Activity",
    table=activities,
    prefix="activity",
    visible_to=activity_visible,
    scope=Scope.POSTS_READ,
    newest_first=True,
    relations=(
        to_one("actor", "Actor", "actor_id"),
        to_one("post", "Post", "post_id"),
        to_one("object_actor", "Actor", "object_actor_id"),
    ),
    facts=(Fact("activity_type", Kind.ENUM, _activity_type),),
    orders=(ID,),
    filters=(
        equals("actor_id", Kind.ID, name="actor", entity="Actor"),
        Filter("type", _is_type, {"value": Kind.ENUM}, reach=Reach.EQUAL, column="type"),
        replace(_ABOUT_POST, name="object", by_entity={"Post": _ABOUT_POST, "Actor": _ABOUT_ACTOR}),
        Filter("listed", _is_listed, {}, reach=Reach.BESIDE, unless=("actor", "object")),
        Filter("since", _since, {"value": Kind.MOMENT}, reach=Reach.FROM, column="id"),
    ),
)
ENTITIES = (ACTIVITY,)
