"""What a small number says of a document: enough to tell most readers whether they find it."""

from dataclasses import replace

import pytest

from search.model import Document, Kind, Reference
from search.postgres.traits import (
    FURTHER,
    KINDS,
    KINDS_FROM,
    ONLINE,
    broad_bits,
    further_of,
    may_have,
    traits_of,
)

_LAW = Document(Reference(Kind.COURSE, 1), {"en": "Law"})


@pytest.mark.parametrize("kind", list(Kind))
def test_every_document_has_traits_that_name_its_kind_and_fit_the_column(kind: Kind) -> None:
    everything = frozenset({"public", "members", "catalog", "users", "course:1"})
    traits = traits_of(replace(_LAW, reference=Reference(kind, 1), audience=everything, is_online=True))
    assert KINDS[(traits >> KINDS_FROM) - 1] == kind.value
    assert 0 < traits < 2**15


@pytest.mark.parametrize(
    ("tokens", "is_further"),
    [((), False), (("public",), False), (("public", "by:1"), True), (("catalog:7",), True)],
)
def test_tokens_that_have_no_bit_of_their_own_are_further_ones(
    tokens: tuple[str, ...], is_further: bool
) -> None:
    traits = traits_of(replace(_LAW, audience=frozenset(tokens)))
    assert bool(traits & FURTHER) == is_further == bool(further_of(tokens))
    assert bool(traits & broad_bits(["public"])) == ("public" in tokens)


@pytest.mark.parametrize(
    "tokens", [("by:1",), ("host:a.example", "by:1"), ("course:1",), ("course:1", "by:1")]
)
def test_who_has_none_of_the_bits_of_tokens_has_none_of_the_tokens(tokens: tuple[str, ...]) -> None:
    for number in range(1 << len(tokens)):
        some = {token for place, token in enumerate(tokens) if number >> place & 1}
        traits = traits_of(replace(_LAW, audience=frozenset({"public", *some})))
        assert traits & may_have(tokens) or not some
    assert not traits_of(replace(_LAW, audience=frozenset({"public", "course:1"}))) & may_have(["by:1"])


def test_bits_of_different_tokens_are_different_ones() -> None:
    each = [broad_bits([token]) for token in ("public", "members", "catalog", "users")]
    bits = [*each, FURTHER, may_have(["by:1"]), ONLINE]
    assert sum(bits) == 2 ** len(bits) - 1 == (1 << KINDS_FROM) - 1
    assert broad_bits(["nobody"]) == 0
