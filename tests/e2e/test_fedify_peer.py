"""Two institutions on different shards and servers made with Fedify follow each other, post, like and announce.

Everything here is real: gateway, worker, databases, and a server whose code is not ours.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.remote.documents import Documents
from federation.remote.nodeinfo import software_of
from federation.remote.own import NothingOfOurs
from kernel.http import HttpClient, HttpRules
from tests.databases import made_databases
from tests.peers.fedify_server import CAVAGE, RFC9421, Fedify, fedify
from tests.peers.platform import Platform, platform
from tests.servers import RunningPostgres

_HOME = "{ homeTimeline(first: 20) { nodes { announcedBy { address } post { id address content } } } }"
_POST = (
    "query Post($address: String!) { post(address: $address)"
    " { state content likesCount announcesCount repliesCount } }"
)
_FOLLOWERS = "{ viewer { actor { followers(first: 20) { nodes { state follower { address } } } } } }"
_FOLLOWING = "{ viewer { actor { following(first: 20) { nodes { state followed { address } } } } } }"


@dataclass(frozen=True, slots=True)
class Peers:
    """Us, and two servers: each tries another kind of signature first and takes only that one."""

    ours: Platform
    newer: Fedify
    older: Fedify
    authors: dict[str, dict[str, Any]]  # the instructors' actors by institution

    def __getitem__(self, name: str) -> Fedify:
        return {RFC9421: self.newer, CAVAGE: self.older}[name]


@pytest.fixture(scope="module")
async def peers(
    postgres: RunningPostgres,
    run_dir: Path,
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Peers]:
    folder = tmp_path_factory.mktemp("peers")
    async with AsyncExitStack() as opened:
        newer, older = [
            await opened.enter_async_context(
                fedify(folder / f"{kind}.log", host=host, first_knock=kind, refuses=refused)
            )
            for kind, host, refused in ((RFC9421, "127.0.0.150", CAVAGE), (CAVAGE, "127.0.0.151", RFC9421))
        ]
        databases = await opened.enter_async_context(made_databases(postgres, run_dir, f"{worker_id}_fedify"))
        ours = await opened.enter_async_context(platform(databases, folder))
        authors = {
            slug: await ours.change(
                "joinFederation",
                "JoinFederationInput",
                "actor { id address handle }",
                at=slug,
                username=f"teacher-{slug}",
                isDiscoverable=True,
            )
            for slug in ("alpha", "beta")
        }
        yield Peers(ours, newer, older, authors)


async def test_a_server_follows_us_with_either_signature_at_its_first_knock(peers: Peers) -> None:
    author = peers.authors["alpha"]
    for kind in (RFC9421, CAVAGE):
        await followed_by(peers, peers[kind], author)
        (knock,) = (await peers[kind].does("log"))["sent"]
        assert (knock["signature"], knock["status"]) == (kind, 202)


async def test_what_we_send_is_proven_and_a_refused_kind_of_signature_is_not_tried_again(
    peers: Peers,
) -> None:
    author = peers.authors["beta"]
    for kind in (RFC9421, CAVAGE):
        await followed_by(peers, peers[kind], author)
        known = len((await peers[kind].does("log"))["received"])
        post = await posted(peers, "Signed", at="beta")
        await peers[kind].heard("Create", object=post["address"])
        later = await peers[kind].until(partial(_received_after, known))
        assert {(one["signature"], one["status"], one["proven"]) for one in later} == {(kind, 202, True)}
    # one of them refused what we try first
    first = [(await peers[kind].does("log"))["received"][0]["status"] for kind in (RFC9421, CAVAGE)]
    assert sorted(first) == [202, 401]


def _received_after(known: int, log: dict[str, Any]) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = log["received"]
    return received[known:]


async def test_what_is_written_changed_and_deleted_here_is_heard_there(peers: Peers) -> None:
    author, peer = peers.authors["alpha"], peers.newer
    await followed_by(peers, peer, author)
    post = await posted(peers, "Hello **Ana**", format="MARKDOWN", language="en")
    created = await peer.heard("Create", object=post["address"])
    assert (created["actor"], created["kind"]) == (author["address"], "Note")
    assert "<strong>Ana</strong>" in created["content"]
    await peers.ours.change("updatePost", "UpdatePostInput", "post { id }", id=post["id"], text="Changed")
    assert "Changed" in (await peer.heard("Update", object=post["address"]))["content"]
    await peers.ours.change("announce", "AnnounceInput", "post { id }", id=post["id"])
    await peer.heard("Announce", object=post["address"], actor=author["address"])
    await peers.ours.change("deletePost", "ChangeInput", "post { id }", id=post["id"])
    assert (await peer.heard("Delete", object=post["address"]))["kind"] == "Tombstone"


async def test_what_is_written_changed_and_deleted_there_is_seen_here(peers: Peers) -> None:
    peer = peers.older
    await follow(peers, peer.handle, at="beta", address=peer.actor)
    await peer.heard("Follow", actor=peers.authors["beta"]["address"])
    address = (await peer.does("post", content="<p>From <b>far</b><script>1</script></p>"))["id"]
    found = await at_home(peers, address, at="beta")
    assert "From" in found["post"]["content"]
    assert "script" not in found["post"]["content"]
    await peers.ours.change("like", "PostInput", "post { id }", at="beta", id=found["post"]["id"])
    await peer.heard("Like", object=address)
    await peers.ours.change("unlike", "PostInput", "post { id }", at="beta", id=found["post"]["id"])
    await peer.heard("Undo", kind="Like")
    await peers.ours.change("announce", "AnnounceInput", "post { id }", at="beta", id=found["post"]["id"])
    await peer.heard("Announce", object=address)
    answer = await peers.ours.change(
        "reply", "ReplyInput", "post { address }", at="beta", toId=found["post"]["id"], text="Yes"
    )
    assert "Yes" in (await peer.heard("Create", object=answer["address"]))["content"]
    await peer.does("update", id=address, content="<p>Nearer</p>")
    await post_as(peers, address, lambda post: "Nearer" in post["content"], at="beta")
    await peer.does("delete", id=address)
    await post_as(peers, address, lambda post: post is None or post["state"] == "DELETED", at="beta")


async def test_likes_announces_and_answers_from_there_are_counted_here(peers: Peers) -> None:
    peer, author = peers.older, peers.authors["alpha"]
    await followed_by(peers, peer, author)
    address = (await posted(peers, "Count me"))["address"]
    await peer.heard("Create", object=address)
    like = await peer.does("like", object=address)
    await peer.does("announce", object=address)
    await peer.does("post", content="<p>I agree</p>", answers=address)
    counts = {"likesCount": 1, "announcesCount": 1, "repliesCount": 1}
    await post_as(peers, address, lambda post: counts.items() <= post.items())
    await peer.does("unlike", object=address, id=like["id"])
    await post_as(peers, address, lambda post: post["likesCount"] == 0)


async def test_an_announcement_of_a_course_reaches_who_follows_its_group(peers: Peers) -> None:
    peer, course = peers.newer, peers.ours.world["alpha"].ids["course:1"]
    feed: dict[str, Any] = {"onBehalfOf": {"courseId": course}}
    first = await posted(peers, "The course begins", shown="post { author { address kind } }", **feed)
    assert first["author"]["kind"] == "GROUP"
    await followed_by(peers, peer, first["author"], is_person=False)
    second = await posted(peers, "Room 12 tomorrow", **feed)
    created = await peer.heard("Create", object=second["address"])
    assert created["actor"] == first["author"]["address"]
    assert "Room 12" in created["content"]


async def test_a_group_announces_what_its_followers_post_in_it(peers: Peers) -> None:
    course = peers.ours.world["alpha"].ids["course:1"]
    said = await posted(
        peers, "Welcome", shown="post { author { address } }", onBehalfOf={"courseId": course}
    )
    group = said["author"]
    for peer in (peers.newer, peers.older):
        await followed_by(peers, peer, group, is_person=False)
    ours = (await posted(peers, "A question for the course", inGroup={"courseId": course}))["address"]
    await peers.newer.heard("Announce", actor=group["address"], object=ours)
    theirs = (await peers.older.does("post", content="<p>From outside</p>", group=group["address"]))["id"]
    await peers.newer.heard("Announce", actor=group["address"], object=theirs)


async def test_institutions_on_two_shards_follow_like_and_announce_each_other(peers: Peers) -> None:
    world, (alpha, beta) = peers.ours.world, (peers.authors[slug] for slug in ("alpha", "beta"))
    assert world["alpha"].tenant.shard != world["beta"].tenant.shard
    await followed_by(peers, peers.newer, alpha)
    await follow(peers, alpha["handle"], at="beta", address=alpha["address"])
    await follow(peers, beta["handle"], at="alpha", address=beta["address"])
    address = (await posted(peers, "Across shards"))["address"]
    found = await at_home(peers, address, at="beta")
    await peers.ours.change("like", "PostInput", "post { id }", at="beta", id=found["post"]["id"])
    await peers.ours.change("announce", "AnnounceInput", "post { id }", at="beta", id=found["post"]["id"])
    await post_as(peers, address, lambda post: (post["likesCount"], post["announcesCount"]) == (1, 1))
    await peers.newer.heard("Create", object=address)  # who follows the author elsewhere has it too


async def test_what_the_other_server_runs_is_read(peers: Peers) -> None:
    rules = HttpRules(allow_loopback_http=True)
    async with HttpClient(rules=rules) as http:
        documents = Documents(http, rules, NothingOfOurs())
        software = await software_of(documents, f"{peers.newer.host}:{peers.newer.port}")
    assert (software.name, software.version, software.users) == ("peer", "1.2.3", 1)


async def followed_by(peers: Peers, peer: Fedify, actor: dict[str, Any], *, is_person: bool = True) -> None:
    """The other server's actor follows one of ours, and both sides know."""
    await peer.does("follow", actor=actor["address"])
    await peer.until(lambda log: actor["address"] in log["following"])
    if is_person:
        at = next(slug for slug, author in peers.authors.items() if author == actor)

        def accepted(data: Any) -> Any:
            found = data["viewer"]["actor"]["followers"]["nodes"]
            return {"state": "ACCEPTED", "follower": {"address": peer.actor}} in found

        await peers.ours.until(_FOLLOWERS, accepted, at=at)


