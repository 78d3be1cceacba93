"""What actors may be called, and how often one address may ask."""

import pytest

from federation.actors.usernames import candidates, checked_username, username_from
from kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("given", "name"),
    [("Ada", "ada"), ("@ada", "ada"), (" ada.l-2_ ", "ada.l-2_"), ("a", "a"), ("x" * 63, "x" * 63)],
)
def test_a_name_is_kept_in_lower_case(given: str, name: str) -> None:
    assert checked_username(given, institution="uni") == name


@pytest.mark.parametrize(
    "given", ["", "@", "a b", ".a", "a.", "-a", "x" * 64, "ädå", "a@b", "admin", "Actor", "uni", "а"]
)
def test_what_nobody_may_be_called_is_refused_at_its_place(given: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_username(given, institution="uni")
    assert refused.value.details["path"] == ["input", "username"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("INF 101/b", "inf_101_b"), ("Übung-1", "ubung_1"), ("数学", ""), ("__A__", "a"), ("x" * 90, "x" * 50)],
)
def test_a_code_becomes_a_name(code: str, name: str) -> None:
    assert username_from(code) == name


def test_a_group_whose_code_is_no_name_or_taken_gets_a_number() -> None:
    assert candidates("inf", 7) == ["inf", "inf_7"]
    assert candidates("", 7) == ["group_7"]
    assert candidates("admin", 7) == ["group_7"]
