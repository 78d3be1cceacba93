"""What the gateway does with an activity: whose it is, and that it is durable before it is answered."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from federation.proofs import prove
from federation.signatures.claims import Kind
from tests.integration.inbox.remote_server import RemoteServer, deliver, rsa_key, signed_headers
from tests.integration.inbox.waiting import waiting
from tests.world import World


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("target", ["/inbox", "/actors/1/inbox"])
async def test_signed_activity_is_durable_when_it_is_answered(
    world: World, remote: RemoteServer, kind: Kind, target: str
) -> None:
    ann = remote.actor("ann")
    activity = remote.create(ann, remote.note(ann))
    answer = await deliver(world, ann, activity, kind=kind, target=target)
    assert (answer.status, answer.body) == (202, b"")
    (row,) = await waiting(world, activity["id"])
    assert (row["tenant_id"], row["actor_address"], row["type"]) == (
        world["alpha"].tenant.id,
        ann.address,
        "Create",
    )
    assert json.loads(row["body"]) == activity


async def test_retried_activity_is_kept_once(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    activity = remote.create(ann, remote.note(ann))
    now = datetime.now(UTC)
    for second in range(3):
        answer = await deliver(world, ann, activity, now=now - timedelta(seconds=second))
        assert answer.status == 202
    assert (await deliver(world, ann, activity, at="beta")).status == 202
    tenants = [row["tenant_id"] for row in await waiting(world, activity["id"])]
    assert sorted(tenants) == sorted(world[at].tenant.id for at in ("alpha", "beta"))


async def test_same_request_is_not_taken_twice(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    activity, now = remote.activity(ann, "Like", "https://example.org/1"), datetime.now(UTC)
    assert (await deliver(world, ann, activity, now=now)).status == 202
    replayed = await deliver(world, ann, activity, now=now)
    assert (replayed.status, replayed.json["why"]) == (401, "replayed")


async def test_key_is_fetched_once(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    for _ in range(3):
        activity = remote.activity(ann, "Like", "https://example.org/1")
        assert (await deliver(world, ann, activity)).status == 202
    assert [path for _, path, _ in remote.asked] == ["/users/ann"]


async def test_rotated_key_is_found_by_one_refetch(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    assert (await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))).status == 202
    ann.key = rsa_key(1)
    remote.serve(ann.address, ann.document())
    assert (await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/2"))).status == 202
    assert len(remote.asked) == 2
    for _ in range(3):
        forged = remote.activity(ann, "Like", "https://example.org/3")
        answer = await deliver(world, ann, forged, key=rsa_key(2))
        assert (answer.status, answer.json["why"]) == (401, "bad_signature")
    assert len(remote.asked) == 2


async def test_another_actors_key_is_refused(world: World, remote: RemoteServer) -> None:
    ann, bob = remote.actor("ann"), remote.actor("bob", key=rsa_key(1))
    forged = remote.activity(ann, "Like", "https://example.org/1")
    answer = await deliver(world, bob, forged)
    assert (answer.status, answer.json["why"]) == (403, "other_key")
    assert not await waiting(world, forged["id"])


async def test_key_that_its_owner_does_not_name_is_refused(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    key_id = f"{remote.base}/keys/1"
    pem = rsa_key(1).public.to_pem()
    remote.serve(key_id, {"id": key_id, "type": "Key", "owner": ann.address, "publicKeyPem": pem})
    activity = remote.activity(ann, "Like", "https://example.org/1")
    answer = await deliver(world, ann, activity, key=rsa_key(1), key_id=key_id)
    assert (answer.status, answer.json["why"]) == (401, "no_key")


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"signature": None}, 401, "unsigned"),
        ({"digest": None}, 401, "bad_signature"),
        ({"content-type": "text/plain"}, 415, "wrong_type"),
        ({"content-length": "2000000"}, 413, "too_large"),
        ({"date": "Mon, 01 Jan 2024 00:00:00 GMT"}, 401, "bad_signature"),
        ({"host": "beta.test"}, 401, "bad_signature"),
        ({"host": "nobody.test"}, 404, "not_found"),
    ],
)
async def test_request_that_is_not_what_was_signed_is_refused(
    world: World, remote: RemoteServer, change: dict[str, str | None], status: int, why: str
) -> None:
    ann = remote.actor("ann")
    activity = remote.activity(ann, "Like", "https://example.org/1")
    body = json.dumps(activity).encode()
    headers: dict[str, str | None] = {
        **signed_headers(
            body, host="alpha.test", target="/inbox", key=ann.key, key_id=ann.key_id, now=datetime.now(UTC)
        ),
        **change,
    }
    sent = {name: value for name, value in headers.items() if value is not None}
    answer = await world.request("POST", "/inbox", body=body, headers=sent)
    assert (answer.status, answer.json["why"]) == (status, why)
    assert not await waiting(world, activity["id"])


async def test_swapped_body_is_refused(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    first, second = (remote.activity(ann, "Like", f"https://example.org/{n}") for n in (1, 2))
    headers = signed_headers(
        json.dumps(first).encode(),
        host="alpha.test",
        target="/inbox",
        key=ann.key,
        key_id=ann.key_id,
        now=datetime.now(UTC),
    )
    answer = await world.request("POST", "/inbox", body=json.dumps(second).encode(), headers=headers)
    assert (answer.status, answer.json["what"]) == (401, "digest_mismatch")


async def test_forwarded_activity_counts_by_its_proof(world: World, remote: RemoteServer) -> None:
    ann, forwarder = remote.actor("ann"), remote.actor("group", key=rsa_key(1))
    activity = remote.activity(ann, "Like", "https://example.org/1")
    proved = prove(activity, ann.proof_key, verification_method=ann.proof_key_id, created=datetime.now(UTC))
    assert (await deliver(world, forwarder, proved)).status == 202
    changed = {**proved, "id": remote.new_id("activities")}
    answer = await deliver(world, forwarder, changed)
    assert (answer.status, answer.json["why"]) == (401, "bad_signature")


async def test_delete_by_a_stranger_costs_no_fetch(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    activity = remote.activity(ann, "Delete", ann.address)
    assert (await deliver(world, ann, activity)).status == 202
    assert not remote.asked
    assert not await waiting(world, activity["id"])


async def test_delete_by_a_known_actor_is_taken(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))
    remote.serve(ann.address, None, 410)
    activity = remote.activity(ann, "Delete", ann.address)
    assert (await deliver(world, ann, activity)).status == 202
    assert await waiting(world, activity["id"])


async def test_forged_delete_by_a_stranger_hides_no_real_one(world: World, remote: RemoteServer) -> None:
    ann, nobody = remote.actor("ann"), remote.actor("nobody", key=rsa_key(1))
    await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))
    activity = remote.activity(ann, "Delete", "https://example.org/1")
    assert (await deliver(world, nobody, {**activity, "actor": nobody.address})).status == 202
    assert (await deliver(world, ann, activity)).status == 202
    assert await waiting(world, activity["id"])


async def test_key_that_cannot_be_had_is_not_asked_for_again_at_once(
    world: World, remote: RemoteServer
) -> None:
    ann = remote.actor("ann")
    remote.serve(ann.address, None, 404)
    for _ in range(3):
        answer = await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))
        assert (answer.status, answer.json["why"]) == (401, "no_key")
    assert len(remote.asked) == 1


async def test_sender_whose_key_server_is_away_is_told_to_come_again(
    world: World, remote: RemoteServer
) -> None:
    ann = remote.actor("ann")
    remote.serve(ann.address, None, 503)
    answer = await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))
    assert (answer.status, answer.json["why"]) == (503, "not_now")
    assert int(answer.headers["retry-after"]) > 0


async def test_server_that_answers_only_signed_requests_is_asked_as_the_institution(
    world: World, remote: RemoteServer
) -> None:
    ann = remote.actor("ann")
    status, body = remote.documents["/users/ann"]

    class Guarded(dict[str, tuple[int, bytes]]):
        def get(self, key, default=None):  # type: ignore[no-untyped-def]
            signed = "signature" in remote.asked[-1][2]
            return (status, body) if signed else (401, b"")

    remote.documents = Guarded(remote.documents)
    assert (await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))).status == 202
    assert [("signature" in headers) for _, _, headers in remote.asked] == [False, True]
    assert 'keyid="http://alpha.test' in remote.asked[1][2]["signature"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"type": "Like"}', b"\xff", b'"a"'])
async def test_unreadable_body_is_refused(world: World, remote: RemoteServer, body: bytes) -> None:
    ann = remote.actor("ann")
    answer = await deliver(world, ann, body)
    assert (answer.status, answer.json["why"]) == (400, "unreadable")
