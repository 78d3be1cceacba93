"""What a person shows of themselves: the columns of their actor, out of their user and of what they chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from sqlalchemy import select

from academic.tables import courses, enrollments, offerings
from federation.actors.documents import as_html, in_order
from federation.actors.local import FEDERATED
from federation.content.sanitising import LINK_RELATION
from federation.protocol.addresses import Addresses
from federation.tables.actors import EXPOSED_FIELDS
from kernel.errors import InvalidInput, below
from kernel.visible_text import is_blank, self_contained
from tenants.door import Transaction
from tenants.model import NotFound
from tenants.tables import users

MOST_LINES = 6
LONGEST_NAME, LONGEST_VALUE = 100, 500
_MOST_COURSES = 20
_LABELS = {"en": ("Pronouns", "Teaches"), "de": ("Pronomen", "Lehrt"), "fr": ("Pronoms", "Enseigne")}


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A line of a profile that its person wrote: plain text, in which addresses become links."""

    name: str
    value: str


def checked_exposed(fields: Sequence[str]) -> list[str]:
    """What a person shows, each once, in a fixed order."""
    unknown = sorted(set(fields) - set(EXPOSED_FIELDS))
    if unknown:
        known = ", ".join(EXPOSED_FIELDS)
        raise InvalidInput(f"{unknown[0][:40]!r} is none of {known}", path=["input", "exposedFields"])
    return [one for one in EXPOSED_FIELDS if one in fields]


def own_lines(lines: Sequence[ProfileLine]) -> list[dict[str, Any]]:
    """The lines as they are kept; `is_own` parts them from those that are made of what the institution knows."""
    if len(lines) > MOST_LINES:
        raise InvalidInput(f"a profile has at most {MOST_LINES} lines", path=["input", "profileFields"])
    kept = []
    for index, line in enumerate(lines):
        with below("input", "profileFields", index):
            _check(line.name, "name", LONGEST_NAME)
            _check(line.value, "value", LONGEST_VALUE)
        kept.append({"name": self_contained(line.name.strip()), "value": _value(line.value), "is_own": True})
    return kept


async def shown_columns(
    tx: Transaction, here: Addresses, user_id: int, exposed: Sequence[str], own: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The columns of an actor that its user decides, given what they expose; `own` are their own lines."""
    query = select(users).where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
    user = (await tx.connection.execute(query)).mappings().one_or_none()
    if user is None:
        raise NotFound("there is no such person")
    pronouns, teaches = _LABELS.get(tx.tenant.languages[0].split("-")[0], _LABELS["en"])
    lines = [dict(one) for one in own]
    if "pronouns" in exposed and user["pronouns"]:
        lines.append({"name": pronouns, "value": escape(user["pronouns"])})
    if "courses_taught" in exposed and (taught := await _taught(tx, here, user_id)):
        lines.append({"name": teaches, "value": taught})
    biography = user["biography"] if "biography" in exposed else None
    return {
        "display_name": user["display_name"] if "display_name" in exposed else "",
        "biography": as_html(biography) if biography else "",
        "avatar_url": user["avatar_url"] if "avatar_url" in exposed else None,
        "attachments": lines,
    }


def _value(text: str) -> str:
    """A line's HTML. One that is an address and nothing else says that what is there is theirs, too (rel=me)."""
    html = as_html(self_contained(text.strip())).removeprefix("<p>").removesuffix("</p>")
    is_link = html.startswith("<a ") and html.endswith("</a>") and html.count("<a ") == 1
    return html.replace(f'rel="{LINK_RELATION}"', f'rel="me {LINK_RELATION}"') if is_link else html


async def _taught(tx: Transaction, here: Addresses, user_id: int) -> str:
    """Links to the public courses that somebody teaches now."""
    query = (
        select(courses.c.id, courses.c.title, courses.c.sort_title)
        .distinct()
        .join(
            offerings,
            (offerings.c.tenant_id == courses.c.tenant_id) & (offerings.c.course_id == courses.c.id),
        )
        .join(
            enrollments,
            (enrollments.c.tenant_id == offerings.c.tenant_id)
            & (enrollments.c.offering_id == offerings.c.id),
        )
        .where(
            courses.c.tenant_id == tx.tenant_id,
            enrollments.c.user_id == user_id,
            enrollments.c.role.in_(["instructor", "assistant"]),
            enrollments.c.state == "active",
            offerings.c.state == "published",
            offerings.c.visibility.in_(FEDERATED),
            courses.c.visibility.in_(FEDERATED),
        )
        .order_by(courses.c.sort_title, courses.c.id)
        .limit(_MOST_COURSES)
    )
    links = []
    for row in await tx.connection.execute(query):
        title = next(iter(in_order(row.title, tx.tenant.languages).values()))
        links.append(f'<a href="{escape(here.course(row.id))}">{escape(title)}</a>')
    return ", ".join(links)


def _check(text: str, member: str, longest: int) -> None:
    if is_blank(text) or len(text) > longest or "\0" in text:
        raise InvalidInput(f"has 1 to {longest} characters, some of which are seen", path=[member])
