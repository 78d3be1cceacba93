"""Manifests of documents: which are read, and what is said of others."""

import json

import pytest

from api.documents.checking import checked
from api.documents.manifest import Entry, ManifestRefused, read_manifest
from api.schema.build import SCHEMA
from tenants.documents.model import HASH_PREFIX, hash_of

ME = "query Me { viewer { id } }"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "the manifest is not JSON in UTF-8"),
        (b"\xff{}", "the manifest is not JSON in UTF-8"),
        (b"[" * 100_000, "the manifest is not JSON in UTF-8: it is nested too deeply"),
        (b"[]", "the manifest is not a JSON object; accepted are Apollo's"),
        (b"{}", "the manifest has 0 documents"),
        (b'{"a": "{ __typename }", "a": "{ a: __typename }"}', "the manifest has the key 'a' twice"),
        (b'{"a": 1}', "'a': its document is missing or not a text"),
        (b'{"md5:12": "{ __typename }"}', "'md5:12': an id has 1 to 128 of"),
        (b'{"sha256:12": "{ __typename }"}', "after `sha256:` an id has 64 hexadecimal digits"),
        (b'{"format": "other", "version": 1}', "the manifest says format 'other', version 1"),
        (
            b'{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
            "format 'apollo-persisted-query-manifest', version 2",
        ),
        (
            b'{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1, {}]}',
            "operations[0]: it is not an object\noperations[1]: its id is missing",
        ),
    ],
)
def test_what_is_no_manifest_is_told(content: bytes, sentence: str) -> None:
    with pytest.raises(ManifestRefused) as refused:
        read_manifest(content)
    assert sentence in refused.value.message


def test_a_hash_is_read_with_and_without_its_prefix() -> None:
    hash_only, prefixed = (
        read_manifest(json.dumps({one: ME}).encode()) for one in (hash_of(ME), HASH_PREFIX + hash_of(ME))
    )
    assert hash_only == prefixed == [Entry(HASH_PREFIX + hash_of(ME), ME)]


def test_an_operation_without_a_name_is_apollos_too() -> None:
    operation = {"id": "a", "name": None, "type": "query", "body": ME, "clientName": " app "}
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
    assert read_manifest(json.dumps(manifest).encode()) == [Entry("a", ME, None, "query", "app")]


def test_one_id_with_one_text_is_one_document_of_all_its_clients() -> None:
    entries = [Entry("a", ME, "Me", "query", client) for client in ("web", "app", None)]
    (document,) = checked(entries, SCHEMA, client="other")
    assert (document.operations, document.clients) == (("Me",), ("app", "other", "web"))


def test_one_id_with_two_texts_is_refused() -> None:
    with pytest.raises(ManifestRefused, match="a: the id comes twice, with two texts"):
        checked([Entry("a", ME), Entry("a", "{ __typename }")], SCHEMA, client="web")


def test_a_text_that_cannot_be_stored_or_is_too_large_is_refused() -> None:
    entries = [Entry("nul", "{ __typename } # \0"), Entry("large", "#" * 100_001), Entry("empty", "")]
    with pytest.raises(ManifestRefused) as refused:
        checked(entries, SCHEMA, client="web")
    assert [fault.document_id for fault in refused.value.faults] == ["nul", "large", "empty"]
    assert "100001 characters" in refused.value.message


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    checked(
        [Entry(f"a{number}", ME) for number in range(120)],
        SCHEMA,
        client="web",
        progress=lambda *at: told.append(at),
    )
    assert told == [(50, 120), (100, 120), (120, 120)]
