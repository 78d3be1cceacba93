"""Manifests of documents, as the build tools of clients write them.

Apollo (`generate-persisted-query-manifest`, Apollo Kotlin and iOS):
`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "name", "type", "body"}]}`, where an
operation may say in `clientName` whose it is. Relay (`persistConfig.file`) and GraphQL Code Generator
(`persisted-documents.json`): `{"<id>": "<document>"}`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.documents.model import MAX_ID, canonical_id, checked_client

APOLLO = "apollo-persisted-query-manifest"
MAX_BYTES = 64_000_000
MAX_DOCUMENTS = 20_000
_TOLD = 20
_ACCEPTED = (
    f'accepted are Apollo\'s ("format": "{APOLLO}") and a plain object of ids and documents (Relay, codegen)'
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of a manifest; `name` and `kind` of its operation, and the client, where the manifest says them."""

    document_id: str
    body: str
    name: str | None = None
    kind: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document: which, and where in its text."""

    document_id: str
    message: str
    operation: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        operation = f" ({self.operation})" if self.operation else ""
        place = f", line {self.line}, column {self.column}" if self.line else ""
        return f"{self.document_id}{operation}{place}: {self.message}"


class ManifestRefused(FediflowError):
    """The manifest cannot be read, or documents in it are refused; the message has a line for each fault."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        more = [f"and {len(faults) - _TOLD} more"] if len(faults) > _TOLD else []
        super().__init__("\n".join([message, *map(str, faults[:_TOLD]), *more]))
        self.faults = faults


def read_manifest(content: bytes) -> list[Entry]:
    """The documents of a manifest, with canonical ids; `ManifestRefused` where it is none."""
    if len(content) > MAX_BYTES:
        raise ManifestRefused(
            f"the manifest has {len(content)} bytes; at most {MAX_BYTES} are read: split it"
        )
    given = _json(content)
    if not isinstance(given, dict):
        raise ManifestRefused(f"the manifest is not a JSON object; {_ACCEPTED}")
    found = list(_of_apollo(given) if "format" in given else _of_map(given))
    faults = tuple(one for one in found if isinstance(one, Fault))
    if faults:
        raise ManifestRefused(f"nothing is published: {len(faults)} entries are no documents", faults)
    if not 1 <= len(found) <= MAX_DOCUMENTS:
        raise ManifestRefused(f"the manifest has {len(found)} documents; it may have 1 to {MAX_DOCUMENTS}")
    return [one for one in found if isinstance(one, Entry)]


def _of_apollo(given: dict[str, Any]) -> Iterator[Entry | Fault]:
    version, operations = given.get("version"), given.get("operations")
    if given["format"] != APOLLO or version != 1 or not isinstance(operations, list):
        raise ManifestRefused(
            f"the manifest says format {given['format']!r}, version {version!r}; {_ACCEPTED}; Apollo's in version 1"
        )
    for place, one in enumerate(operations):
        where = f"operations[{place}]"
        if isinstance(one, dict):
            said = (one.get("name"), one.get("type"), one.get("clientName"))
            yield _entry(where, one.get("id"), one.get("body"), *said)
        else:
            yield Fault(where, "it is not an object")


def _of_map(given: dict[str, Any]) -> Iterator[Entry | Fault]:
    return (_entry("an entry", document_id, body) for document_id, body in given.items())


def _entry(
    where: str,
    document_id: object,
    body: object,
    name: object = None,
    kind: object = None,
    client: object = None,
) -> Entry | Fault:
    if not isinstance(document_id, str):
        return Fault(where, "its id is missing or not a text")
    shown = repr(document_id[:MAX_ID]) if document_id else where
    if not isinstance(body, str):
        return Fault(shown, "its document is missing or not a text")
    if not all(isinstance(one, str | None) for one in (name, kind, client)):
        return Fault(shown, "`name`, `type` and `clientName` are texts")
    try:
        owner = checked_client(client) if isinstance(client, str) else None
        return Entry(canonical_id(document_id), body, _text(name), _text(kind), owner)
    except InvalidInput as error:
        return Fault(shown, error.message)


def _text(given: object) -> str | None:
    return given if isinstance(given, str) else None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, ValueError) else "it is nested too deeply"
        raise ManifestRefused(f"the manifest is not JSON in UTF-8: {why}") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One of two documents under one id would be lost silently."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ManifestRefused(f"the manifest has the key {twice[:MAX_ID]!r} twice")
    return found
