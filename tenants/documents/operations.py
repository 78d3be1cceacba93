"""Publishing documents and withdrawing them: all of a call or nothing, one call of an institution after the other."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, update

from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.authority import require
from tenants.changing import alone
from tenants.documents.model import NewDocument, canonical_id, checked_client, fits
from tenants.documents.queries import Kept, kept, one_of
from tenants.door import Transaction
from tenants.model import NotFound, Permission
from tenants.tables import persisted_documents

_ROWS = 500  # written at once
_NAMED = 10  # of what is wrong, at most so many are named
_ALONE = "persisted documents"

_table = persisted_documents
_columns = persisted_documents.c


class IdTaken(FediflowError):
    """Another text was published under the same id before."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Published:
    """How many documents are new, how many were there already, and how many of those have a client more now."""

    new: int
    known: int
    shared: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many documents are gone, and how many stay because another client has them too."""

    gone: int
    kept: int


async def publish_documents(tx: Transaction, *, documents: Sequence[NewDocument]) -> Published:
    """Publishes documents that were validated. What is there with the same text stays as it is.

    Raises `IdTaken` where an id has another text, and `InvalidInput` where an id comes twice or is the hash of another
    text.
    """
    require(tx, Permission.PUBLISH_DOCUMENTS, "publish documents")
    _check(documents)
    await alone(tx, _ALONE)
    found = await kept(tx, [one.document_id for one in documents])
    known = [one for one in documents if one.document_id in found]
    taken = [one.document_id for one in known if found[one.document_id].sha256 != one.sha256]
    if taken:
        raise IdTaken(
            f"{_named(taken)}: another text was published under this id; withdraw it, or publish under a new one",
            ids=taken,
        )
    new = [one for one in documents if one.document_id not in found]
    for start in range(0, len(new), _ROWS):
        await tx.connection.execute(insert(_table), [_row(tx, one) for one in new[start : start + _ROWS]])
    return Published(len(new), len(known), await _share(tx, known, found))


async def withdraw_documents(tx: Transaction, *, ids: Collection[str]) -> Withdrawn:
    """Withdraws these, whichever clients have them. `NotFound` where one is not published: then all stay."""
    require(tx, Permission.PUBLISH_DOCUMENTS, "withdraw documents")
    wanted = sorted({canonical_id(one) for one in ids})
    await alone(tx, _ALONE)
    gone = (
        delete(_table)
        .where(_columns.tenant_id == tx.tenant_id, one_of(_columns.document_id, wanted))
        .returning(_columns.document_id)
    )
    found = set((await tx.connection.execute(gone)).scalars())
    missing = [one for one in wanted if one not in found]
    if missing:
        raise NotFound(f"{_named(missing)}: no such document is published", ids=missing)
    return Withdrawn(len(found), 0)


async def withdraw_client(tx: Transaction, *, client: str) -> Withdrawn:
    """Withdraws what only this client has; what others have too stays theirs. `NotFound` where it has nothing."""
    require(tx, Permission.PUBLISH_DOCUMENTS, "withdraw documents")
    name = checked_client(client)
    await alone(tx, _ALONE)
    its = (_columns.tenant_id == tx.tenant_id, _columns.clients.contains([name]))
    gone = await tx.connection.execute(delete(_table).where(*its, func.cardinality(_columns.clients) == 1))
    without = update(_table).where(*its).values(clients=func.array_remove(_columns.clients, name))
    left = await tx.connection.execute(without)
    if not gone.rowcount + left.rowcount:
        raise NotFound(f"no document of a client {name!r} is published")
    return Withdrawn(gone.rowcount, left.rowcount)


def _check(documents: Sequence[NewDocument]) -> None:
    seen = set()
    for one in documents:
        if canonical_id(one.document_id) != one.document_id or one.document_id in seen:
            raise InvalidInput(f"{one.document_id}: the id comes twice, or is not in its canonical form")
        if not fits(one.document_id, one.body):
            raise InvalidInput(f"{one.document_id}: the id is the hash of another text")
        if not one.clients or any(checked_client(name) != name for name in one.clients):
            raise InvalidInput(f"{one.document_id}: a document is some client's, and each has a name")
        seen.add(one.document_id)


def _row(tx: Transaction, document: NewDocument) -> dict[str, object]:
    return {
        "tenant_id": tx.tenant_id,
        "document_id": document.document_id,
        "sha256": document.sha256,
        "body": document.body,
        "operations": list(document.operations),
        "clients": sorted(document.clients),
        "created_at": tx.now,
    }


async def _share(tx: Transaction, known: Sequence[NewDocument], found: dict[str, Kept]) -> int:
    """Enters clients with documents that were there without them; returns how many documents that changed."""
    wanted: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for one in known:
        before = found[one.document_id].clients
        if not before.issuperset(one.clients):
            wanted[before.union(one.clients)].append(one.document_id)
    for clients, ids in wanted.items():
        its = (_columns.tenant_id == tx.tenant_id, one_of(_columns.document_id, ids))
        await tx.connection.execute(update(_table).where(*its).values(clients=sorted(clients)))
    return sum(len(ids) for ids in wanted.values())


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
