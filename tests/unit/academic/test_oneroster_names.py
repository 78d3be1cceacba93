"""What the files' words become: kinds, roles, codes, handles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic.model.states import EnrollmentRole
from academic.oneroster.columns import SESSION_KINDS as WORDS_OF_SESSIONS
from academic.oneroster.files import CLASS_ROLES, ORG_KINDS, ROLES
from academic.oneroster.mapping import class_role, org_role, org_unit_kind, session_kind, strength
from academic.oneroster.naming import code, external_id, free_handle, handle
from academic.tables import SESSION_KINDS
from tenants.model import Role
from tenants.people.model import checked_handle
from tenants.tables import ORG_UNIT_KINDS


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("teacher", EnrollmentRole.INSTRUCTOR),
        ("professor", EnrollmentRole.INSTRUCTOR),
        ("ext:lecturer", EnrollmentRole.INSTRUCTOR),
        ("aide", EnrollmentRole.ASSISTANT),
        ("teacherAssistant", EnrollmentRole.ASSISTANT),
        ("proctor", EnrollmentRole.OBSERVER),
        ("student", EnrollmentRole.STUDENT),
        ("ext:guest", EnrollmentRole.GUEST),
        ("guardian", None),
        ("ext:wizard", None),
    ],
)
def test_roles_in_a_class(word: str, role: EnrollmentRole | None) -> None:
    assert class_role(word) is role


def test_every_role_of_the_standard_has_a_place_in_a_class() -> None:
    assert all(class_role(word) is not None for word in CLASS_ROLES)


def test_no_role_of_the_standard_makes_an_administrator() -> None:
    assert {org_role(word) for word in ROLES} == {None, Role.STUDENT, Role.INSTRUCTOR}


def test_who_teaches_is_stronger_than_who_studies() -> None:
    assert min(EnrollmentRole, key=strength) is EnrollmentRole.INSTRUCTOR
    assert strength(EnrollmentRole.ASSISTANT) < strength(EnrollmentRole.STUDENT)


def test_kinds_are_ours() -> None:
    assert {session_kind(word) for word in WORDS_OF_SESSIONS} == {
        "academic_year",
        "semester",
        "term",
        "teaching_period",
    }
    assert {session_kind("ext:trimester"), session_kind("ext:week")} == {"trimester", "other"}
    assert {session_kind(word) for word in WORDS_OF_SESSIONS} <= set(SESSION_KINDS)
    assert {org_unit_kind(word) for word in (*ORG_KINDS, "college", "ext:institute")} <= set(ORG_UNIT_KINDS)


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_username_gives_a_handle_that_people_may_have(username: str, sourced_id: str) -> None:
    made = handle(username, sourced_id)
    assert checked_handle(made, ["handle"]) == made


@given(st.lists(st.sampled_from(["ada", "a" * 63, "ada-2"]), max_size=12))
def test_no_two_people_get_one_handle(wanted: list[str]) -> None:
    taken: set[str] = set()
    for each in wanted:
        free = free_handle(each, taken)
        assert checked_handle(free, ["handle"]) == free
        assert free not in taken
        taken.add(free)


@given(st.text(min_size=1).filter(str.strip))
def test_every_text_gives_a_code(text: str) -> None:
    made = code(text)
    assert 1 <= len(made) <= 64
    assert made == made.strip()
    assert made.isprintable()


def test_long_texts_that_begin_alike_stay_apart() -> None:
    assert code("x" * 100 + "a") != code("x" * 100 + "b")
    assert external_id("x" * 300 + "a") != external_id("x" * 300 + "b")
    assert len(external_id("x" * 300)) == 255
    assert external_id("short") == "short"
