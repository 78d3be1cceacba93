"""How an institution federates: with whom, what it wants signed, how many links a stranger may post."""

from dataclasses import dataclass, fields

from sqlalchemy.dialects.postgresql import insert

from federation.hosts.policies import policies_for
from federation.moderation.history import Because, Done, check, note_all
from federation.tables.hosts import federation_settings
from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from tenants.authority import require
from tenants.changing import VersionConflict, alone
from tenants.door import Transaction
from tenants.model import Permission

MOST_LINKS = 1_000
CHANGED = "change_settings"  # in the history


@dataclass(frozen=True, slots=True)
class FederationSettings:
    """`mode` and `requires_signed_fetch` as their columns have them. Version 1 is what holds while nothing was set."""

    mode: str
    requires_signed_fetch: str
    links_of_strangers: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class SettingsChanges:
    """What is to change."""

    mode: str | Unset = UNSET
    requires_signed_fetch: str | Unset = UNSET
    links_of_strangers: int | Unset = UNSET


async def change_settings(
    tx: Transaction,
    *,
    changes: SettingsChanges,
    because: Because | None = None,
    expected_version: int | None = None,
) -> FederationSettings:
    """The settings as they are afterwards; what changed stands in the history of moderation."""
    require(tx, Permission.OPERATE_FEDERATION, "decide how the institution federates")
    if because is not None:
        await check(tx, because)
    await alone(tx, "federation settings")
    before = await _settings(tx)
    if expected_version is not None and before.version != expected_version:
        raise VersionConflict(f"the settings are at version {before.version}, not {expected_version}")
    given = {one.name: getattr(changes, one.name) for one in fields(changes)}
    values = {
        name: value for name, value in given.items() if value is not UNSET and value != getattr(before, name)
    }
    _check_links(values.get("links_of_strangers", 0))
    if not values:
        return before
    after = FederationSettings(
        **{
            "mode": before.mode,
            "requires_signed_fetch": before.requires_signed_fetch,
            "links_of_strangers": before.links_of_strangers,
            **values,
            "version": before.version + 1,
        }
    )
    stored = {one.name: getattr(after, one.name) for one in fields(after)} | {"updated_at": tx.now}
    row = insert(federation_settings).values(tenant_id=tx.tenant_id, **stored)
    await tx.connection.execute(row.on_conflict_do_update(index_elements=["tenant_id"], set_=stored))
    noted = [
        Done(CHANGED, setting=name, before=str(getattr(before, name)), after=str(value))
        for name, value in values.items()
    ]
    await note_all(tx, noted, because or Because(""))
    return after


async def _settings(tx: Transaction) -> FederationSettings:
    known = await policies_for(tx.driver, tx.tenant_id, [])
    return FederationSettings(
        known.mode, known.requires_signed_fetch, known.links_of_strangers, known.version
    )


def _check_links(links: int) -> None:
    if not 0 <= links <= MOST_LINKS:
        raise InvalidInput(f"links are 0 to {MOST_LINKS}", path=["input", "linksOfStrangers"])
