"""Documents out of the database: the rows of many references of one institution, a statement for each kind."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from kernel.database.named_sql import named_statements
from search.documents.courses import course_document
from search.documents.made import Made, Row
from search.documents.offerings import offering_document
from search.documents.org_units import org_unit_document
from search.documents.people import person_document
from search.documents.posts import post_document
from search.model import Kind, Reference
from tenants.model import Tenant

_SQL = named_statements(Path(__file__).with_name("rows.sql"))
_MAKERS: Mapping[Kind, tuple[str, Callable[[Tenant, Row], Made]]] = {
    Kind.COURSE: ("courses", course_document),
    Kind.OFFERING: ("offerings", offering_document),
    Kind.ORG_UNIT: ("org_units", org_unit_document),
    Kind.USER: ("people", person_document),
    Kind.POST: ("posts", post_document),
}
# What a row may hold that a document cannot be made of: a text without a language, a number that is none.
_UNFIT = (ValueError, TypeError, LookupError)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found: a reference that has neither document nor fault has no row, or none that anybody may find.

    `version` is a position of the shard's outbox that none of it is older than.
    """

    version: int
    documents: Mapping[Reference, Made]
    faults: Mapping[Reference, str] = field(default_factory=dict)  # why no document could be made of the row


async def read_documents(
    driver: "asyncpg.Connection[Any]", tenant: Tenant, references: Iterable[Reference]
) -> Reading:
    """The documents of these references as one snapshot of the institution has them (`tenants.door: Door.read`)."""
    version = int(await driver.fetchval(_SQL["clock"]))
    documents: dict[Reference, Made] = {}
    faults: dict[Reference, str] = {}
    for kind, ids in _by_kind(references).items():
        statement, make = _MAKERS[kind]
        for row in await driver.fetch(_SQL[statement], tenant.id, ids):
            reference = Reference(kind, row["id"])
            try:
                documents[reference] = make(tenant, row)
            except _UNFIT as error:
                faults[reference] = f"no document can be made of the row: {type(error).__name__}"
    return Reading(version, documents, faults)


def _by_kind(references: Iterable[Reference]) -> Mapping[Kind, Sequence[str]]:
    found: dict[Kind, list[str]] = defaultdict(list)
    for reference in sorted(set(references)):
        found[reference.kind].append(str(reference.id))
    return found
