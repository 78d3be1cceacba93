"""Asking for published documents: what there is, and the texts behind ids and hashes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from kernel.tables import SCHEMA
from tenants.documents.model import HASH_PREFIX, checked_client, is_hash
from tenants.door import Transaction
from tenants.model import Tenant
from tenants.readers import Readers
from tenants.tables import persisted_documents

_columns = persisted_documents.c
# One row, one text. A hash is looked for in the column that every document has, also one with an id of its own.
_TEXTS = f"""
select coalesce(json_object_agg(found.id, found.body)::text, '{{}}')
from (
  select document_id as id, body from {SCHEMA}.persisted_documents
  where tenant_id = $1 and document_id = any($2::text[])
  union
  select '{HASH_PREFIX}' || sha256, body from {SCHEMA}.persisted_documents
  where tenant_id = $1 and sha256 = any($3::text[])
) found
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a document beside its text."""

    document_id: str
    sha256: str
    operations: tuple[str, ...]
    clients: frozenset[str]
    characters: int
    published_at: datetime


async def list_documents(tx: Transaction, *, client: str | None = None) -> list[Kept]:
    """What is published, by id; of one client where it is named."""
    only = () if client is None else (_columns.clients.contains([checked_client(client)]),)
    return await _kept(tx, *only)


async def kept(tx: Transaction, ids: Sequence[str]) -> dict[str, Kept]:
    """Those of these (canonical) ids that are published, by id."""
    return {one.document_id: one for one in await _kept(tx, one_of(_columns.document_id, ids))}


async def texts_of(readers: Readers, tenant: Tenant, ids: Collection[str]) -> dict[str, str]:
    """The texts behind canonical ids, as far as they are published by this tenant."""
    own = [one for one in ids if not is_hash(one)]
    hashes = [one.removeprefix(HASH_PREFIX) for one in ids if is_hash(one)]
    (text,) = await readers.fetch(tenant, [(_TEXTS, (tenant.id, own, hashes))])
    found: dict[str, str] = orjson.loads(text or b"{}")
    return found


def one_of(column: Column[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text column is one of these, however many they are."""
    return column == any_(literal(list(values), ARRAY(Text)))


async def _kept(tx: Transaction, *only: ColumnElement[bool]) -> list[Kept]:
    query = (
        select(
            _columns.document_id,
            _columns.sha256,
            _columns.operations,
            _columns.clients,
            func.length(_columns.body),
            _columns.created_at,
        )
        .where(_columns.tenant_id == tx.tenant_id, *only)
        .order_by(_columns.document_id)
    )
    rows = (await tx.connection.execute(query)).all()
    return [Kept(row[0], row[1], tuple(row[2]), frozenset(row[3]), row[4], row[5]) for row in rows]
