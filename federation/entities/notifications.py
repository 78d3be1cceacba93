"""How what a person is told, and how they wish to be told, is seen: by nobody else."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Text,
    and_,
    cast,
    false,
    func,
    literal_column,
    select,
    values,
)
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import aggregate_order_by

from federation.entities.actors import ID
from federation.notifications.model import DEFAULTS, UNREAD_CAP
from federation.tables.notifications import notification_preferences, notifications
from kernel.entities import TENANT, VIEWER, Entity, Fact, Filter, Kind, Reach, equals, to_one
from tenants.model import Access, Scope


def notification_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Its person alone, unless it was for a letter alone or is no longer so."""
    return and_(row.c["user_id"] == VIEWER, row.c["is_shown"]) if access.is_member else false()


def unread_count() -> ColumnElement[Any]:
    """How many the viewer has not read, counted up to the cap."""
    row = notifications.alias()
    one: ColumnElement[int] = literal_column("1")
    unread = (
        select(one.label("one"))
        .where(row.c.tenant_id == TENANT, row.c.user_id == VIEWER, row.c.is_shown, ~row.c.is_read)
        .limit(literal_column(str(UNREAD_CAP)))
        .subquery()
    )
    return select(func.count()).select_from(unread).scalar_subquery()


def preferences() -> ColumnElement[Any]:
    """A JSON array of {kind, inApp, email}, one for each kind: what the viewer chose, or what holds until they do."""
    chosen = notification_preferences.alias()
    rows = [
        (nth, kind.value, default.in_app, default.email.value)
        for nth, (kind, default) in enumerate(DEFAULTS.items())
    ]
    columns = (named("n", Integer), named("kind", Text), named("in_app", Boolean), named("email", Text))
    default = values(*columns, name="default_of", literal_binds=True).data(rows)
    one = func.jsonb_build_object(
        *(literal_column("'kind'"), func.upper(default.c.kind)),
        *(literal_column("'inApp'"), func.coalesce(chosen.c.in_app, default.c.in_app)),
        *(literal_column("'email'"), func.upper(func.coalesce(chosen.c.email, default.c.email))),
    )
    own = and_(chosen.c.tenant_id == TENANT, chosen.c.user_id == VIEWER, chosen.c.kind == default.c.kind)
    return (
        select(func.jsonb_agg(aggregate_order_by(one, default.c.n)))
        .select_from(default.outerjoin(chosen, own))
        .scalar_subquery()
    )


def _is_shown(
    row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Access
) -> ColumnElement[bool]:
    return row.c["is_shown"]


def _detail(name: str) -> Any:
    def expression(row: FromClause) -> ColumnElement[Any]:
        return row.c["details"].op("->>")(literal_column(f"'{name}'"))

    return expression


def _until(row: FromClause) -> ColumnElement[Any]:
    return cast(_detail("until")(row), DateTime(timezone=True))


def _listed(name: str) -> Any:
    def expression(row: FromClause) -> ColumnElement[Any]:
        nothing: ColumnElement[Any] = literal_column("'[]'::jsonb")
        texts = func.coalesce(row.c["details"].op("->")(literal_column(f"'{name}'")), nothing)
        each = func.jsonb_array_elements_text(texts).column_valued()
        return func.array(select(each).scalar_subquery())

    return expression


def _match_count(row: FromClause) -> ColumnElement[Any]:
    return cast(_detail("count")(row), Integer)


NOTIFICATION = Entity(
    name="Notification",
    table=notifications,
    prefix="notification",
    visible_to=notification_visible,
    scope=Scope.NOTIFICATIONS_READ,
    newest_first=True,
    relations=(
        to_one("actor", "Actor", "actor_id"),
        to_one("post", "Post", "post_id"),
        to_one("enrollment", "Enrollment", "enrollment_id"),
        to_one("offering", "Offering", "offering_id"),
    ),
    facts=(
        Fact("state", Kind.TEXT, _detail("state")),
        Fact("until", Kind.MOMENT, _until),
        Fact("changed", Kind.TEXT, _listed("changed")),
        Fact("about", Kind.TEXT, _detail("about")),
        Fact("search_name", Kind.TEXT, _detail("search")),
        Fact("match_count", Kind.INTEGER, _match_count),
        Fact("matches", Kind.TEXT, _listed("matches")),
    ),
    orders=(ID,),
    filters=(
        equals("kind", Kind.ENUM),
        equals("is_read", Kind.BOOLEAN),
        Filter("shown", _is_shown, {}, reach=Reach.EQUAL, column="is_shown"),
    ),
)
ENTITIES = (NOTIFICATION,)
