"""Whether a profile points back: what counts as a link to the person's page, and what does not."""

from dataclasses import replace

import pytest

from federation.identities.pages import actor_points_back, normal_page, page_points_back
from federation.protocol.reading import RemoteField, read_actor
from kernel.languages import LanguageText

PAGE = "https://uni.example.edu/@ada"
TARGETS = frozenset({PAGE, "https://uni.example.edu/actors/7"})
CODE = "ffid_" + "a" * 43
ACTOR = read_actor(
    {
        "id": "https://social.example.org/users/ada",
        "type": "Person",
        "inbox": "https://social.example.org/users/ada/inbox",
        "preferredUsername": "ada",
    }
)


@pytest.mark.parametrize(
    "value",
    [
        f'<a href="{PAGE}" rel="me nofollow noopener noreferrer" target="_blank">uni.example.edu/@ada</a>',
        f"<a rel=me href='{PAGE}/'>my university</a>",
        "<a rel='ME nofollow' href=https://UNI.example.edu:443/@ada>x</a>",
        '<a rel="me" href="https://uni.example.edu/actors/7">x</a>',
        f"<p>proof: {CODE}</p>",
    ],
)
def test_a_field_points_back(value: str) -> None:
    assert actor_points_back(replace(ACTOR, fields=(RemoteField("Uni", value),)), TARGETS, CODE)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "uni.example.edu/@ada",
        PAGE,
        f'I work with <a href="{PAGE}">@ada</a>',
        f'<a href="{PAGE}" rel="nofollow noopener noreferrer ugc" class="u-url mention">@ada</a>',
        '<a rel="me" href="https://uni.example.edu/@adam">x</a>',
        '<a rel="me" href="https://uni.example.edu/@Ada">x</a>',
        '<a rel="me" href="https://uni.example.edu.evil.org/@ada">x</a>',
        '<a rel="me" href="https://uni.example.edu/@ada?x">x</a>',
        '<a rel="me" href="http://uni.example.edu/@ada">x</a>',
        '<img src="https://uni.example.edu/@ada">',
        "<a>https://uni.example.edu/@ada</a>",
        "ffid_" + "b" * 43,
        "<a href=",
        "<![CDATA[<a href='" + PAGE,
    ],
)
def test_anything_else_does_not(value: str) -> None:
    assert not actor_points_back(replace(ACTOR, fields=(RemoteField("Uni", value),)), TARGETS, CODE)


def test_an_alias_points_back() -> None:
    assert actor_points_back(
        replace(ACTOR, also_known_as=("https://uni.example.edu/actors/7",)), TARGETS, CODE
    )
    assert not actor_points_back(
        replace(ACTOR, also_known_as=("https://uni.example.edu/actors/8",)), TARGETS, CODE
    )


def test_the_summary_points_back_in_any_language() -> None:
    summary: LanguageText = {"de": "Hallo", "en": f'<p><a href="{PAGE}" rel="me">me</a></p>'}
    assert actor_points_back(replace(ACTOR, summary=summary), TARGETS, CODE)


def test_without_a_page_here_only_the_code_counts() -> None:
    actor = replace(ACTOR, also_known_as=(PAGE,))
    assert not actor_points_back(actor, frozenset(), CODE)
    assert actor_points_back(replace(actor, fields=(RemoteField("x", CODE),)), frozenset(), CODE)


@pytest.mark.parametrize(
    ("html", "points"),
    [
        (f'<html><body><a rel="me" href="{PAGE}">x</a>', True),
        (f'<head><link href="{PAGE}" rel="alternate ME"/>', True),
        (f'<a href="{PAGE}">x</a>', False),
        (f'<a rel="menu" href="{PAGE}">x</a>', False),
        (f'<!-- <a rel="me" href="{PAGE}">x</a> -->', False),
        (f'<a rel="me" href="{PAGE}2">x</a>', False),
        (" " * 400_000 + f'<a rel="me" href="{PAGE}">x</a>', False),
        ("\x00<<a/>&#x110000;<a rel=me href=https://[::1>", False),
    ],
)
def test_a_page_points_back_by_a_link_with_rel_me(html: str, points: bool) -> None:
    assert page_points_back(html, TARGETS) is points


def test_a_page_is_compared_without_what_makes_no_difference() -> None:
    assert normal_page("HTTPS://Uni.example.edu:443/@ada/") == PAGE
    assert normal_page("https://uni.example.edu") == normal_page("https://uni.example.edu/")
    assert normal_page("javascript:alert(1)") is None
