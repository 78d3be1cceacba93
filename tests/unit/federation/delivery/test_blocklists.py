"""Lists of domains come in as other servers write them, and go out so that they read them."""

import pytest

from federation.hosts.blocklists import DomainRule, read_blocklist, write_blocklist
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


def test_a_comment_is_no_formula() -> None:
    assert ",'=1+1," in write_blocklist([DomainRule("a.example", "block", "=1+1")])


@pytest.mark.parametrize(
    "line", ["https://a.example/,suspend", "a b.example,suspend", "x.example,ban", ",suspend"]
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(InvalidInput, match="line 3"):
        read_blocklist(f"#domain,#severity\nfine.example,suspend\n{line}\n")
