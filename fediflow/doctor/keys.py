"""Whether what is stored encrypted can be read: the key-encryption key, and the data keys that it wraps in each shard."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from fediflow.doctor.verdicts import Check, Verdict
from kernel.crypto.key_encryption import KeyEncryptionKeys
from kernel.crypto.sealing import KeyLost
from tenants.key_rotation import unopened_keys
from tenants.model import TenantId

_WHAT = "data keys"
_SETTING = "FEDIFLOW_KEY_ENCRYPTION_KEYS"


def examine_setting(keys: KeyEncryptionKeys) -> Check:
    """Whether there is a key; one that is not well-formed never gets so far."""
    if not keys.by_id:
        found = (
            f"{_SETTING} is not set: nothing can be stored encrypted, so nobody can join the social web; "
            "`fediflow config --new-key-encryption-key` prints one"
        )
        return Check("settings", "key-encryption key", Verdict.WARNING, found)
    current, *others = keys.by_id
    found = f"{current} wraps" + (f", {', '.join(others)} still unwraps" if others else "")
    return Check("settings", "key-encryption key", Verdict.OK, found)


async def examine_keys(
    connection: AsyncConnection, where: str, tenant_ids: Sequence[TenantId], keys: KeyEncryptionKeys
) -> Check:
    """Whether every data key of a shard opens. Raises what databases raise."""
    opened: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    damaged: Counter[str] = Counter()
    async with connection.begin():
        for tenant_id in tenant_ids:
            for wrapped_by, error in await unopened_keys(connection, tenant_id, keys):
                kind = opened if error is None else lost if isinstance(error, KeyLost) else damaged
                kind[wrapped_by] += 1
    if lost or damaged:
        return Check(where, _WHAT, Verdict.BAD, "; ".join((*_lost(lost), *_damaged(damaged))))
    return _opened(where, opened, next(iter(keys.by_id), None))


def _opened(where: str, opened: Counter[str], current: str | None) -> Check:
    if not opened:
        return Check(where, _WHAT, Verdict.OK, "no institution has one yet")
    old = {name: count for name, count in opened.items() if name != current}
    if not old:
        return Check(where, _WHAT, Verdict.OK, f"all {opened.total()} open")
    named = ", ".join(f"{count} by {name!r}" for name, count in sorted(old.items()))
    found = f"wrapped by an older key: {named}; run `fediflow keys rotate` before that key is taken out"
    return Check(where, _WHAT, Verdict.WARNING, found)


def _lost(lost: Counter[str]) -> list[str]:
    return [
        f"{count} are wrapped by {name!r}, which is not among {_SETTING}: put that key back behind the current one, "
        "from where its copy is kept; without it what they encrypt is lost"
        for name, count in sorted(lost.items())
    ]


def _damaged(damaged: Counter[str]) -> list[str]:
    return [
        f"{count} do not open with {name!r}: give the key that had this id when they were wrapped, or restore the "
        "rows of fediflow.data_keys from a backup"
        for name, count in sorted(damaged.items())
    ]
