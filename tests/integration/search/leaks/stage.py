"""Two institutions whose every text is marked, and what is answered to whom.

Whoever asks: an answer holds no mark of a row that `visible_to` hides from them, and no number counts one.
"""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from academic.tables import courses, offerings
from academic.visibility import course_visible, offering_visible, user_visible
from federation.tables.posts import posts
from federation.visibility import post_visible
from kernel.entities import TENANT
from tenants.entities import everyone
from tenants.model import ANONYMOUS, Access
from tenants.tables import org_units, users
from tests.fediverse import Person
from tests.integration.search.leaks.marks import misspelt
from tests.world import ROLES, Institution, World

EVERYWHERE = "Lexikon"  # a word that every row has
PEOPLE = ("author", "reader")
VIEWERS = (*ROLES, *PEOPLE, None)
_RULES = {
    "COURSE": (courses, course_visible),
    "OFFERING": (offerings, offering_visible),
    "ORG_UNIT": (org_units, everyone),
    "USER": (users, user_visible),
    "POST": (posts, post_visible),
}
_OBJECTS = ("course", "offering", "orgUnit", "user", "post")
_OF_PREFIX = {"course": "COURSE", "offering": "OFFERING", "unit": "ORG_UNIT", "user": "USER", "post": "POST"}
_SEARCH = """query($text: String, $first: Int, $kinds: [SearchKind!], $sort: SearchSort!) {
  search(text: $text, first: $first, kinds: $kinds, sort: $sort, facets: [KIND, LEVEL, LANGUAGE, TERM, ORG_UNIT, SEATS]) {
    totalCount didYouMean
    facets { facet values { value label count } }
    nodes {
      __typename
      highlights { field parts { text isMatch } }
      ... on CourseHit { course { id code title { text } } }
      ... on OfferingHit { offering { id code title { text } } }
      ... on OrgUnitHit { orgUnit { id code name { text } } }
      ... on UserHit { user { id handle displayName } }
      ... on PostHit { post { id content } }
    } } }"""
_SUGGEST = """query($text: String!) {
  suggest(text: $text, first: 20) { text kind object { __typename id } } }"""


@dataclass(slots=True)
class Marked:
    """An institution, and which row has which marks now: by kind and id."""

    made: Institution
    people: dict[str, Person] = field(default_factory=dict)
    held: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    posts: list[int] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """Its slug."""
        return self.made.tenant.slug


@dataclass(slots=True)
class Stage:
    """The institutions behind a gateway that searches."""

    world: World
    institutions: list[Marked]
    fresh: Iterator[str]
    used: set[str] = field(default_factory=set)
    secret: set[str] = field(default_factory=set)

    def mark(self) -> str:
        """A new one."""
        mark = next(self.fresh)
        self.used.add(mark)
        return mark

    async def asked(self, where: Marked, viewer: str | None, text: str) -> None:
        """Asks in every way, and looks at each answer."""
        seen = await self.seen(where, viewer)
        allowed = {mark for row in seen for mark in where.held.get(row, ())}
        hidden = (self.used | self.secret) - allowed
        everything = await self._search(where, viewer, text, 100)
        nodes = everything["nodes"]
        one = await self._search(where, viewer, text, 1, sort="TITLE")  # what is left is not read again
        for answer in (everything, one):
            _shows_nothing_of(hidden, answer)
            if answer["totalCount"] is not None:
                assert answer["totalCount"] <= len(seen), (viewer, text, answer["totalCount"], len(seen))
            _counts_no_more(answer, seen)
        if everything["totalCount"] is not None:
            assert everything["totalCount"] == len(nodes), (viewer, text)
        suggested = await self.world.data(_SUGGEST, {"text": text}, **self._as(where, viewer))
        _shows_nothing_of(hidden, suggested)
        for one in suggested["suggest"]:
            assert (one["kind"], int(one["object"]["id"].rpartition("_")[2])) in seen

    async def found(self, where: Marked, viewer: str | None, text: str) -> set[tuple[str, int]]:
        """The rows that are found, by kind and id."""
        nodes = (await self._search(where, viewer, text, 100))["nodes"]
        rows = [node[name]["id"] for node in nodes for name in _OBJECTS if name in node]
        return {(_OF_PREFIX[one.partition("_")[0]], int(one.rpartition("_")[2])) for one in rows}

    async def seen(self, where: Marked, viewer: str | None) -> set[tuple[str, int]]:
        """The rows that `visible_to` shows, by kind and id."""
        principal = None if viewer is None else await self.world.principal(where.slug, viewer)
        access = ANONYMOUS if principal is None else principal.access
        viewer_id = 0 if principal is None else principal.viewer_id
        async with self.world.door.write(self.world.as_system(where.slug)) as tx:
            return {
                (kind, row_id)
                for kind in _RULES
                for row_id in await _visible(tx.connection, kind, access, where.made.tenant.id, viewer_id)
            }

    async def _search(
        self, where: Marked, viewer: str | None, text: str, first: int, *, sort: str = "RELEVANCE"
    ) -> Any:
        asked = {"text": text, "first": first, "sort": sort}
        return (await self.world.data(_SEARCH, asked, **self._as(where, viewer)))["search"]

    def _as(self, where: Marked, viewer: str | None) -> Mapping[str, Any]:
        return {"at": where.slug, "role": viewer}


def texts(stage: Stage, where: Marked, chance: random.Random) -> Iterator[str]:
    """What somebody who looks for what is hidden would type."""
    yield EVERYWHERE
    yield ""
    mark = chance.choice(sorted(stage.used))
    yield mark
    yield misspelt(mark)
    yield mark[:6]
    yield f"{EVERYWHERE} {mark}"
    yield chance.choice(sorted(stage.secret))


async def _visible(
    connection: AsyncConnection, kind: str, access: Access, tenant_id: int, viewer_id: int
) -> list[int]:
    table, visible_to = _RULES[kind]
    row = table.alias()
    query = select(row.c.id).where(row.c.tenant_id == TENANT, visible_to(access, row))
    found = await connection.execute(query, {"tenant_id": int(tenant_id), "viewer_id": viewer_id})
    return list(found.scalars())


def _shows_nothing_of(hidden: set[str], answer: Any) -> None:
    text = json.dumps(answer, ensure_ascii=False).casefold()
    assert [mark for mark in hidden if mark in text] == []


def _counts_no_more(answer: Any, seen: set[tuple[str, int]]) -> None:
    """No facet counts more than there is to see."""
    for facet in answer["facets"] or ():
        for one in facet["values"]:
            most = len(seen)
            if facet["facet"] == "KIND":
                most = sum(kind == one["value"].upper() for kind, _ in seen)
            assert one["count"] <= most, (facet["facet"], one)