async def follow(peers: Peers, handle: str, *, at: str, address: str) -> None:
    """The instructor there looks somebody up by their handle and follows them; returns once that was accepted."""
    actor = await peers.ours.change(
        "lookUpActor", "LookUpActorInput", "actor { id address }", at, handle=handle
    )
    assert actor["address"] == address
    await peers.ours.change("follow", "ActorInput", "follow { state }", at, actorId=actor["id"])

    def accepted(data: Any) -> Any:
        found = data["viewer"]["actor"]["following"]["nodes"]
        return {"state": "ACCEPTED", "followed": {"address": address}} in found

    await peers.ours.until(_FOLLOWING, accepted, at=at)


async def posted(
    peers: Peers, text: str, *, at: str = "alpha", shown: str = "post { id address }", **given: Any
) -> dict[str, Any]:
    """A post of the instructor there."""
    post: dict[str, Any] = await peers.ours.change(
        "createPost", "CreatePostInput", shown, at, text=text, **given
    )
    return post


async def at_home(peers: Peers, address: str, *, at: str) -> dict[str, Any]:
    """The entry of a post in the instructor's home timeline, once it is there."""

    def entry(data: Any) -> Any:
        found = (one for one in data["homeTimeline"]["nodes"] if one["post"]["address"] == address)
        return next(found, None)

    found: dict[str, Any] = await peers.ours.until(_HOME, entry, at=at)
    return found


async def post_as(peers: Peers, address: str, wanted: Callable[[Any], bool], *, at: str = "alpha") -> None:
    """Returns once a post is as wanted."""
    await peers.ours.until(_POST, lambda data: wanted(data["post"]), at=at, address=address)
