"""How drafts are seen: by whom they are of alone."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, literal_column

from federation.entities.actors import ID
from federation.tables.posts import post_drafts
from federation.visibility import own_row
from kernel.entities import Entity, Fact, Kind, to_one
from tenants.model import Scope


def _of_draft(name: str, default: str | None = None) -> Any:
    """A member of what the draft will be published with."""

    def expression(row: FromClause) -> ColumnElement[Any]:
        member: ColumnElement[Any] = row.c["document"].op("->>")(literal_column(f"'{name}'"))
        return member if default is None else func.coalesce(member, literal_column(f"'{default}'"))

    return expression


def _is_sensitive_draft(row: FromClause) -> ColumnElement[Any]:
    member: ColumnElement[Any] = _of_draft("is_sensitive", "false")(row)
    return member == literal_column("'true'")


def _answered_by_draft(row: FromClause) -> ColumnElement[Any]:
    prefix: ColumnElement[str] = literal_column("'post_'")
    number: ColumnElement[Any] = _of_draft("in_reply_to_id")(row)
    return prefix.concat(number)


DRAFT = Entity(
    name="Draft",
    table=post_drafts,
    prefix="draft",
    visible_to=own_row,
    scope=Scope.POSTS_READ,
    newest_first=True,
    relations=(to_one("actor", "Actor", "actor_id"),),
    facts=(
        Fact("text", Kind.TEXT, _of_draft("text", "")),
        Fact("format", Kind.ENUM, _of_draft("format", "plain")),
        Fact("visibility", Kind.ENUM, _of_draft("visibility", "public")),
        *(Fact(name, Kind.TEXT, _of_draft(name)) for name in ("language", "title", "content_warning")),
        Fact("is_sensitive", Kind.BOOLEAN, _is_sensitive_draft),
        Fact("in_reply_to_id", Kind.TEXT, _answered_by_draft),
    ),
    orders=(ID,),
)


ENTITIES = (DRAFT,)
