"""Which person here each row of users.csv means, where no sourcedId says so."""

from sqlalchemy import and_, exists, func, not_, true, update

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import SKIPPED, Batch
from academic.oneroster.loading.objects import is_sourced, owner
from academic.oneroster.loading.people_stage import FILE, STAGE
from tenants.tables import user_emails, user_external_ids, users


async def adopt_users(batch: Batch) -> None:
    """Finds people who were added here; never somebody who was imported under another sourcedId."""
    s, t, address = STAGE.c, users.c, user_emails.alias().c
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
    again = STAGE.alias().c
    is_alone = not_(
        exists().where(again.wanted_handle == s.wanted_handle, again.place != s.place, not_(again.ends))
    )
    by_handle = and_(t.handle == s.wanted_handle, same_name, not_(has_address), is_alone)
    for rule in (by_email, by_handle):
        await batch.execute(
            update(STAGE).where(is_open, rule).values(id=t.id, is_known=true(), is_adopted=true())
        )


async def skip_the_erased(batch: Batch) -> None:
    """Leaves people alone whose erasure was asked for here."""
    s, t = STAGE.c, users.c
    erased = await batch.execute(
        update(STAGE)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, t.status == "deleted", s.change.is_(None))
        .values(change=SKIPPED)
        .returning(s.place, s.sourced_id)
    )
    batch.warn(Rule.ERASED, FILE, "sourced_id", erased)


async def keep_what_is_not_said(batch: Batch) -> None:
    """Pronouns that the file does not know stay."""
    s, t = STAGE.c, users.c
    await batch.execute(
        update(STAGE)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, s.pronouns.is_(None), t.pronouns.is_not(None))
        .values(pronouns=t.pronouns)
    )
