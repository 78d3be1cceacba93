"""A change that breaks clients is refused unless the changelog names it; a field leaves slowly."""

from fediflow.checks.schema import early_removals, stale_print, unnamed_breaks

RELEASED = """
type Query { course: Course courses: Course }
type Course { code: String old: String @deprecated(reason: "since 0.1: use code") }
"""
CHANGELOG = "# Changelog\n\n## 0.3.0\n\n{}\n\n## 0.2.0\n\nNames Course.code long ago.\n"


def test_a_break_that_the_changelog_does_not_name_is_refused() -> None:
    current = "type Query { course: Course courses: Course } type Course { old: String }"
    (sentence,) = unnamed_breaks(RELEASED, current, CHANGELOG.format("Nothing."))
    assert "Course.code" in sentence
    assert unnamed_breaks(RELEASED, current, CHANGELOG.format("`Course.code` is gone.")) == []


def test_a_longer_name_does_not_name_a_shorter_one() -> None:
    current = "type Query { course: Course courses: Course } type Course { old: String }"
    assert unnamed_breaks(RELEASED, current, CHANGELOG.format("`Course.codeName` and Course are new."))


def test_additions_break_nobody() -> None:
    current = RELEASED.replace("code: String", "code: String title: String")
    assert unnamed_breaks(RELEASED, current, CHANGELOG.format("")) == []


def test_a_field_leaves_only_after_two_releases_of_deprecation() -> None:
    current = "type Query { course: Course courses: Course } type Course { code: String }"
    assert early_removals(RELEASED, current, "0.2.0") == [
        "Course.old left in 0.2.0, though deprecated only since 0.1."
    ]
    assert early_removals(RELEASED, current, "0.3.0") == []
    gone = "type Query { course: Course courses: Course } type Course { old: String }"
    (sentence,) = early_removals(RELEASED, gone, "0.9.0")
    assert "without having been @deprecated" in sentence


def test_a_stale_print_is_named() -> None:
    assert stale_print("type Query", "type Query") == []
    assert len(stale_print("type Query", "type Old")) == 1
