"""What a provider says of a person is read tolerantly, and only what can be stored comes out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.identities.model import IdentityKind
from federation.signin.claims import others_of, profile_of, subject_of, text_of
from federation.signin.refusals import ProviderRefused
from tenants.people.model import checked_handle

ISSUER = "https://idp.example"
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    *(
        "sub",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "nickname",
        "email",
        "email_verified",
    ),
    *("locale", "subject_id", "pairwise-id", "eduperson_principal_name", "schac_home_organization"),
    *("schac_personal_unique_code",),
)


@pytest.mark.parametrize(
    ("claims", "handle"),
    [
        ({"preferred_username": "Ada.Lovelace"}, "ada.lovelace"),
        ({"preferred_username": "ada@uni.example"}, "ada"),
        ({"preferred_username": "Jürgen Müller"}, "jurgen-muller"),
        ({"preferred_username": "艾达", "email": "ada@uni.example"}, "ada"),
        ({"email": "_-ada-_@uni.example"}, "ada"),
        ({"preferred_username": "x" * 200}, "x" * 40),
        ({"preferred_username": ["list"]}, "list"),
        ({"sub": "secret-number"}, "person"),
    ],
)
def test_a_handle_is_made_of_what_is_preferred(claims: dict[str, Any], handle: str) -> None:
    assert profile_of(claims).handle == handle


@pytest.mark.parametrize(
    ("claims", "names"),
    [
        ({"given_name": "Ada", "family_name": "Lovelace"}, ("Ada", "Lovelace", "Ada Lovelace")),
        ({"name": "Ada King Lovelace"}, ("Ada King", "Lovelace", "Ada King Lovelace")),
        ({"name": "Sukarno"}, ("Sukarno", "Sukarno", "Sukarno")),
        ({"nickname": "ada"}, ("ada", "ada", "ada ada")),
        ({"given_name": " Ada\n", "family_name": "\x00", "name": 7}, ("Ada", "person", "Ada person")),
    ],
)
def test_names_are_found_in_what_there_is(claims: dict[str, Any], names: tuple[str, str, str]) -> None:
    found = profile_of(claims)
    assert (found.given_name, found.family_name, found.display_name) == names


def test_only_true_verifies_an_address() -> None:
    for value, is_verified in ((True, True), ("true", False), (1, False), (None, False)):
        profile = profile_of({"email": "a@b.example", "email_verified": value})
        assert (profile.email, profile.is_email_verified) == ("a@b.example", is_verified)
    assert profile_of({"email": "no address"}).email is None
    assert profile_of({"email": "\ud800@b.example"}).email is None


def test_what_is_malformed_is_passed_over() -> None:
    claims = {
        "subject_id": "no scope",
        "pairwise_id": ["a@uni.example", 7, "b@uni.example"],
        "schac_personal_unique_code": ["urn:schac:personalUniqueCode:int:esi:uni.example:7", "x"],
        "eduperson_principal_name": {"a": "b"},
    }
    assert [(one.kind, one.key) for one in others_of(claims)] == [
        (IdentityKind.EDUPERSON_PAIRWISE_ID, "a@uni.example"),
        (IdentityKind.EDUPERSON_PAIRWISE_ID, "b@uni.example"),
        (
            IdentityKind.EUROPEAN_STUDENT_IDENTIFIER,
            "urn:schac:personaluniquecode:int:esi:uni.example:7",
        ),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("7", "7"),
        (7, "7"),
        (True, None),
        (["7"], "7"),
        (["7", "8"], None),
        ({}, None),
        ("\0", None),
        ("\ud800", None),
    ],
)
def test_a_claim_to_match_by_is_one_text(value: object, text: str | None) -> None:
    assert text_of({"number": value}, "number") == text


@pytest.mark.parametrize("subject", ["", " ", "x" * 256, "ä", "a\0b"])
def test_a_subject_that_cannot_be_is_refused(subject: str) -> None:
    with pytest.raises(ProviderRefused, match="sub"):
        subject_of({"sub": subject}, ISSUER)


@settings(deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_whatever_is_said_can_be_stored(claims: dict[str, Any]) -> None:
    profile = profile_of(claims)
    assert checked_handle(profile.handle, []) == profile.handle
    for name in (profile.given_name, profile.family_name, profile.display_name):
        assert 1 <= len(name) <= 300
        assert name.isprintable()
    list(others_of(claims))
