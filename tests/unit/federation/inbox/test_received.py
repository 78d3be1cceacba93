"""What an activity is about decides what it waits for."""

import json
from typing import Any

import pytest

from federation.inbox.received import Received, received_of, subject_of
from federation.protocol.reading import read_activity
from federation.tables.inbox import LANES
from tenants.model import TenantId

ANN = "https://far.example/users/ann"
NOTE = "https://far.example/notes/1"
OURS = "https://alpha.test/actors/7"
FOLLOW = {"id": "https://far.example/follows/1", "type": "Follow", "actor": ANN, "object": OURS}
LIKE = {"id": "https://far.example/likes/1", "type": "Like", "actor": ANN, "object": NOTE}


def about(**members: Any) -> str:
    """The subject of an activity by Ann."""
    activity = {"id": "https://far.example/activities/1", "actor": ANN, **members}
    return subject_of(read_activity(json.dumps(activity).encode()))


@pytest.mark.parametrize(
    ("members", "subject"),
    [
        ({"type": "Create", "object": {"id": NOTE, "type": "Note"}}, NOTE),
        ({"type": "Update", "object": {"id": NOTE, "type": "Note"}}, NOTE),
        ({"type": "Delete", "object": NOTE}, NOTE),
        ({"type": "Delete", "object": {"id": NOTE, "type": "Tombstone"}}, NOTE),
        ({"type": "Like", "object": NOTE}, NOTE),
        ({"type": "Announce", "object": NOTE}, NOTE),
        (
            {
                "type": "Announce",
                "object": {"type": "Create", "id": f"{NOTE}/a", "actor": ANN, "object": {"id": NOTE}},
            },
            NOTE,
        ),
        ({"type": "Undo", "object": LIKE}, NOTE),
        ({"type": "Undo", "object": "https://far.example/likes/1"}, ANN),
        ({"type": "Follow", "object": OURS}, ANN),
        ({"type": "Undo", "object": FOLLOW}, ANN),
        ({"type": "Block", "object": OURS}, ANN),
        ({"type": "Move", "object": ANN, "target": "https://new.example/ann"}, ANN),
        ({"type": "Delete", "object": ANN}, ANN),
        ({"type": "Create", "object": {"type": "Note"}}, ANN),
    ],
)
def test_subject_is_the_same_for_all_that_must_stay_in_order(members: dict[str, Any], subject: str) -> None:
    assert about(**members) == subject


def test_lanes_are_of_object_and_institution() -> None:
    body = json.dumps(
        {"id": "https://far.example/a/1", "actor": ANN, "type": "Like", "object": NOTE}
    ).encode()
    activity = read_activity(body)
    one, same, other = (received_of(TenantId(tenant), activity, body) for tenant in (1, 1, 2))
    assert (one.object_hash, one.lane) == (same.object_hash, same.lane)
    assert one.object_hash != other.object_hash
    assert one.sender_host == "far.example"


def test_lanes_are_used_alike() -> None:
    lanes = [
        Received(TenantId(1), f"a{n}", ANN, "Like", f"https://far.example/{n}", "far.example", b"").lane
        for n in range(64 * 100)
    ]
    counts = [lanes.count(lane) for lane in range(LANES)]
    assert min(lanes) == 0
    assert max(lanes) == LANES - 1
    assert min(counts) > 50
