"""Whether an institution deals with a server: the platform's word first, then the nearest rule, then the mode."""

from dataclasses import dataclass

import pytest

from federation.hosts.policies import ANYTHING, NotDealtWith, Policies, decide, domains_above


@dataclass(frozen=True, slots=True)
class Operator:
    """A platform that blocks one domain and limits another."""

    blocked: str = "evil.example"
    limited: str = "loud.example"

    def is_blocked(self, host: str) -> bool:
        return self.blocked in domains_above(host)

    def is_limited(self, host: str) -> bool:
        return self.limited in domains_above(host)


_RULES = {"example": "block", "good.example": "allow", "eu.good.example": "limit", "port.test:8443": "block"}


@pytest.mark.parametrize(
    ("host", "because", "is_limited"),
    [
        ("example", NotDealtWith.BLOCKED, False),
        ("a.b.example", NotDealtWith.BLOCKED, False),
        ("good.example", None, False),
        ("x.good.example", None, False),
        ("eu.good.example", None, True),
        ("deep.eu.good.example:8443", None, True),
        ("notexample", None, False),
        ("port.test:8443", NotDealtWith.BLOCKED, False),
        ("port.test", None, False),
        ("port.test:8444", None, False),
    ],
)
def test_the_nearest_rule_decides(host: str, because: NotDealtWith | None, is_limited: bool) -> None:
    verdict = decide(Policies(actions=_RULES), ANYTHING, host)
    assert (verdict.because, verdict.is_limited) == (because, is_limited)


@pytest.mark.parametrize(
    ("mode", "host", "because", "is_limited"),
    [
        ("open", "any.test", None, False),
        ("limited", "any.test", None, True),
        ("limited", "good.example", None, False),
        ("limited", "bad.example", NotDealtWith.BLOCKED, False),
        ("allow_list", "any.test", NotDealtWith.NOT_ALLOWED, False),
        ("allow_list", "good.example", None, False),
        ("allow_list", "eu.good.example", NotDealtWith.NOT_ALLOWED, False),
        ("allow_list", "bad.example", NotDealtWith.BLOCKED, False),
        ("closed", "good.example", NotDealtWith.CLOSED, False),
    ],
)
def test_the_mode_decides_where_no_rule_does(
    mode: str, host: str, because: NotDealtWith | None, is_limited: bool
) -> None:
    verdict = decide(Policies(mode, actions=_RULES), ANYTHING, host)
    assert (verdict.because, verdict.is_limited) == (because, is_limited)


@pytest.mark.parametrize("mode", ["open", "limited", "allow_list", "closed"])
def test_what_the_platform_blocks_no_institution_allows(mode: str) -> None:
    allowing = Policies(mode, actions={"eu.evil.example": "allow"})
    assert decide(allowing, Operator(), "eu.evil.example:444").because is NotDealtWith.PLATFORM


def test_what_the_platform_limits_stays_limited() -> None:
    assert decide(Policies(actions={"loud.example": "allow"}), Operator(), "loud.example").is_limited


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("a.b", ["a.b", "b"]),
        ("a.b:1", ["a.b:1", "a.b", "b"]),
        ("127.0.0.1:80", ["127.0.0.1:80", "127.0.0.1", "0.0.1", "0.1", "1"]),
        ("[::1]", ["[::1]"]),
        ("[::1]:80", ["[::1]:80", "[::1]"]),
    ],
)
def test_a_host_belongs_to_each_domain_above_it(host: str, names: list[str]) -> None:
    assert domains_above(host) == names
