"""The social web in the differential test: actors, posts and what belongs to them as rows, made by chance."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, cast
from sqlalchemy.dialects.postgresql import ARRAY

from federation.tables.activities import activities
from federation.tables.actors import actors, follows
from federation.tables.moderation import blocks, held_posts, muted_domains, mutes, report_posts, reports
from federation.tables.posts import (
    announces,
    conversation_members,
    featured_posts,
    likes,
    post_drafts,
    post_hashtags,
    post_mentions,
    post_versions,
    posts,
    timeline_entries,
)
from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS

Made = list[dict[str, Any]]

TAGS = {"graphs": "Graphs", "数学": "数学", "news": "NEWS"}
TYPES = ("Follow", "Create", "Like", "Announce", "TentativeAccept", "Move")
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_HOSTS = ("far.example", "spam.example", "eu.noisy.example")
_STATUSES = ("active",) * 8 + ("moved", "gone", "withdrawn")
_OPEN = ("public", "public", "public", "unlisted", "tenant", "followers", "direct")


class SocialRows:
    """Rows of one institution; `people` are ids of users who joined, `courses` those that have a group."""

    def __init__(
        self, tenant: Mapping[str, Any], people: Sequence[int], asking: Sequence[int], courses: Sequence[int]
    ) -> None:
        self._tenant = dict(tenant)
        self._chance = random.Random(11)
        self._people, self._asking, self._courses = people, asking, courses
        self._viewers: Made = []

    def all(self) -> list[tuple[Any, Made]]:
        """Table by table, in the order of their references."""
        known = self._actors()
        written = self._posts(known)
        return [
            (actors, known),
            (follows, self._follows(known)),
            (posts, written),
            (post_mentions, self._pairs(written, known, 180, is_named=True)),
            (post_hashtags, [one for post in written for one in self._tags(post)]),
            (post_versions, [self._version(n, post) for n, post in enumerate(written[:60], 1)]),
            (likes, self._pairs(written, known, 200, **self._activity("likes"), created_at=_AT)),
            (announces, self._announces(written, known)),
            (featured_posts, self._featured(written)),
            (held_posts, [self._of(post, why="links", created_at=_AT) for post in written[::17]]),
            (reports, [self._report(n, post) for n, post in enumerate(written[::13], 1)]),
            (report_posts, [self._of(post, report_id=n) for n, post in enumerate(written[::13], 1)]),
            (blocks, self._blocks(known)),
            (mutes, self._mutes(known)),
            (
                muted_domains,
                [
                    {**self._tenant, "user_id": one, "domain": "noisy.example", "created_at": _AT}
                    for one in self._asking[:3]
                ],
            ),
            (timeline_entries, self._entries(written, known)),
            (conversation_members, self._conversations(written, known)),
            (post_drafts, [self._draft(n) for n in range(1, 31)]),
            (activities, [self._did(n, written, known) for n in range(1, 201)]),
        ]

    def _actors(self) -> Made:
        people = [*self._people, *self._asking]
        local = [self._actor(1000 + n, user_id=one) for n, one in enumerate(people)]
        self._viewers = [one for one in local if one["user_id"] in self._asking]
        groups = [self._actor(1200 + n, course_id=one, kind="group") for n, one in enumerate(self._courses)]
        for one in groups[::2]:
            one["status"] = "withdrawn"
        return [*local, *groups, *(self._actor(1300 + n) for n in range(30))]

    def _actor(self, number: int, **owner: Any) -> dict[str, Any]:
        chance, is_local = self._chance, bool(owner)
        host = "differential.test" if is_local else chance.choice(_HOSTS)
        is_asking = owner.get("user_id") in self._asking
        given = {
            **self._tenant,
            "id": number,
            "address": f"https://{host}/actors/{number}",
            "kind": "person",
            "is_local": is_local,
            "user_id": None,
            "course_id": None,
            "org_unit_id": None,
            "host": host,
            "preferred_username": f"Name{number}",
            "username_key": f"name{number}",
            "display_name": f"Name <{number}>",
            "biography": "<p>“Hello”</p>",
            "avatar_url": chance.choice((None, f"https://{host}/{number}.png")),
            "profile_url": None,
            "inbox": None if is_local else f"https://{host}/inbox",
            "also_known_as": chance.choice(([], ["https://old.example/1"])),
            "moved_to": None,
            "attachments": chance.choice(([], [{"name": "Web", "value": "<a>x</a>"}])),
            "is_discoverable": chance.random() < 0.6,
            "exposed": chance.choice(([], ["follows"], ["biography", "follows", "likes"])),
            "approves_followers": chance.random() < 0.3,
            "status": "active" if is_asking else chance.choice(_STATUSES),
            "restriction": chance.choice(("none",) * 6 + ("limited", "suspended")),
            "followers_count": chance.randint(0, 9),
            "created_at": _AT,
            "updated_at": _AT,
        }
        return {**given, **owner}

    def _follows(self, known: Made) -> Made:
        pairs = [(one["id"], other["id"]) for one in known for other in known if one is not other]
        viewers = {one["id"] for one in self._viewers}
        chosen = self._chance.sample([pair for pair in pairs if not viewers.isdisjoint(pair)], 120)
        chosen += self._chance.sample(pairs, 120)
        states = ("accepted", "accepted", "accepted", "pending", "rejected")
        return [
            {
                **self._tenant,
                "id": n,
                "follower_id": follower,
                "followed_id": followed,
                "state": self._chance.choice(states),
                **self._activity(f"follows/{n}"),
                "created_at": _AT,
                "updated_at": _AT,
            }
            for n, (follower, followed) in enumerate(dict.fromkeys(chosen), 1)
        ]

    def _posts(self, known: Made) -> Made:
        made: Made = []
        groups = [one["id"] for one in known if one["kind"] == "group"]
        for number in range(1, 221):
            chance = self._chance
            author = chance.choice(self._viewers if number % 5 == 0 else known)
            parent = chance.choice(made) if made and chance.random() < 0.4 else None
            is_deleted = chance.random() < 0.06
            typed = chance.choice(("text/plain", "text/markdown")) if author["is_local"] else None
            made.append(
                {
                    **self._tenant,
                    "id": number,
                    "address": f"https://{author['host']}/posts/{number}",
                    "actor_id": author["id"],
                    "is_local": author["is_local"],
                    "kind": chance.choice(("note", "article")),
                    "state": "deleted" if is_deleted else "published",
                    "visibility": chance.choice(_OPEN),
                    "language": chance.choice((None, "en", "de")),
                    "title": chance.choice((None, "Title")),
                    "content": "" if is_deleted else f"<p>Post {number} “ü”</p>",
                    "content_map": chance.choice(({}, {"fr": "<p>Oui</p>", "de": "<p>Ja</p>"})),
                    "source": typed and f"Post {number}",
                    "source_media_type": typed,
                    "content_warning": chance.choice((None, None, "Careful")),
                    "is_sensitive": chance.random() < 0.2,
                    "attachments": chance.choice(
                        ([], [{"mediaType": "image/png", "url": "https://x.example/a.png"}])
                    ),
                    "in_reply_to_id": parent and parent["id"],
                    "in_reply_to_address": parent["address"]
                    if parent
                    else chance.choice((None, None, None, "https://unknown.example/1")),
                    "conversation_id": parent["conversation_id"] if parent else number,
                    "group_id": chance.choice((None, None, chance.choice(groups))),
                    "is_announcement": author["kind"] == "group",
                    "written_by_id": chance.choice(self._asking) if author["kind"] == "group" else None,
                    "published_at": _AT - timedelta(seconds=number),
                    "edited_at": chance.choice((None, _AT)),
                    "likes_count": chance.randint(0, 5),
                    "created_at": _AT,
                    "updated_at": _AT,
                }
            )
        return made

    def _of(self, post: Mapping[str, Any], **values: Any) -> dict[str, Any]:
        return {**self._tenant, "post_id": post["id"], **values}

    def _activity(self, name: str) -> dict[str, str]:
        return {"activity_address": f"https://differential.test/{name}"}

    def _pairs(self, written: Made, known: Made, count: int, **values: Any) -> Made:
        """One of the viewers for every second."""
        found = {}
        for n in range(count):
            post = self._chance.choice(written)
            actor = self._chance.choice(self._viewers if n % 2 else known)
            found[post["id"], actor["id"]] = self._of(post, actor_id=actor["id"], **values)
        return list(found.values())

    def _tags(self, post: Mapping[str, Any]) -> Made:
        chosen = [one for one in TAGS if self._chance.random() < 0.3]
        return [self._of(post, tag=tag, spelling=TAGS[tag]) for tag in chosen]

    def _version(self, number: int, post: Mapping[str, Any]) -> dict[str, Any]:
        chosen = self._chance.choice((post, {"id": 1 + number % 20}))
        return self._of(
            chosen, id=number, version=number, title=None, content=f"<p>Was {number}</p>", replaced_at=_AT
        )

    def _announces(self, written: Made, known: Made) -> Made:
        found = self._pairs(
            written, known, 120, **self._activity("announces"), visibility="public", created_at=_AT
        )
        return [
            {**one, "id": n, "visibility": self._chance.choice(("public", "public", "unlisted", "tenant"))}
            for n, one in enumerate(found, 1)
        ]

    def _featured(self, written: Made) -> Made:
        return [self._of(post, actor_id=post["actor_id"], created_at=_AT) for post in written[::6]]

    def _report(self, number: int, post: Mapping[str, Any]) -> dict[str, Any]:
        reporter = self._chance.choice((None, *(one["id"] for one in self._viewers)))
        state = self._chance.choice(("open", "resolved", "dismissed"))
        own = {"id": number, "target_id": post["actor_id"], "created_at": _AT, "updated_at": _AT}
        own |= {"reporter_id": reporter, "state": state, "complaint": "Spam", "is_remote": number % 2 == 0}
        own |= {"handled_by_id": None if state == "open" else self._chance.choice(self._asking)}
        return {**self._tenant, **own, "handled_at": None if state == "open" else _AT}

    def _blocks(self, known: Made) -> Made:
        pairs = set()
        for viewer in self._viewers:
            for other in self._chance.sample(known, 3):
                pairs.add(
                    (viewer["id"], other["id"])
                    if self._chance.random() < 0.5
                    else (other["id"], viewer["id"])
                )
        return [
            {
                **self._tenant,
                "id": n,
                "actor_id": one,
                "blocked_id": other,
                **self._activity(f"blocks/{n}"),
                "created_at": _AT,
            }
            for n, (one, other) in enumerate(sorted(pairs), 1)
            if one != other
        ]

    def _mutes(self, known: Made) -> Made:
        found = {}
        for n, user in enumerate(self._asking * 4):
            muted = self._chance.choice(known)["id"]
            until = self._chance.choice((None, _AT - timedelta(days=400), datetime(2099, 1, 1, tzinfo=UTC)))
            found[user, muted] = {
                **self._tenant,
                "id": n + 1,
                "user_id": user,
                "muted_id": muted,
                "until": until,
                "created_at": _AT,
            }
        return list(found.values())

    def _entries(self, written: Made, known: Made) -> Made:
        made: Made = []
        for user in self._asking:
            for post in self._chance.sample(written, 40):
                by = self._chance.choice((None, None, self._chance.choice(known)["id"]))
                own = {"user_id": user, "id": len(made) + 1, "announced_by_id": by}
                made.append(self._of(post, **own, reason="announced" if by else "followed"))
        return made

    def _conversations(self, written: Made, known: Made) -> Made:
        made: Made = []
        for user in self._asking:
            for post in self._chance.sample(written, 8):
                ids = [str(one["id"]) for one in self._chance.sample(known, 3)]
                made.append(
                    {
                        **self._tenant,
                        "user_id": user,
                        "id": len(made) + 1,
                        "last_post_id": post["id"],
                        "is_read": self._chance.random() < 0.5,
                        "participants": cast(cast(ids, ARRAY(Text)), ARRAY(BigInteger)),
                    }
                )
        return made

    def _draft(self, number: int) -> dict[str, Any]:
        chance = self._chance
        document = {"text": f"Draft {number}", "format": "markdown", "visibility": "followers"}
        more = {"title": "T", "is_sensitive": True, "in_reply_to_id": 1 + number, "language": "de"}
        scheduled = chance.random() < 0.3
        return {
            **self._tenant,
            "id": number,
            "user_id": chance.choice(self._asking),
            "actor_id": chance.choice(self._viewers)["id"],
            "state": "scheduled" if scheduled else "draft",
            "publish_at": _AT if scheduled else None,
            "document": document | more if chance.random() < 0.5 else {"text": "", "content_warning": "W"},
            "problem": chance.choice((None, "why")),
            "created_at": _AT,
            "updated_at": _AT,
        }

    def _did(self, number: int, written: Made, known: Made) -> dict[str, Any]:
        chance = self._chance
        actor, post = chance.choice(known), chance.choice(written)
        about = chance.choice([*known, *self._viewers * 3])["id"] if chance.random() < 0.5 else None
        ms = int(datetime.now(UTC).timestamp() * 1000) - EPOCH_MS - 10_000 + number * 10
        return {
            **self._tenant,
            "id": (ms << (NODE_BITS + SEQUENCE_BITS)) + number,
            "address": f"https://{actor['host']}/activities/{number}",
            "type": chance.choice(TYPES),
            "actor_id": actor["id"],
            "is_local": actor["is_local"],
            "visibility": chance.choice(_OPEN),
            "object_address": chance.choice((None, "https://far.example/1")),
            "object_type": chance.choice((None, "Note", "Like")),
            "post_id": chance.choice((None, post["id"])),
            "object_actor_id": about,
            "document": "{}",
            "published_at": _AT,
            "created_at": _AT,
        }
