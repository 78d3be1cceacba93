"""Tokens of documents."""

import pytest

from search.documents.tokens import hosts


@pytest.mark.parametrize(
    ("host", "muted"),
    [
        ("a.far.example", {"host:a.far.example", "host:far.example", "host:example"}),
        ("far.example:8443", {"host:far.example:8443", "host:example:8443"}),
        ("localhost", {"host:localhost"}),
    ],
)
def test_a_post_is_of_its_server_and_of_each_domain_above(host: str, muted: set[str]) -> None:
    assert set(hosts(host)) == muted
