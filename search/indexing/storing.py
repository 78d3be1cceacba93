"""From a reading to the index: what is there is put, what is not is removed, what is refused is set aside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.documents.made import Made
from search.documents.reading import Reading
from search.engine import Index
from search.indexing.refusals import SetAside
from search.indexing.together import gathered
from search.model import Change, Document, Institution, Kind, Published, Put, Reference, Remove
from search.model import Collection as Documents
from tenants.model import Tenant

# What institutions publish to each other.
PUBLISHABLE = frozenset({Kind.COURSE, Kind.OFFERING, Kind.ORG_UNIT})


@dataclass(frozen=True, slots=True)
class StoredCount:
    """What became of documents: stored (or removed), and refused with the reason."""

    stored: int
    refused: Mapping[SetAside, str]


async def store_reading(
    index: Index,
    tenant: Tenant,
    references: Iterable[Reference],
    reading: Reading,
    *,
    removes: bool = True,
    counted: Collection[Reference] = frozenset(),
) -> StoredCount:
    """Has the index take what was found of these references, in the institution and in the published set.

    Without `removes` the index is known to have nothing of what is not there; of what is `counted`, where nothing but
    numbers changed, the published set has nothing that is not published. Raises `SearchUnavailable`: any part of it
    may have been taken, and all of it may be given again.
    """
    asked = sorted(set(references))
    own = _changes(asked, reading, is_published=False, removes=removes)
    publishable = [one for one in asked if one.kind in PUBLISHABLE and _may_change(reading, one, counted)]
    shown = _changes(publishable, reading, is_published=True, removes=removes)
    refused = {SetAside(reference, False): why for reference, why in reading.faults.items()}
    given = ((own, Institution(tenant)), (shown, Published(tenant)))
    for found in await gathered(
        [_store(index, collection, changes) for changes, collection in given if changes]
    ):
        refused |= found
    return StoredCount(len(own) + len(shown) - len(refused), refused)


def _may_change(reading: Reading, one: Reference, counted: Collection[Reference]) -> bool:
    """Whether the published set may have to hear of it: it shows it, or may have shown it."""
    return one not in counted or _document(reading.documents.get(one), is_published=True) is not None


def _changes(
    references: Iterable[Reference], reading: Reading, *, is_published: bool, removes: bool
) -> Sequence[Change]:
    changes: list[Change] = []
    for reference in references:
        document = _document(reading.documents.get(reference), is_published=is_published)
        if document is not None:
            changes.append(Put(document, reading.version))
        elif removes:
            changes.append(Remove(reference, reading.version))
    return changes


def _document(made: Made | None, *, is_published: bool) -> Document | None:
    if made is None:
        return None
    return made.published if is_published else made.document


async def _store(index: Index, collection: Documents, changes: Sequence[Change]) -> dict[SetAside, str]:
    """What was refused is removed: an older text of it may say, to whom it may not, what it no longer does."""
    refused = await index.store(collection, changes)
    if not refused:
        return {}
    versions = {change.reference: change.version for change in changes}
    gone = [Remove(one.reference, versions[one.reference]) for one in refused]
    await index.store(collection, gone)
    is_published = isinstance(collection, Published)
    return {SetAside(one.reference, is_published): one.why for one in refused}
