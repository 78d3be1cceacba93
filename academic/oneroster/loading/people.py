"""users.csv. Passwords, telephone numbers, agents and demographics are never read.

A person is found by the sourcedId; else by the primary e-mail address; else by the handle where the names agree too and
the person here has no address. A handle is how somebody signs in, so a file gives one and never changes it. `enabledUser`
false and `tobedeleted` suspend; a file never lifts a suspension, because nobody can tell who imposed it.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.access import end_access
from academic.oneroster.loading.batch import ARCHIVED, CREATED, SKIPPED, UNCHANGED, UPDATED, Batch
from academic.oneroster.loading.matching import match
from academic.oneroster.loading.objects import STAGED, Noun, is_sourced, object_stage, owner
from academic.oneroster.loading.user_ids import find_new_ids, stage_user_ids, write_user_ids
from academic.oneroster.loading.writing import name_objects
from academic.oneroster.naming import external_id, free_handle, handle
from academic.oneroster.records import Status, User
from kernel.database.staging import Row, stage, staging_table
from kernel.errors import InvalidInput
from tenants.people.model import LONGEST_NAME, LONGEST_PRONOUNS, checked_email, email_key
from tenants.tables import sessions, user_emails, user_external_ids, users

_FILE = "users"
_STAGE = object_stage(
    "staged_users",
    Column("is_suspended", Boolean, nullable=False),
    Column("wanted_handle", Text, index=True),
    Column("handle", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("display_name", Text),
    Column("pronouns", Text),
    Column("email_id", BigInteger),
    Column("email", Text),
    Column("email_key", Text, index=True),
    Column("has_new_ids", Boolean, nullable=False, server_default=text("false")),
    Column("has_new_email", Boolean, nullable=False, server_default=text("false")),
)
_USERS = Noun(
    name="user",
    file=_FILE,
    table=users,
    external_ids=user_external_ids,
    stage=_STAGE,
    plain=("given_name", "family_name", "display_name", "pronouns"),
    texts=(),
    ended="suspended",
)
_HANDLES = staging_table(
    "staged_handles", Column("place", Integer, primary_key=True), Column("handle", Text, nullable=False)
)
_NAMES = (("givenName", "given_name"), ("familyName", "family_name"))
_COLUMNS = f"{STAGED} is_suspended wanted_handle given_name family_name display_name pronouns email_id email email_key"


async def load_users(batch: Batch, people: tuple[User, ...]) -> None:
    """The people of the file with their primary address and their identifiers elsewhere."""
    fitting = list(people)
    for column, name in _NAMES:
        fitting = list(
            batch.fitting(_FILE, column, fitting, attrgetter(name), longest=LONGEST_NAME, is_line=True)
        )
    await batch.stage(_STAGE, _COLUMNS, _rows(batch, fitting), file=_FILE, total=len(people))
    await match(batch, _USERS)
    await _adopt(batch)
    await _skip_the_erased(batch)
    await _keep_what_is_not_said(batch)
    await _settle_emails(batch)
    await stage_user_ids(batch, fitting)
    await find_new_ids(batch, _STAGE)
    await _classify(batch)
    await batch.analyze(_STAGE)
    await _give_handles(batch)
    await _write(batch)
    await name_objects(batch, _USERS)
    await _write_emails(batch)
    await write_user_ids(batch, _STAGE)
    events = {CREATED: "user.created", UPDATED: "user.updated", ARCHIVED: "user.suspended"}
    await batch.announce(_STAGE, "user", events)
    await _shut_out(batch)
    await batch.count(_FILE, _STAGE)


def _rows(batch: Batch, people: Iterable[User]) -> Iterator[Row]:
    """One person's e-mail address is nobody else's primary one: the first keeps it, as the reader has said."""
    given: set[str] = set()
    for place, user in enumerate(people):
        first, last = user.preferred_given_name, user.preferred_family_name
        display = f"{first or user.given_name} {last or user.family_name}"[: 2 * LONGEST_NAME]
        email = _email(batch, user)
        key = email and email_key(email)
        if key in given:
            email = key = None
        elif key is not None:
            given.add(key)
        yield (
            place,
            external_id(user.sourced_id),
            user.status is Status.TO_BE_DELETED,
            batch.tx.new_id(),
            not user.enabled,
            handle(user.username, user.sourced_id),
            user.given_name,
            user.family_name,
            display,
            user.pronouns and user.pronouns[:LONGEST_PRONOUNS],
            batch.tx.new_id(),
            email,
            key,
        )


def _email(batch: Batch, user: User) -> str | None:
    if user.email is None or user.status is Status.TO_BE_DELETED:
        return None
    try:
        return checked_email(user.email, ["email"])
    except InvalidInput:
        batch.faults.warning(Rule.EMAIL, f"{_FILE}.csv", None, "email", user.email)
        return None


async def _adopt(batch: Batch) -> None:
    """Finds people who were added here; never somebody who was imported under another sourcedId."""
    s, t, address = _STAGE.c, users.c, user_emails.alias().c
    other = user_external_ids.alias()
    is_imported = exists().where(is_sourced(batch, other), owner(other) == t.id)
    is_open = and_(
        s.change.is_(None),
        not_(s.is_known),
        not_(s.ends),
        t.tenant_id == batch.tenant_id,
        t.status != "deleted",
        not_(is_imported),
    )
    by_email = and_(
        address.tenant_id == batch.tenant_id,
        address.user_id == t.id,
        address.is_primary,
        address.address_key == s.email_key,
    )
    same_name = and_(
        func.lower(t.given_name) == func.lower(s.given_name),
        func.lower(t.family_name) == func.lower(s.family_name),
    )
    has_address = exists().where(
        address.tenant_id == batch.tenant_id, address.user_id == t.id, address.is_primary
    )
    again = _STAGE.alias().c
    is_alone = not_(
        exists().where(again.wanted_handle == s.wanted_handle, again.place != s.place, not_(again.ends))
    )
    by_handle = and_(t.handle == s.wanted_handle, same_name, not_(has_address), is_alone)
    for rule in (by_email, by_handle):
        await batch.execute(
            update(_STAGE).where(is_open, rule).values(id=t.id, is_known=true(), is_adopted=true())
        )


async def _skip_the_erased(batch: Batch) -> None:
    s, t = _STAGE.c, users.c
    erased = await batch.execute(
        update(_STAGE)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, t.status == "deleted", s.change.is_(None))
        .values(change=SKIPPED)
        .returning(s.sourced_id)
    )
    await batch.warn(Rule.ERASED, _FILE, "sourcedId", erased.scalars())


async def _keep_what_is_not_said(batch: Batch) -> None:
    s, t = _STAGE.c, users.c
    await batch.execute(
        update(_STAGE)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, s.pronouns.is_(None), t.pronouns.is_not(None))
        .values(pronouns=t.pronouns)
    )


async def _settle_emails(batch: Batch) -> None:
    """Leaves out an address that is somebody else's, then finds those that are new."""
    s, held, own = _STAGE.c, user_emails.alias().c, user_emails.alias().c
    taken = await batch.execute(
        update(_STAGE)
        .where(
            held.tenant_id == batch.tenant_id,
            held.address_key == s.email_key,
            held.is_primary,
            held.user_id != s.id,
            s.change.is_(None),
        )
        .values(email=None, email_key=None)
        .returning(held.address)
    )
    await batch.warn(Rule.EMAIL_TAKEN, _FILE, "email", taken.scalars())
    is_there = exists().where(
        own.tenant_id == batch.tenant_id, own.user_id == s.id, own.is_primary, own.address == s.email
    )
    await batch.execute(
        update(_STAGE)
        .where(s.email.is_not(None), s.change.is_(None), not_(is_there))
        .values(has_new_email=true())
    )


