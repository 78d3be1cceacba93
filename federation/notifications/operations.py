"""What people do with what they are told: they have read it, and they choose how they are told."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from federation.notifications.model import DEFAULTS, EmailTime, NotificationKind, Preference
from federation.tables.notifications import notification_preferences, notifications
from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from tenants.door import Transaction
from tenants.model import NotFound, Unauthenticated
from tenants.tables import users

MOST_IDS = 500


async def mark_read(tx: Transaction, *, ids: Sequence[int] | None = None, up_to: int | None = None) -> int:
    """The viewer has read these notifications, or all up to one; gives how many they had not. Exactly one is given.

    Of ids, those that are not the viewer's change nothing.
    """
    if (ids is None) is (up_to is None):
        raise InvalidInput("give exactly one of ids and upTo", path=["input"])
    if ids is not None and not 1 <= len(ids) <= MOST_IDS:
        raise InvalidInput(f"ids has {len(ids)} entries; 1 to {MOST_IDS} are allowed", path=["input", "ids"])
    row = notifications.c
    if up_to is not None:
        there = select(row.id).where(
            row.tenant_id == tx.tenant_id, row.id == up_to, row.user_id == _viewer(tx)
        )
        if (await tx.connection.execute(there)).first() is None:
            raise NotFound("there is no such notification", path=["input", "upTo"])
    these = row.id.in_(ids) if ids is not None else row.id <= up_to
    changed = await tx.connection.execute(
        update(notifications)
        .where(row.tenant_id == tx.tenant_id, row.user_id == _viewer(tx), ~row.is_read, row.is_shown, these)
        .values(is_read=True, read_at=tx.now)
    )
    return changed.rowcount


async def set_preference(
    tx: Transaction,
    *,
    kind: NotificationKind,
    in_app: bool | Unset = UNSET,
    email: EmailTime | Unset = UNSET,
) -> Preference:
    """How the viewer is told of a kind from now on; what is not given stays. Gives what holds."""
    given: dict[str, object] = {} if in_app is UNSET else {"in_app": in_app}
    given |= {} if email is UNSET else {"email": email.value}
    if not given:
        raise InvalidInput("give inApp, email or both", path=["input"])
    default = DEFAULTS[kind]
    first = {"in_app": default.in_app, "email": default.email.value} | given
    row = insert(notification_preferences).values(
        tenant_id=tx.tenant_id, user_id=_viewer(tx), kind=kind.value, updated_at=tx.now, **first
    )
    stored = row.on_conflict_do_update(
        index_elements=["tenant_id", "user_id", "kind"], set_={**given, "updated_at": tx.now}
    ).returning(notification_preferences.c.in_app, notification_preferences.c.email)
    shown, time = (await tx.connection.execute(stored)).one()
    return Preference(shown, EmailTime(time))


async def stop_letters(tx: Transaction, *, user_id: int, kinds: Iterable[NotificationKind]) -> None:
    """No e-mail about these kinds to this person any more; what is shown in the app stays as it was.

    Whoever is not there any more gets none anyway.
    """
    there = select(users.c.id).where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
    if (await tx.connection.execute(there)).first() is None:
        return
    rows = [
        {
            "tenant_id": tx.tenant_id,
            "user_id": user_id,
            "kind": kind.value,
            "in_app": DEFAULTS[kind].in_app,
            "email": EmailTime.NEVER.value,
            "updated_at": tx.now,
        }
        for kind in kinds
    ]
    if rows:
        stored = insert(notification_preferences).values(rows)
        await tx.connection.execute(
            stored.on_conflict_do_update(
                index_elements=["tenant_id", "user_id", "kind"],
                set_={"email": stored.excluded.email, "updated_at": tx.now},
            )
        )


def _viewer(tx: Transaction) -> int:
    if tx.principal.user_id is None:
        raise Unauthenticated("sign in first")
    return tx.principal.user_id
