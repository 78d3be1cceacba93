"""A university of the demo on the social web as far as it concerns nobody else: who joined, who follows whom, what they say.

Everything is done by the operations that the API does it by, so that the worker delivers it as it delivers all else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from academic.tables import courses, enrollments, offerings
from federation.actors.local import FEDERATED, group_of_course, insert_actor
from federation.actors.profile import shown_columns
from federation.content.composing import TextFormat
from federation.follows.rows import request
from federation.posts.model import GroupRef, NewPost
from federation.posts.operations import post
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from federation.tables.posts import posts
from fediflow.demo.samples import INSTRUCTOR, REGISTRAR, SAMPLES, STUDENT
from fediflow.demo.words.posts import OTHER_STUDENTS, OTHER_TEACHERS, Said
from tenants.authority import held_roles
from tenants.door import Transaction
from tenants.model import Principal
from tenants.tables import role_assignments, users

_SHOWN = ("display_name", "biography", "courses_taught", "follows", "likes")
_FIRST = (INSTRUCTOR, STUDENT, REGISTRAR)


@dataclass(frozen=True, slots=True)
class Member:
    """A person who joined."""

    user_id: int
    actor_id: int
    handle: str


@dataclass(frozen=True, slots=True)
class Household:
    """The people of a university who joined, in the order of `words.posts`; the course that they follow, and who teaches it."""

    members: tuple[Member, ...]
    course_id: int
    group_id: int
    teacher: Member

    @property
    def everybody(self) -> tuple[int, ...]:
        """The actors: people, and the course's group."""
        return (*(one.actor_id for one in self.members), self.group_id)


async def household(tx: Transaction, here: Addresses) -> Household:
    """The people and the group, made where they are missing."""
    chosen = await _chosen(tx)
    members = [await _member(tx, user_id, handle, here) for user_id, handle in chosen]
    course_id, teacher_id = await _taught(tx, [one.user_id for one in members])
    group = await group_of_course(tx, course_id, here)
    teacher = next(one for one in members if one.user_id == teacher_id)
    return Household(tuple(members), course_id, group.id, teacher)


async def follow_each_other(tx: Transaction, house: Household, here: Addresses) -> None:
    """Most follow the registrar; who studies follows the sample instructor and the course, the sample student everybody."""
    instructor, student, registrar, *others = (one.actor_id for one in house.members)
    students = others[OTHER_TEACHERS:]
    pairs = [(one, registrar) for one in (instructor, student, *students)]
    pairs += [(student, one) for one in (instructor, *others)]
    pairs += [(one, instructor) for one in students]
    pairs += [(one, house.group_id) for one in (student, *students)]
    pairs += [(instructor, student), (students[0], student)]
    for follower_id, followed_id in pairs:
        await request(
            tx,
            follower_id=follower_id,
            followed_id=followed_id,
            activity_address=here.activity(tx.new_id()),
            is_accepted=True,
        )


async def say(tx: Transaction, house: Household, here: Addresses, said: Sequence[Said]) -> list[int]:
    """The posts, in their order; gives their ids."""
    made: list[int] = []
    for one in said:
        author = house.teacher if one.in_course else house.members[one.who]
        new = NewPost(
            text=one.text,
            format=TextFormat.MARKDOWN,
            visibility=one.visibility,
            language=one.language,
            content_warning=one.warning,
            in_reply_to_id=None if one.answers is None else made[one.answers],
            on_behalf_of=GroupRef(course_id=house.course_id) if one.in_course else None,
        )
        made.append(await post(await acting(tx, author), post=new, here=here))
    return made


async def acting(tx: Transaction, member: Member) -> Transaction:
    """The same transaction in the name of one of the people."""
    held = await held_roles(tx.connection, tx.tenant_id, member.user_id)
    return replace(tx, principal=Principal(tx.tenant, member.user_id, held.access()))


async def has_joined(tx: Transaction) -> bool:
    """Whether anybody of the university is there already."""
    query = select(actors.c.id).where(actors.c.tenant_id == tx.tenant_id, actors.c.user_id.is_not(None))
    return (await tx.connection.execute(query.limit(1))).first() is not None


async def has_spoken(tx: Transaction) -> bool:
    """Whether anybody of the university posted something."""
    query = select(posts.c.id).where(posts.c.tenant_id == tx.tenant_id, posts.c.is_local)
    return (await tx.connection.execute(query.limit(1))).first() is not None


async def _member(tx: Transaction, user_id: int, handle: str, here: Addresses) -> Member:
    """Keys are made when they are first needed: two hundred milliseconds each would be long to wait for."""
    query = select(actors.c.id, actors.c.preferred_username, actors.c.host).where(
        actors.c.tenant_id == tx.tenant_id, actors.c.user_id == user_id
    )
    known = (await tx.connection.execute(query)).one_or_none()
    if known is not None:
        return Member(user_id, known.id, f"@{known.preferred_username}@{known.host}")
    actor_id, username = tx.new_id(), handle.lower()
    values = {
        "kind": "person",
        "user_id": user_id,
        "exposed": list(_SHOWN),
        "is_discoverable": True,
        **await shown_columns(tx, here, user_id, _SHOWN, ()),
    }
    assert await insert_actor(tx, here, actor_id, username, values, here.actor(actor_id))
    return Member(user_id, actor_id, f"@{username}@{here.domain}")


async def _chosen(tx: Transaction) -> list[tuple[int, str]]:
    """Ids and handles of the sample persons, some who teach and some who study."""
    samples = {sample.handle for sample in SAMPLES}
    query = (
        select(users.c.id, users.c.handle, role_assignments.c.role)
        .join(
            role_assignments,
            (role_assignments.c.tenant_id == users.c.tenant_id) & (role_assignments.c.user_id == users.c.id),
        )
        .where(users.c.tenant_id == tx.tenant_id, users.c.status == "active")
        .order_by(users.c.id)
    )
    found = (await tx.connection.execute(query)).all()
    by_handle = {row.handle: (row.id, row.handle) for row in found}
    others = [row for row in found if row.handle not in samples]
    teachers = [(row.id, row.handle) for row in others if row.role == "instructor"]
    students = [(row.id, row.handle) for row in others if row.role == "student"]
    first = [by_handle[sample.handle] for sample in _FIRST]
    return [*first, *teachers[:OTHER_TEACHERS], *students[:OTHER_STUDENTS]]


async def _taught(tx: Transaction, user_ids: Sequence[int]) -> tuple[int, int]:
    """A public course that one of them teaches now, and who: the first of them who teaches any."""
    c, o, e = courses.c, offerings.c, enrollments.c
    query = (
        select(e.user_id, c.id)
        .select_from(enrollments)
        .join(offerings, (o.tenant_id == e.tenant_id) & (o.id == e.offering_id))
        .join(courses, (c.tenant_id == o.tenant_id) & (c.id == o.course_id))
        .where(e.tenant_id == tx.tenant_id, e.user_id.in_(user_ids), e.role == "instructor")
        .where(e.state == "active", o.state == "published", c.visibility.in_(FEDERATED))
        .order_by(c.code)
    )
    found = (await tx.connection.execute(query)).all()
    teacher_id, course_id = min(found, key=lambda row: user_ids.index(row.user_id))
    return course_id, teacher_id