async def _classify(batch: Batch) -> None:
    s, t = _STAGE.c, users.c
    await batch.execute(
        update(_STAGE)
        .where(s.change.is_(None), not_(s.is_known))
        .values(change=case((s.ends, SKIPPED), else_=CREATED))
    )
    differs = or_(
        s.is_adopted,
        s.has_new_ids,
        s.has_new_email,
        *(t[name].is_distinct_from(s[name]) for name in _USERS.plain),
    )
    is_active = t.status == "active"
    await batch.execute(
        update(_STAGE)
        .where(s.change.is_(None), t.tenant_id == batch.tenant_id, t.id == s.id)
        .values(
            change=case(
                (and_(is_active, or_(s.ends, s.is_suspended)), ARCHIVED),
                (s.ends, UNCHANGED),
                (differs, UPDATED),
                else_=UNCHANGED,
            )
        )
    )
    staying = select(s.sourced_id).where(
        t.tenant_id == batch.tenant_id,
        t.id == s.id,
        t.status == "suspended",
        not_(s.ends),
        not_(s.is_suspended),
        s.change != SKIPPED,
    )
    await batch.warn(Rule.STAYS_SUSPENDED, _FILE, "enabledUser", (await batch.execute(staying)).scalars())


async def _give_handles(batch: Batch) -> None:
    """New people get a handle that nobody here has."""
    s = _STAGE.c
    query = select(s.place, s.wanted_handle).where(s.change == CREATED).order_by(s.place)
    new: Sequence[tuple[int, str]] = [(row.place, row.wanted_handle) for row in await batch.execute(query)]
    taken: set[str] = set()
    if new:
        held = await batch.execute(select(users.c.handle).where(users.c.tenant_id == batch.tenant_id))
        taken.update(held.scalars())
    given: list[tuple[int, str]] = []
    for place, wanted in new:
        free = free_handle(wanted, taken)
        taken.add(free)
        given.append((place, free))
    await stage(batch.tx.connection, _HANDLES, ("place", "handle"), given)


