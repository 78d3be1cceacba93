"""Collections as documents: the whole with its count, and its pages (ActivityStreams section 5)."""

from collections.abc import Sequence

from federation.protocol.writing.activities import Embedded
from federation.protocol.writing.contexts import context, joined
from federation.protocol.writing.values import Document, present


def write_collection(
    *,
    id: str,
    total: int | None,
    first: str | None = None,
    last: str | None = None,
    attributed_to: str | None = None,
) -> Document:
    """An OrderedCollection by its pages; no `first` where only the count is shown, no `total` where not even that."""
    return {
        "@context": context(),
        "id": id,
        "type": "OrderedCollection",
        **present({"attributedTo": attributed_to, "totalItems": total, "first": first, "last": last}),
    }


def write_page(
    *,
    id: str,
    part_of: str,
    items: Sequence[Embedded],
    next: str | None = None,
    prev: str | None = None,
    total: int | None = None,
) -> Document:
    """One page; `next` stays away on the last."""
    return {
        "@context": _context_of(items),
        "id": id,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        **present({"totalItems": total, "next": next, "prev": prev}),
        "orderedItems": _without_contexts(items),
    }


def write_items(*, id: str, items: Sequence[Embedded], attributed_to: str | None = None) -> Document:
    """A short collection that is shown whole: featured posts, moderators."""
    return {
        "@context": _context_of(items),
        "id": id,
        "type": "OrderedCollection",
        **present({"attributedTo": attributed_to}),
        "totalItems": len(items),
        "orderedItems": _without_contexts(items),
    }


def _context_of(items: Sequence[Embedded]) -> object:
    return joined(*(item.get("@context") for item in items if not isinstance(item, str)))


def _without_contexts(items: Sequence[Embedded]) -> list[Embedded]:
    return [
        item if isinstance(item, str) else {name: value for name, value in item.items() if name != "@context"}
        for item in items
    ]
