"""A person who comes in by a provider for the first time: made with no role, under a handle that is free."""

from sqlalchemy import exists, select

from federation.signin.claims import Profile
from federation.signin.refusals import UnableToSignIn
from tenants.door import Transaction
from tenants.people.emails import NewEmail
from tenants.people.model import email_key
from tenants.people.operations import NewUser, create_user
from tenants.tables import user_emails, users

_TRIES = 50


async def create_newcomer(tx: Transaction, profile: Profile) -> int:
    """The new person's id. Their address is kept as it was vouched for.

    A vouched-for address that somebody has is no proof that it is them, and a second person would be no help: refused.
    Raises `tenants.changing.AlreadyTaken` where somebody else was faster; the same again finds what is free.
    """
    emails: tuple[NewEmail, ...] = ()
    if profile.email is not None and not await _has_email(tx, profile.email):
        emails = (NewEmail(profile.email, is_primary=True, is_verified=profile.is_email_verified),)
    elif profile.email is not None and profile.is_email_verified:
        raise UnableToSignIn(
            "somebody here has your e-mail address: sign in as before, and link this account while signed in"
        )
    user = NewUser(
        handle=await _free_handle(tx, profile.handle),
        given_name=profile.given_name,
        family_name=profile.family_name,
        display_name=profile.display_name,
        emails=emails,
        preferred_language=profile.language,
    )
    return await create_user(tx, user=user)


async def _has_email(tx: Transaction, address: str) -> bool:
    """Whether it is somebody's first address, which nobody else can have as theirs."""
    taken = exists().where(
        user_emails.c.tenant_id == tx.tenant_id,
        user_emails.c.address_key == email_key(address),
        user_emails.c.is_primary,
    )
    return bool((await tx.connection.execute(select(taken))).scalar_one())


async def _free_handle(tx: Transaction, wanted: str) -> str:
    """The handle, or the first one of `wanted-2`, `wanted-3` … that nobody has; at last one with a number of its own."""
    tried = [wanted, *(f"{wanted}-{number}" for number in range(2, _TRIES))]
    query = select(users.c.handle).where(users.c.tenant_id == tx.tenant_id, users.c.handle.in_(tried))
    taken = set((await tx.connection.execute(query)).scalars())
    return next((one for one in tried if one not in taken), f"{wanted}-{tx.new_id()}")
