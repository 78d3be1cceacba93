"""How a request names a document that is kept here, and what it hears where that is not so.

Sources: GraphQL over HTTP, appendix A "Persisted Documents" (`documentId`); Apollo's protocol of automatic persisted
queries (`extensions.persistedQuery`), whose clients look for its very messages and codes and then send the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.documents.model import canonical_id, fits, is_hash

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Reference:
    """The canonical id of a document; `is_automatic` where it was given in Apollo's way."""

    document_id: str
    is_automatic: bool = False


class BadReference(FediflowError):
    """What is said of a document's id is malformed, or contradicts itself."""

    code = ErrorCode.BAD_REQUEST


class DocumentNotFound(FediflowError):
    """No document of this id is kept for this institution. A client of Apollo knows the one message, and sends the text."""

    code = ErrorCode.PERSISTED_QUERY_NOT_FOUND

    def __init__(self, reference: Reference) -> None:
        super().__init__(
            "PersistedQueryNotFound"
            if reference.is_automatic
            else "this institution has published no document of this id (any more): publish it; where any text is answered, send the text"
        )


class AutomaticNotSupported(FediflowError):
    """Documents are not registered as they come. A client of Apollo goes on with texts then."""

    code = ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class DocumentNotPublished(FediflowError):
    """The institution answers published documents only, and this is none."""

    code = ErrorCode.DOCUMENT_NOT_PUBLISHED

    def __init__(self) -> None:
        super().__init__(
            "this institution answers published documents only, and this text is none: "
            "ask by the id of one, or have the operator publish it"
        )


def reference_of(document_id: object, extensions: Mapping[str, Any] | None) -> Reference | None:
    """What the parameters `documentId` and `extensions` name; None where they name nothing. Raises `BadReference`."""
    by_id = None
    if document_id is not None:
        by_id = _read(document_id, "the parameter `documentId`", is_automatic=False)
    persisted = extensions.get("persistedQuery") if extensions else None
    if persisted is None:
        return by_id
    automatic = _automatic(persisted)
    if by_id is not None and by_id.document_id != automatic.document_id:
        raise BadReference(
            "`documentId` and `extensions.persistedQuery` name two documents: send one of them"
        )
    return by_id or automatic


def check_text(reference: Reference, text: str) -> None:
    """Raises `BadReference` unless the id is the hash of the text that came with it."""
    if not is_hash(reference.document_id):
        raise BadReference("send `query` or the `documentId` of a published document, not both")
    if not fits(reference.document_id, text):
        raise BadReference("provided sha does not match query")


def _automatic(given: object) -> Reference:
    if not isinstance(given, Mapping):
        raise BadReference("`extensions.persistedQuery` is not an object")
    if given.get("version") != _VERSION:
        raise BadReference(f"Unsupported persisted query version: send {_VERSION}")
    what = "`extensions.persistedQuery.sha256Hash`"
    return _read(given.get("sha256Hash"), what, is_automatic=True)


def _read(given: object, what: str, *, is_automatic: bool) -> Reference:
    if not isinstance(given, str):
        raise BadReference(f"{what} is missing or not a string")
    try:
        return _of(given, is_automatic)
    except InvalidInput as error:
        raise BadReference(f"{what}: {error.message}") from None


@lru_cache(maxsize=4096)  # most requests name what others named before
def _of(given: str, is_automatic: bool) -> Reference:
    return Reference(canonical_id(given), is_automatic)
