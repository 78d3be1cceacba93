"""The odd inputs of the fediverse's pasture, through gateway and worker: each is stored, or refused for a reason."""

import json
from collections import Counter
from typing import Any

import pytest

from federation.tables.posts import posts
from tests.fediverse import person
from tests.integration.inbox.acting import followed_by, rows
from tests.integration.inbox.remote_server import RemoteActor, RemoteServer, deliver, rsa_key
from tests.integration.inbox.waiting import refusal, worked_on
from tests.pasture import AUTHOR, pasture_inputs
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def test_every_input_is_stored_or_refused_for_a_reason(world: World, remote: RemoteServer) -> None:
    author = RemoteActor(f"{remote.base}/actor", "author", rsa_key())
    remote.serve(author.address, {**author.document(), "inbox": f"{author.address}/inbox"})
    ann = await person(world)
    await followed_by(world, ann, remote, author)
    ends: Counter[str] = Counter()
    sent: list[dict[str, Any]] = []
    for given in pasture_inputs():
        activity = json.loads(json.dumps(given.activity).replace(AUTHOR, author.address))
        answer = await deliver(world, author, activity)
        if answer.status == 202:
            sent.append(activity)
        else:
            ends[f"{answer.status} {answer.json['why']}"] += 1
    await worked_on(world, *(activity["id"] for activity in sent))
    stored = {row["address"] for row in await rows(world, posts)}
    for activity in sent:
        why = await refusal(world, activity["id"])
        is_stored = activity["object"].get("id") in stored
        assert (why is None) == is_stored, (activity["id"], why)
        ends[why or "stored"] += 1
    assert ends == {"stored": 255, "unsupported": 6, "unreadable": 1}
