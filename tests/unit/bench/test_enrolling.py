"""The recorded enrolment becomes a script that enrols the next pair each time."""

import json

from bench.enrolling import TAKEN, replay_of
from bench.places import OFFERINGS, Places
from bench.recording import Recorded, Sent

_RECORDERS, _LIMITS = Places(5, 70_000, 40_000), Places(5, 60_000, 40_000)
_CHANGES = json.dumps(
    [{"transition_id": 81_000, "enrollment_id": 90_000, "user_id": 40_001, "reason": "it's"}]
)
_ANSWER = json.dumps({"data": {"enrol": {"enrollment": {"id": "enrollment_90000"}, "userErrors": []}}})


def test_numbers_of_the_recorded_pair_are_counted() -> None:
    one = Recorded(
        [
            Sent("BEGIN", ()),
            Sent("SELECT $1, $2, $3", (5, 70_000, 40_001)),
            Sent("INSERT $1::JSONB, $2", (_CHANGES, TAKEN + 2)),
            Sent("COMMIT;", ()),
        ],
        _ANSWER,
    )
    scripts = replay_of(_LIMITS, _RECORDERS, one)
    lines = scripts.texts[0].splitlines()
    start = lines.index("\\startpipeline")
    assert lines[start + 1 :] == [
        "BEGIN;",
        "SELECT :p1_1, :offering, :person;",
        """INSERT (E'[{"transition_id"\\x3a ' || :transition || E', "enrollment_id"\\x3a ' || :enrollment || """
        """E', "user_id"\\x3a ' || :person || E', "reason"\\x3a "it''s"}]')::JSONB, :taken;""",
        "COMMIT;",
        "\\endpipeline",
    ]
    assert scripts.variables["p1_1"] == 5
    assert scripts.variables["first_offering"] == 60_000


def test_pairs_are_all_different() -> None:
    pairs = {tuple(_LIMITS.pair(number).values()) for number in range(3 * OFFERINGS)}
    assert len(pairs) == 3 * OFFERINGS
