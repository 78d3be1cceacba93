"""Documents before they are published: parsed, limited and validated against the schema that is served."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema

from api.documents.manifest import Entry, Fault, ManifestRefused
from api.limits import LimitExceeded
from api.plan.documents import DocumentRefused, Documents
from tenants.documents.model import HASH_PREFIX, NewDocument, fits, hash_of

_TOLD_EVERY = 50


@dataclass(frozen=True, slots=True)
class _Examined:
    """A text: the kinds of its operations by their names, and what is wrong with it."""

    kinds: Mapping[str, str]
    errors: Sequence[GraphQLError] = ()


def checked(
    entries: Sequence[Entry],
    schema: GraphQLSchema,
    *,
    client: str,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[NewDocument]:
    """The documents to publish, one for each id. `client` is whose they are where the manifest does not say.

    Raises `ManifestRefused` with every fault of every document. Each text is validated once, however often it comes.
    """
    texts: dict[str, _Examined] = {}
    documents: dict[str, NewDocument] = {}
    faults: list[Fault] = []
    for place, entry in enumerate(entries, 1):
        if entry.body not in texts:
            texts[entry.body] = _examined(entry.body, schema)
        text, before = texts[entry.body], documents.get(entry.document_id)
        faults += _faults(entry, text, before)
        clients = {entry.client or client, *(before.clients if before is not None else ())}
        documents[entry.document_id] = NewDocument(
            entry.document_id, entry.body, tuple(text.kinds), tuple(sorted(clients))
        )
        if place % _TOLD_EVERY == 0 or place == len(entries):
            progress(place, len(entries))
    if faults:
        refused = len({fault.document_id for fault in faults})
        raise ManifestRefused(
            f"nothing is published: {refused} of {len(documents)} documents are refused", tuple(faults)
        )
    return list(documents.values())


def _examined(body: str, schema: GraphQLSchema) -> _Examined:
    if "\0" in body:
        return _Examined({}, [GraphQLError("the document contains U+0000, which cannot be stored")])
    try:
        document = Documents(schema).get(body)  # one for each: nothing of it is needed twice
    except DocumentRefused as refused:
        return _Examined({}, refused.errors)
    except LimitExceeded as exceeded:
        return _Examined({}, [GraphQLError(exceeded.message)])
    kinds = {name: operation.kind for name, operation in document.operations.items()}
    return _Examined(kinds, () if kinds else [GraphQLError("the document has no operation")])


def _faults(entry: Entry, text: _Examined, before: NewDocument | None) -> Iterator[Fault]:
    for error in text.errors:
        at = error.locations[0] if error.locations else None
        yield Fault(
            entry.document_id,
            error.message,
            entry.name,
            at.line if at is not None else None,
            at.column if at is not None else None,
        )
    if not fits(entry.document_id, entry.body):
        own = HASH_PREFIX + hash_of(entry.body)
        yield Fault(
            entry.document_id, f"the id is the hash of another text; that of this one is {own}", entry.name
        )
    if before is not None and before.body != entry.body:
        yield Fault(entry.document_id, "the id comes twice, with two texts", entry.name)
    if text.kinds:
        yield from _misnamed(entry, text.kinds)


def _misnamed(entry: Entry, kinds: Mapping[str, str]) -> Iterator[Fault]:
    """What the manifest says of the operation is what a client will ask for."""
    if entry.name and entry.name not in kinds:
        yield Fault(entry.document_id, f"the document has no operation {entry.name!r}", entry.name)
    elif entry.name and entry.kind and entry.kind != kinds[entry.name]:
        yield Fault(
            entry.document_id, f"the operation is a {kinds[entry.name]}, not a {entry.kind}", entry.name
        )
