"""Each kind of identity: what is accepted, what equals what, and what is refused with the rule that it breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.identities.model import LONGEST, PERSISTENT, Identity, IdentityKind, read_identity
from federation.tables.identities import IDENTITY_KINDS
from kernel.errors import InvalidInput

K = IdentityKind
ISSUER = "https://idp.example.edu"


def test_the_kinds_are_those_of_the_table() -> None:
    assert tuple(IdentityKind) == IDENTITY_KINDS


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (K.EDUPERSON_SUBJECT_ID, "AbC-12=@Example.EDU", "abc-12=@example.edu"),
        (K.EDUPERSON_PAIRWISE_ID, "MZXW6===@Example.EDU", "mzxw6===@example.edu"),
        (K.EDUPERSON_PRINCIPAL_NAME, "Ada.Lovelace@Example.edu", "ada.lovelace@example.edu"),
        (K.SCHAC_HOME_ORGANIZATION, "Example.EDU.", "example.edu"),
        (
            K.EUROPEAN_STUDENT_IDENTIFIER,
            "urn:schac:personalUniqueCode:int:esi:Example.edu:AB12",
            "URN:schac:personaluniquecode:int:esi:example.edu:ab12",
        ),
        (
            K.ACTIVITYPUB_ACTOR,
            "https://Social.Example.org:443/users/Ada",
            "https://social.example.org/users/Ada",
        ),
        (K.ACTIVITYPUB_ACTOR, "https://social.example.org", "https://social.example.org/"),
    ],
)
def test_two_spellings_of_one_are_equal(kind: IdentityKind, one: str, other: str) -> None:
    assert read_identity(kind, one).key == read_identity(kind, other).key


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (K.OIDC_SUBJECT, "abc", "ABC"),
        (K.SAML_SUBJECT, "abc", "ABC"),
        (K.ACTIVITYPUB_ACTOR, "https://example.org/Ada", "https://example.org/ada"),
        (K.ACTIVITYPUB_ACTOR, "https://example.org/ada", "https://example.org:8443/ada"),
        (K.ACTIVITYPUB_ACTOR, "https://example.org/?id=1", "https://example.org/?id=2"),
    ],
)
def test_what_is_compared_exactly_stays_apart(kind: IdentityKind, one: str, other: str) -> None:
    issuer = ISSUER if kind in (K.OIDC_SUBJECT, K.SAML_SUBJECT) else None
    assert read_identity(kind, one, issuer=issuer).key != read_identity(kind, other, issuer=issuer).key


@pytest.mark.parametrize(
    ("kind", "value", "scope"),
    [
        (K.EDUPERSON_SUBJECT_ID, "abc@Example.edu", "example.edu"),
        (K.EDUPERSON_PRINCIPAL_NAME, "ada@Dep.Example.edu", "dep.example.edu"),
        (K.SCHAC_HOME_ORGANIZATION, "example.edu", "example.edu"),
        (K.EUROPEAN_STUDENT_IDENTIFIER, "urn:schac:personalUniqueCode:int:esi:example.edu:1", None),
        (K.ACTIVITYPUB_ACTOR, "https://example.org/ada", None),
    ],
)
def test_the_scope_is_the_domain_that_gives_it_out(kind: IdentityKind, value: str, scope: str | None) -> None:
    assert read_identity(kind, value).scope == scope


def test_only_a_student_identifier_is_encrypted_and_only_a_home_names_many() -> None:
    made = [
        read_identity(K.EUROPEAN_STUDENT_IDENTIFIER, "urn:schac:personalUniqueCode:int:esi:de:1"),
        read_identity(K.SCHAC_HOME_ORGANIZATION, "example.edu"),
        read_identity(K.EDUPERSON_SUBJECT_ID, "a@example.edu"),
    ]
    assert [(one.is_encrypted, one.names_one_person) for one in made] == [
        (True, True),
        (False, False),
        (False, True),
    ]


def test_a_saml_subject_is_persistent_unless_it_says_otherwise() -> None:
    assert read_identity(K.SAML_SUBJECT, "x", issuer=ISSUER).name_identifier_type == PERSISTENT


_TRANSIENT = PERSISTENT.replace("persistent", "transient")


@pytest.mark.parametrize(
    ("kind", "value", "issuer", "type_", "sentence"),
    [
        (K.OIDC_SUBJECT, "abc", None, None, "a subject has an issuer"),
        (K.EDUPERSON_SUBJECT_ID, "a@example.edu", ISSUER, None, "nothing else has one"),
        (K.EDUPERSON_SUBJECT_ID, "a@example.edu", None, "public", "nothing else has one"),
        (K.OIDC_SUBJECT, "abc", "https://idp.example.edu/?x", None, "without query and fragment"),
        (K.OIDC_SUBJECT, "abc", "idp.example.edu", None, "is an https address"),
        (K.OIDC_SUBJECT, "ä", ISSUER, None, "at most 255 ASCII"),
        (K.OIDC_SUBJECT, "a" * 256, ISSUER, None, "at most 255 ASCII"),
        (K.OIDC_SUBJECT, "abc", ISSUER, "secret", "public or pairwise"),
        (K.OIDC_SUBJECT, "abc", "https://x/" + "a" * 500, None, "an issuer has at most 500"),
        (K.SAML_SUBJECT, "abc", ISSUER, _TRANSIENT, "names the same person tomorrow"),
        (K.SAML_SUBJECT, "a" * 257, ISSUER, None, "at most 256"),
        (K.ACTIVITYPUB_ACTOR, "http://example.org/ada", None, None, "an actor is an https address"),
        (
            K.ACTIVITYPUB_ACTOR,
            "https://user:pass@example.org/ada",
            None,
            None,
            "an actor is an https address",
        ),
        (K.ACTIVITYPUB_ACTOR, "@ada@example.org", None, None, "an actor is an https address"),
        (K.ACTIVITYPUB_ACTOR, "https://example.org\\@evil/", None, None, "an actor is an https address"),
        (K.EDUPERSON_SUBJECT_ID, "a_b@example.edu", None, None, "expected UNIQUE@SCOPE"),
        (K.EDUPERSON_SUBJECT_ID, "-a@example.edu", None, None, "expected UNIQUE@SCOPE"),
        (K.EDUPERSON_PAIRWISE_ID, "a@b@example.edu", None, None, "expected UNIQUE@SCOPE"),
        (K.EDUPERSON_PRINCIPAL_NAME, "ada", None, None, "expected USER@SCOPE"),
        (K.EDUPERSON_PRINCIPAL_NAME, "a@b@example.edu", None, None, "expected USER@SCOPE"),
        (K.EDUPERSON_PRINCIPAL_NAME, "ada@exa mple.edu", None, None, "expected USER@SCOPE"),
        (K.SCHAC_HOME_ORGANIZATION, "https://example.edu", None, None, "is a domain name"),
        (
            K.EUROPEAN_STUDENT_IDENTIFIER,
            "1234567",
            None,
            None,
            "expected urn:schac:personalUniqueCode:int:esi:",
        ),
        (
            K.EUROPEAN_STUDENT_IDENTIFIER,
            "urn:schac:personalUniqueCode:de:x:1",
            None,
            None,
            "expected urn:schac",
        ),
        (
            K.EUROPEAN_STUDENT_IDENTIFIER,
            "urn:schac:personalUniqueCode:int:esi:de:",
            None,
            None,
            "expected urn",
        ),
        (K.EDUPERSON_SUBJECT_ID, "a" * (LONGEST + 1), None, None, "printable characters"),
        (K.OIDC_SUBJECT, "a\nb", ISSUER, None, "printable characters"),
        (K.OIDC_SUBJECT, " ", ISSUER, None, "printable characters"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_that_rule(
    kind: IdentityKind, value: str, issuer: str | None, type_: str | None, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_identity(kind, value, issuer=issuer, name_identifier_type=type_)
    assert sentence in caught.value.message
    assert caught.value.details["path"]


@given(st.sampled_from(IdentityKind), st.text(max_size=60))
def test_nothing_but_a_refusal_comes_of_any_text(kind: IdentityKind, value: str) -> None:
    issuer = ISSUER if kind in (K.OIDC_SUBJECT, K.SAML_SUBJECT) else None
    try:
        made = read_identity(kind, value, issuer=issuer)
    except InvalidInput:
        return
    assert isinstance(made, Identity)
    assert read_identity(kind, made.value, issuer=issuer).key == made.key
