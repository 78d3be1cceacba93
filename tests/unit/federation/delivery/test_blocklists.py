"""Lists of domains come in as other servers write them, and go out so that they read them."""

import pytest

from federation.hosts.blocklists import DomainRule, read_blocklist, with_comments, write_blocklist
from kernel.errors import InvalidInput

_LIST = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Bad.Example,suspend,true,true,"spam, and worse",false
*.loud.example,silence,false,false,,false

media.example,noop,true,false,,false
"""


def test_a_list_is_read() -> None:
    assert read_blocklist(_LIST) == [
        DomainRule("bad.example", "block", "spam, and worse"),
        DomainRule("loud.example", "limit"),
    ]


def test_bare_domains_are_blocked() -> None:
    assert read_blocklist("a.example\nb.example\n") == [
        DomainRule("a.example", "block"),
        DomainRule("b.example", "block"),
    ]


def test_what_is_written_is_read_again() -> None:
    rules = [DomainRule("a.example", "block", "why, indeed"), DomainRule("b.example", "limit")]
    assert read_blocklist(write_blocklist(rules)) == rules


def test_a_comment_stays_where_the_list_has_none() -> None:
    before = {
        "a.example": DomainRule("a.example", "limit", "spam"),
        "c.example": DomainRule("c.example", "block"),
    }
    rules = [
        DomainRule("a.example", "block"),
        DomainRule("b.example", "block"),
        DomainRule("c.example", "block", "x"),
    ]
    assert with_comments(rules, before) == [DomainRule("a.example", "block", "spam"), *rules[1:]]


def test_a_comment_is_no_formula() -> None:
    assert ",'=1+1," in write_blocklist([DomainRule("a.example", "block", "=1+1")])


@pytest.mark.parametrize(
    "line", ["https://a.example/,suspend", "a b.example,suspend", "x.example,ban", ",suspend"]
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(InvalidInput, match="line 3"):
        read_blocklist(f"#domain,#severity\nfine.example,suspend\n{line}\n")


def test_of_many_lines_that_cannot_be_read_the_first_twenty_are_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_blocklist("#domain,#severity\n" + "a b,suspend\n" + "fine.example,\n" + "x.example,ban\n" * 22)
    told = refused.value.message
    assert "line 2: 'a b' is not a domain" in told
    assert "line 3" not in told
    assert "line 22: 'ban'" in told
    assert "line 23" not in told
    assert told.endswith("and 3 more lines")
