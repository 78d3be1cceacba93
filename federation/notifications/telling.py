"""The statement that writes what people are told, and telling one person what no event says.

Events are told of by the consumer. What a package above finds out by itself, such as that a saved search found something
new, it tells in the transaction that notes so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from federation.notifications.model import DEBOUNCE, DEFAULTS, NotificationKind, next_digest
from kernel.database.named_sql import named_statements
from tenants.door import Transaction
from tenants.model import Tenant

_FOLDER = Path(__file__).parent
_RECIPIENTS = named_statements(_FOLDER / "recipients.sql")
_SQL = named_statements(_FOLDER / "telling.sql")
# As texts: for arrays of other types the driver would ask PostgreSQL what they are, in ways we are not allowed.
_DEFAULTS = (
    [kind.value for kind in DEFAULTS],
    [str(preference.in_app).lower() for preference in DEFAULTS.values()],
    [preference.email.value for preference in DEFAULTS.values()],
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that one person is told, once for each `once_key`."""

    user_id: int
    kind: NotificationKind
    once_key: str
    details: Mapping[str, Any]


def telling(recipients: str) -> str:
    """The statement `tell` for those whom a statement of `recipients.sql` finds."""
    return _SQL["tell"].replace("{found}", _RECIPIENTS[recipients])


def how_told(tenant: Tenant | None, now: datetime, *, sends_mail: bool, first_id: int) -> tuple[object, ...]:
    """What binds the statement after the tenant and the rows; ids begin after `first_id`."""
    digest_at = next_digest(now, tenant.time_zone if tenant is not None else "UTC")
    return (*_DEFAULTS, sends_mail, first_id, digest_at, DEBOUNCE)


async def tell_person(tx: Transaction, notice: Notice, *, sends_mail: bool) -> bool:
    """Tells them as they wish, on a worker's connection; False where they are suspended or do not want to know."""
    row = {
        "user_id": notice.user_id,
        "kind": notice.kind.value,
        "once_key": notice.once_key,
        "details": dict(notice.details),
    }
    # The statement takes one id for the notification and one for a letter, of different tables: the same one.
    how = how_told(tx.tenant, tx.now, sends_mail=sends_mail, first_id=tx.new_id() - 1)
    told = await tx.driver.fetchval(_ONE, tx.tenant_id, orjson.dumps([row]).decode(), *how)
    return bool(told)


_ONE = telling("one_person")
