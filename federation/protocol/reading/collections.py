"""Reading collections and their pages (ActivityStreams section 5)."""

from federation.protocol.reading.activities import reference, references
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.identity import types_in
from federation.protocol.reading.shapes.activities import Document, ReceivedCollection
from federation.protocol.reading.values import count, member, uri

MOST_ITEMS = 1_000
"""Per page; more are left out."""


def read_collection(document: Document, *, where: str = "$") -> ReceivedCollection:
    """A collection or a page; `Unreadable` for what is neither."""
    types = types_in(document, where)
    if not _KINDS.intersection(types):
        raise Unreadable(f"a {types[0]} is no collection", f"{where}.type")
    return ReceivedCollection(
        id=uri(document.get("id")),
        is_page=any(name.endswith("Page") for name in types),
        total_items=count(document.get("totalItems")),
        items=references(member(document, "orderedItems", "items"), f"{where}.items", MOST_ITEMS),
        first=reference(document.get("first"), f"{where}.first"),
        next=uri(document.get("next")),
        part_of=uri(document.get("partOf")),
    )


_KINDS = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
