"""A recorded request becomes a pgbench script that means the same."""

from datetime import date

from bench.pgbench import named_parameters, parameters, script_of
from bench.recording import Sent


def test_script_is_one_pipeline_of_the_recorded_statements() -> None:
    statements = [
        Sent("BEGIN; SET LOCAL app.tenant_id = '42'", ()),
        Sent("SELECT $1::bigint, $2::text", (7, "x")),
        Sent("ROLLBACK", ()),
    ]
    assert script_of(statements).splitlines() == [
        "\\set p1_1 7",
        "\\startpipeline",
        "BEGIN; SET LOCAL app.tenant_id = '42';",
        "SELECT :p1_1::bigint, :p1_2::text;",
        "ROLLBACK;",
        "\\endpipeline",
    ]


def test_tenth_parameter_is_not_the_first_and_a_zero() -> None:
    assert named_parameters("$1 + $10", "p0_") == ":p0_1 + :p0_10"


def test_text_with_a_colon_is_not_taken_for_a_variable() -> None:
    assert named_parameters("""'{"a":' || 'it''s :b \\' || $1""", "p") == (
        """E'{"a"\\x3a' || E'it''s \\x3ab \\\\' || :p1"""
    )


def test_text_with_a_dollar_is_not_taken_for_a_parameter() -> None:
    assert named_parameters("'$1' || $1", "p") == "'$1' || :p1"


def test_values_are_as_postgresql_reads_them() -> None:
    values = (5, "five", None, ["de", 'a"b\\'], date(2026, 11, 21), True)
    assert parameters([Sent("", values)]) == {
        "p0_1": 5,
        "p0_2": "five",
        "p0_4": '{"de","a\\"b\\\\"}',
        "p0_5": "2026-11-21",
        "p0_6": "True",
    }
