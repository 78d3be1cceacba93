"""What people do with searches that they saved: save, rename, change, delete. Nobody but they themselves."""

from dataclasses import dataclass

from sqlalchemy import RowMapping, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or

from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from search.readers.arguments import Arguments, kept
from search.tables.readers import due_saved_searches, saved_search_tellings, saved_searches
from tenants.changing import locked, write_changes
from tenants.door import Transaction
from tenants.model import NotFound, Unauthenticated
from tenants.people.model import line
from tenants.tables import users

LONGEST_NAME = 200
MOST_SAVED = 50


@dataclass(frozen=True, slots=True)
class NewSavedSearch:
    """A search to look at again."""

    name: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class SavedSearchChanges:
    """What becomes different. With other arguments it is a new search: what is there already is not told of."""

    name: str | Unset = UNSET
    arguments: Arguments | Unset = UNSET


async def save_search(tx: Transaction, *, saved_search: NewSavedSearch) -> int:
    """Saves a search of the viewer. What appears from now on and matches, they are told of."""
    user_id = await _locked_viewer(tx)
    own = select(func.count()).where(
        saved_searches.c.tenant_id == tx.tenant_id, saved_searches.c.user_id == user_id
    )
    if (await tx.connection.execute(own)).scalar_one() >= MOST_SAVED:
        raise InvalidInput(f"a person saves at most {MOST_SAVED} searches; delete one first", path=["input"])
    search_id = tx.new_id()
    await tx.connection.execute(
        insert(saved_searches).values(
            tenant_id=tx.tenant_id,
            id=search_id,
            user_id=user_id,
            name=_name(saved_search.name),
            arguments=kept(saved_search.arguments),
            looked_to=tx.now,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    due = insert_or(due_saved_searches).values(tenant_id=tx.tenant_id, user_id=user_id, due_at=tx.now)
    await tx.connection.execute(due.on_conflict_do_nothing())
    await tx.announce("saved_search.changed", "saved_search", search_id)
    return search_id


async def update_saved_search(
    tx: Transaction,
    *,
    saved_search_id: int,
    changes: SavedSearchChanges,
    expected_version: int | None = None,
) -> int:
    """Renames a search of the viewer, or has it look for something else."""
    row = await _own(tx, saved_search_id, expected_version)
    values: dict[str, object] = {}
    if not isinstance(changes.name, Unset):
        values["name"] = _name(changes.name)
    if not isinstance(changes.arguments, Unset) and kept(changes.arguments) != row["arguments"]:
        values |= {"arguments": kept(changes.arguments), "looked_to": tx.now, "problem": None}
        told = saved_search_tellings.c
        await tx.connection.execute(
            delete(saved_search_tellings).where(
                told.tenant_id == tx.tenant_id, told.search_id == saved_search_id
            )
        )
    if await write_changes(tx, saved_searches, row, values):
        await tx.announce("saved_search.changed", "saved_search", saved_search_id)
    return saved_search_id


async def delete_saved_search(
    tx: Transaction, *, saved_search_id: int, expected_version: int | None = None
) -> int:
    """Deletes a search of the viewer; what they were told of stays told."""
    await _own(tx, saved_search_id, expected_version)
    row = saved_searches.c
    await tx.connection.execute(
        delete(saved_searches).where(row.tenant_id == tx.tenant_id, row.id == saved_search_id)
    )
    await tx.announce("saved_search.changed", "saved_search", saved_search_id)
    return saved_search_id


async def _own(tx: Transaction, search_id: int, expected_version: int | None) -> RowMapping:
    own = select(saved_searches.c.id).where(
        saved_searches.c.tenant_id == tx.tenant_id,
        saved_searches.c.id == search_id,
        saved_searches.c.user_id == _viewer(tx),
    )
    if (await tx.connection.execute(own)).first() is None:
        raise NotFound("there is no such saved search")
    return await locked(tx, saved_searches, search_id, what="saved search", expected_version=expected_version)


async def _locked_viewer(tx: Transaction) -> int:
    """The viewer, locked: who counts their searches, and who sees that there are none left, waits for each other."""
    user_id = _viewer(tx)
    own = (users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
    await tx.connection.execute(select(users.c.id).where(*own).with_for_update(key_share=True))
    return user_id


def _viewer(tx: Transaction) -> int:
    if tx.principal.user_id is None:
        raise Unauthenticated("sign in first")
    return tx.principal.user_id


def _name(given: str) -> str:
    return line(given, ["input", "name"], longest=LONGEST_NAME, what="a name")
