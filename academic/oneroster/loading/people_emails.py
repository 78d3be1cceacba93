"""The primary e-mail addresses of users.csv."""

from sqlalchemy import and_, delete, exists, literal, literal_column, not_, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import ARCHIVED, CREATED, UPDATED, Batch
from academic.oneroster.loading.people_stage import FILE, STAGE
from tenants.tables import user_emails


async def settle_emails(batch: Batch) -> None:
    """Leaves out an address that is somebody else's, then finds those that are new."""
    s, held, own = STAGE.c, user_emails.alias().c, user_emails.alias().c
    taken = await batch.execute(
        update(STAGE)
        .where(
            held.tenant_id == batch.tenant_id,
            held.address_key == s.email_key,
            held.is_primary,
            held.user_id != s.id,
            s.change.is_(None),
        )
        .values(email=None, email_key=None)
        .returning(STAGE.c.place, held.address)
    )
    batch.warn(Rule.EMAIL_TAKEN, FILE, "email", taken)
    is_there = exists().where(
        own.tenant_id == batch.tenant_id, own.user_id == s.id, own.is_primary, own.address == s.email
    )
    await batch.execute(
        update(STAGE)
        .where(s.email.is_not(None), s.change.is_(None), not_(is_there))
        .values(has_new_email=true())
    )


async def write_emails(batch: Batch) -> None:
    """A new primary address takes the place of the old one, and is unverified."""
    s, e = STAGE.c, user_emails.c
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