async def _write(batch: Batch) -> None:
    s, t, now = _STAGE.c, users.c, batch.tx.now
    status = case((s.is_suspended, "suspended"), else_="active")
    names = ["tenant_id", "id", "handle", *_USERS.plain, "status", "created_at", "updated_at"]
    rows = (
        select(
            literal(batch.tenant_id),
            s.id,
            _HANDLES.c.handle,
            *(s[name] for name in _USERS.plain),
            status,
            literal(now),
            literal(now),
        )
        .where(s.change == CREATED, _HANDLES.c.place == s.place)
        .order_by(s.place)
    )
    await batch.execute(insert(users).from_select(names, rows))
    await batch.execute(
        update(users)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, s.change.in_([UPDATED, ARCHIVED]))
        .values(
            {
                **{name: case((s.ends, t[name]), else_=s[name]) for name in _USERS.plain},
                "status": case((s.change == ARCHIVED, "suspended"), else_=t.status),
                "updated_at": now,
                "version": t.version + 1,
            }
        )
    )


async def _write_emails(batch: Batch) -> None:
    """A new primary address takes the place of the old one, and is unverified."""
    s, e = _STAGE.c, user_emails.c
    is_new = and_(s.has_new_email, s.change.in_([CREATED, UPDATED, ARCHIVED]), not_(s.ends))
    await batch.execute(
        delete(user_emails).where(
            e.tenant_id == batch.tenant_id,
            e.user_id == s.id,
            is_new,
            or_(e.is_primary, e.address_key == s.email_key),
        )
    )
    names = ["tenant_id", "id", "user_id", "address", "address_key", "is_primary"]
    rows = select(
        literal(batch.tenant_id), s.email_id, s.id, s.email, s.email_key, literal_column("true")
    ).where(is_new)
    await batch.execute(insert(user_emails).from_select(names, rows))


async def _shut_out(batch: Batch) -> None:
    """Sessions of the suspended end, and their tokens."""
    s = _STAGE.c
    suspended = select(s.id).where(s.change == ARCHIVED)
    await batch.execute(
        update(sessions)
        .where(
            sessions.c.tenant_id == batch.tenant_id,
            sessions.c.ended_at.is_(None),
            sessions.c.user_id.in_(suspended),
        )
        .values(ended_at=batch.tx.now, end_reason="suspended")
    )
    await end_access(batch, suspended)
