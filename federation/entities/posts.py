"""How posts and what belongs to them are seen, and the filters that timelines are."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    case,
    func,
    literal_column,
    select,
)

from federation.content.hashtags import hashtag_key
from federation.entities.actors import ID
from federation.tables.actors import actors
from federation.tables.posts import (
    announces,
    likes,
    post_hashtags,
    post_mentions,
    post_versions,
    posts,
)
from federation.visibility import (
    actor_visible,
    announce_visible,
    in_timelines,
    is_true,
    post_visible,
    viewer_actor,
    written_by_viewer,
)
from kernel.entities import (
    TENANT,
    Cardinality,
    Entity,
    Fact,
    Filter,
    Kind,
    Reach,
    Relation,
    equals,
    has,
    to_list,
    to_many,
    to_one,
)
from kernel.errors import InvalidInput
from kernel.ids import NODE_BITS, SEQUENCE_BITS
from tenants.entities import everyone
from tenants.model import Access, Scope

Given = Mapping[str, ColumnElement[Any]]
_SHIFT = NODE_BITS + SEQUENCE_BITS


def _is(column: str, value: str) -> Any:
    return lambda row, given, access: row.c[column] == literal_column(f"'{value}'")


def _is_published(access: Access, row: FromClause) -> ColumnElement[bool]:
    return row.c["state"] == literal_column("'published'")


def _read_hashtag(text: str) -> Mapping[str, str]:
    key = hashtag_key(text)
    if key is None:
        raise InvalidInput(f"{text[:80]!r} is no hashtag: one is letters, digits and _", argument="name")
    return {"tag": key}


def _has_hashtag(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    tag = post_hashtags.alias()
    return has(tag, tag.c.tenant_id == TENANT, tag.c.tag == given["tag"], tag.c.post_id == row.c["id"])


def _with_hashtag(given: Given, access: Access) -> Select[Any]:
    tag = post_hashtags.alias()
    return select(tag.c.post_id.label("id")).where(tag.c.tenant_id == TENANT, tag.c.tag == given["tag"])


def _of_course(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    group = actors.alias()
    of_course = select(group.c.id).where(
        group.c.tenant_id == TENANT, group.c.course_id == given["value"], actor_visible(access, group)
    )
    return row.c["group_id"] == of_course.correlate_except(group).scalar_subquery()


def _is_no_reply(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    return row.c["in_reply_to_address"].is_(None)


def _belongs_in_timelines(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    return in_timelines(access, row)


def _is_for_many(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    return row.c["visibility"].in_([literal_column("'public'"), literal_column("'tenant'")])


def _is_shown_to_others(row: FromClause, given: Given, access: Access) -> ColumnElement[bool]:
    return row.c["visibility"] != literal_column("'direct'")


def _by_viewer(table: Any) -> Any:
    def expression(row: FromClause) -> ColumnElement[Any]:
        own = table.alias()
        return is_true(
            has(
                own,
                own.c.tenant_id == TENANT,
                own.c.post_id == row.c["id"],
                own.c.actor_id == viewer_actor(),
            )
        )

    return expression


def _hashtags(row: FromClause) -> ColumnElement[Any]:
    tag = post_hashtags.alias()
    spellings = (
        select(tag.c.spelling)
        .where(tag.c.tenant_id == TENANT, tag.c.post_id == row.c["id"])
        .order_by(tag.c.tag)
        .correlate_except(tag)
    )
    return func.array(spellings.scalar_subquery())


def _source_format(row: FromClause) -> ColumnElement[Any]:
    media_type = row.c["source_media_type"]
    return case(
        *(
            (media_type == literal_column(f"'text/{one}'"), literal_column(f"'{one}'"))
            for one in ("plain", "markdown")
        )
    )


POST = Entity(
    name="Post",
    table=posts,
    prefix="post",
    visible_to=post_visible,
    listed=_is_published,
    scope=Scope.POSTS_READ,
    newest_first=True,
    restricted={"source": written_by_viewer},
    relations=(
        to_one("author", "Actor", "actor_id"),
        to_one("group", "Actor", "group_id"),
        to_one("written_by", "User", "written_by_id"),
        to_one("in_reply_to", "Post", "in_reply_to_id"),
        to_many("replies", "Post", "in_reply_to_id", order="ID"),
        Relation(
            "conversation", "Post", (("conversation_id", "conversation_id"),), Cardinality.MANY, order="ID"
        ),
        to_list("mentions", "PostMention", "post_id"),
        to_list("versions", "PostVersion", "post_id"),
    ),
    facts=(
        Fact("viewer_likes", Kind.BOOLEAN, _by_viewer(likes)),
        Fact("viewer_announced", Kind.BOOLEAN, _by_viewer(announces)),
        Fact("hashtags", Kind.TEXT, _hashtags),
        Fact("source_format", Kind.ENUM, _source_format),
    ),
    orders=(ID,),
    filters=(
        equals("address", few=True),
        Filter("public", _is("visibility", "public"), {}, reach=Reach.EQUAL, column="visibility"),
        Filter(
            "local", lambda row, given, access: row.c["is_local"], {}, reach=Reach.EQUAL, column="is_local"
        ),
        Filter("course", _of_course, {"value": Kind.ID}, "Course", Reach.EQUAL, "group_id"),
        Filter(
            "hashtag",
            _has_hashtag,
            {"tag": Kind.TEXT},
            reach=Reach.LISTED,
            source=_with_hashtag,
            read=_read_hashtag,
        ),
        Filter("no_reply", _is_no_reply, {}, reach=Reach.BESIDE),
        Filter("for_many", _is_for_many, {}, reach=Reach.BESIDE),
        Filter("in_timelines", _belongs_in_timelines, {}, reach=Reach.BESIDE),
        Filter("shown_to_others", _is_shown_to_others, {}, reach=Reach.BESIDE),
    ),
)


POST_MENTION = Entity(
    name="PostMention",
    table=post_mentions,
    key=("actor_id",),
    visible_to=everyone,  # only reached through a post, which decides
    relations=(to_one("actor", "Actor", "actor_id"),),
)
POST_VERSION = Entity(
    name="PostVersion",
    table=post_versions,
    visible_to=everyone,  # only reached through a post, which decides
)
ANNOUNCE = Entity(
    name="Announce",
    table=announces,
    visible_to=announce_visible,
    scope=Scope.POSTS_READ,
    newest_first=True,
    relations=(
        Relation(
            "post", "Post", (("post_id", "id"),), Cardinality.ONE, vouched=True
        ),  # by `announce_visible`
        to_one("announced_by", "Actor", "actor_id"),
    ),
    orders=(ID,),
)
ENTITIES = (POST, POST_MENTION, POST_VERSION, ANNOUNCE)
