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
    assert script_of([statements]).splitlines() == [
        "\\set p1_1 7",
        "\\startpipeline",
        "BEGIN; SET LOCAL app.tenant_id = '42';",
        "SELECT :p1_1::bigint, :p1_2::text;",
        "ROLLBACK;",
        "\\endpipeline",
    ]


def test_variants_are_one_script_that_chooses_the_numbers() -> None:
    variants = [[Sent("SELECT $1, $2", (7, number))] for number in (20, 30)]
    assert script_of(variants).splitlines() == [
        "\\set p0_1 7",
        "\\set variant random(0, 1)",
        "\\set p0_2 case when :variant = 0 then 20 when :variant = 1 then 30 end",
        "\\startpipeline",
        "SELECT :p0_1, :p0_2;",
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


def test_parameter_can_be_counted_instead() -> None:
    assert named_parameters("$1 + $2 || '$1'", "p0_", {2: ":pair"}) == ":p0_1 + :pair || '$1'"
