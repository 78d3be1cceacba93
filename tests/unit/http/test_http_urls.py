"""A URL means one thing or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.http import HttpRules, UrlRefused, parse_url

RULES = HttpRules()


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://EXAMPLE.org.:443/Path?q=A", "https://example.org/Path?q=A"),
        ("https://example.org/actor#main-key", "https://example.org/actor"),
        ("https://大学.example/講義?年=1", "https://xn--pss25c.example/%E8%AC%9B%E7%BE%A9?%E5%B9%B4=1"),
        ("https://example.org/%2e%2E/a%20b", "https://example.org/%2e%2E/a%20b"),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/"),
    ],
)
def test_plain_urls_come_out_in_one_normal_form(url: str, normal: str) -> None:
    target = parse_url(url, RULES)
    assert target.url == normal
    assert parse_url(normal, RULES) == target


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.01/",
        "https://127.0.0.1.1/",
        "https://%31%32%37.0.0.1/",
        "https://example.0x7f/",
    ],
)
def test_odd_spellings_of_an_address_are_refused(url: str) -> None:
    with pytest.raises(UrlRefused, match=r"neither a name nor|no plain host"):
        parse_url(url, RULES)


@pytest.mark.parametrize("url", ["https://１２７.０.０.１/", "https://①②⑦.0.0.1/", "https://127。0。0。1/"])
def test_unicode_spellings_become_the_address_that_is_then_judged(url: str) -> None:
    assert parse_url(url, RULES).host == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "host", "rule"),
    [
        ("http://example.org/", "example.org", "only https"),
        ("ftp://example.org/", "example.org", "only https"),
        ("//example.org/", "example.org", "only https"),
        ("https://example.org:8443/", "example.org", "port 8443"),
        ("https://example.org:80/", "example.org", "port 80"),
        ("https://example.org:0/", "example.org", "not a port"),
        ("https://user:secret@example.org/", "example.org", "credentials"),
        ("https://user@example.org/", "example.org", "credentials"),
        ("https://@example.org/", "example.org", "credentials"),
        ("https://example.org/\ud800", "example.org", "not text"),
        ("https://a..b/", "a..b", "neither a name"),
        ("https://-a.example/", "-a.example", "neither a name"),
        ("https://a_b.example/", "a_b.example", "neither a name"),
        ("https://" + "a." * 127 + "example/", "a." * 50, "neither a name"),
    ],
)
def test_refusal_names_host_and_rule(url: str, host: str, rule: str) -> None:
    with pytest.raises(UrlRefused, match=rule) as refused:
        parse_url(url, RULES)
    assert refused.value.host == host
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "https:///path",
        "https://example.org:/",
        "https://example.org:443:443/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://example.org\\@evil.example/",
        "https://exam\tple.org/",
        "https://example.org/\r\nHost: evil",
        " https://example.org/",
        "https://example.org/" + "a" * 5000,
    ],
)
def test_what_is_not_a_plain_url_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        parse_url(url, RULES)


@given(st.text(max_size=40), st.sampled_from(["https://", "https://example.org", "https://[", ""]))
def test_any_text_is_a_stable_target_or_refused(text: str, prefix: str) -> None:
    try:
        target = parse_url(prefix + text, RULES)
    except UrlRefused:
        return
    assert parse_url(target.url, RULES) == target
    assert target.url.isascii()
    assert " " not in target.url
