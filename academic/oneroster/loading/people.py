"""users.csv. Passwords, telephone numbers, agents and demographics are never read.

A person is found by the sourcedId; else by the primary e-mail address; else by the handle where the names agree too and
the person here has no address. A handle is how somebody signs in, so a file gives one and never changes it. `enabledUser`
false and `tobedeleted` suspend; a file never lifts a suspension, because nobody can tell who imposed it.
"""

from collections.abc import Iterable, Iterator

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import ARCHIVED, CREATED, UPDATED, Batch
from academic.oneroster.loading.matching import match
from academic.oneroster.loading.objects import STAGED
from academic.oneroster.loading.people_emails import settle_emails, write_emails
from academic.oneroster.loading.people_matching import adopt_users, keep_what_is_not_said, skip_the_erased
from academic.oneroster.loading.people_stage import FILE, STAGE, USERS
from academic.oneroster.loading.people_writing import classify_users, shut_out, write_users
from academic.oneroster.loading.user_ids import find_new_ids, stage_user_ids, write_user_ids
from academic.oneroster.loading.writing import name_objects
from academic.oneroster.naming import external_id, handle
from academic.oneroster.records import Status, User
from kernel.database.staging import Row
from kernel.errors import InvalidInput
from tenants.people.model import LONGEST_NAME, LONGEST_PRONOUNS, checked_email, email_key

_NAMES = ("given_name", "family_name", "preferred_given_name", "preferred_family_name")
_COLUMNS = f"{STAGED} is_suspended wanted_handle given_name family_name display_name pronouns email_id email email_key"


async def load_users(batch: Batch, people: tuple[User, ...]) -> None:
    """The people of the file with their primary address and their identifiers elsewhere."""
    fitting = list(people)
    for field in _NAMES:
        fitting = list(batch.fitting(FILE, field, fitting, longest=LONGEST_NAME, is_line=True))
    await batch.stage(STAGE, _COLUMNS, _rows(batch, fitting), file=FILE, total=len(people))
    await match(batch, USERS)
    await adopt_users(batch)
    await skip_the_erased(batch)
    await keep_what_is_not_said(batch)
    await settle_emails(batch)
    await stage_user_ids(batch, fitting)
    await find_new_ids(batch, STAGE)
    await classify_users(batch)
    await batch.analyze(STAGE)
    await write_users(batch)
    await name_objects(batch, USERS)
    await write_emails(batch)
    await write_user_ids(batch, STAGE)
    events = {CREATED: "user.created", UPDATED: "user.updated", ARCHIVED: "user.suspended"}
    await batch.announce(STAGE, "user", events)
    await shut_out(batch)
    await batch.count(FILE, STAGE)


def _rows(batch: Batch, people: Iterable[User]) -> Iterator[Row]:
    """One person's e-mail address is nobody else's primary one: the first keeps it, as the reader has said."""
    given: set[str] = set()
    for user in people:
        first, last = user.preferred_given_name, user.preferred_family_name
        display = f"{first or user.given_name} {last or user.family_name}"[: 2 * LONGEST_NAME]
        email = _email(batch, user)
        key = email and email_key(email)
        if key in given:
            email = key = None
        elif key is not None:
            given.add(key)
        yield (
            user.row,
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
        batch.warn(Rule.EMAIL, FILE, "email", [(user.row, user.email)])
        return None
