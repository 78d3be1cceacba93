"""Actors, posts and what belongs to them as rows, for tests of how they are seen; what is told of them does not matter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import BigInteger, Text, cast, func, insert
from sqlalchemy.dialects.postgresql import ARRAY

from federation.local import addresses_of
from federation.tables.delivery import dead_letters, deliveries
from kernel.database.roles import DatabaseRole
from kernel.tables import SHARD
from tenants.door import Transaction
from tests.integration.graphql.institutions import added
from tests.world import Institution, World, settings_for

PEOPLE = ("student", "instructor", "auditor", "analyst")


@dataclass(slots=True)
class Social:
    """An institution of its own with some actors: those of `PEOPLE`, a course's group, and two of other servers."""

    world: World
    made: Institution
    slug: str
    host: str
    actors: dict[str, int] = field(default_factory=dict)

    async def ask(self, query: str, role: str | None = "student", **variables: Any) -> Any:
        """The `data` that one of the people is answered."""
        return await self.world.data(query, variables, at=self.slug, role=role)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["Writer"]:
        """Adds rows in one transaction."""
        async with self.world.door.write(self.world.as_system(self.slug)) as tx:
            yield Writer(tx, self)


@dataclass(frozen=True, slots=True)
class Writer:
    """Rows of one transaction."""

    tx: Transaction
    social: Social

    async def row(self, table: str, **values: Any) -> int:
        """A row with the columns that every such table has; gives its id where it has one."""
        columns = SHARD.tables[f"fediflow.{table}"].c
        now = {name: self.tx.now for name in ("created_at", "updated_at", "published_at") if name in columns}
        row_id = {"id": self.tx.new_id()} if "id" in columns else {}
        given = {"tenant_id": self.tx.tenant_id, **row_id, **now, **values}
        await self.tx.connection.execute(insert(columns.values()[0].table).values(given))
        return int(given.get("id", 0))

    async def actor(self, name: str, **values: Any) -> int:
        """An actor that is found as `name` from now on."""
        host = values.setdefault("host", self.social.host)
        values.setdefault("is_local", host == self.social.host)
        if not values["is_local"]:
            values.setdefault("inbox", f"https://{host}/inbox")
        given = {
            "address": f"https://{host}/actors/{name}",
            "kind": "person",
            "preferred_username": name,
            "username_key": name,
            "display_name": name.title(),
        }
        self.social.actors[name] = await self.row("actors", **{**given, **values})
        return self.social.actors[name]

    async def post(self, author: str, text: str = "Hello", **values: Any) -> str:
        """A post, and its global id."""
        row_id = self.tx.new_id()
        given = {
            "id": row_id,
            "address": f"https://{self.social.host}/posts/{row_id}",
            "actor_id": self.social.actors[author],
            "is_local": True,
            "visibility": "public",
            "content": f"<p>{text}</p>",
            "source": text,
            "source_media_type": "text/plain",
            "language": "en",
            "conversation_id": row_id,
        }
        return f"post_{await self.row('posts', **{**given, **values})}"

    async def follow(self, follower: str, followed: str, state: str = "accepted") -> str:
        """That one follows another."""
        row_id = await self.row(
            "follows",
            follower_id=self.social.actors[follower],
            followed_id=self.social.actors[followed],
            state=state,
            activity_address=f"https://{self.social.host}/activities/{self.tx.new_id()}",
        )
        return f"follow_{row_id}"


def ids_array(*ids: int) -> Any:
    """An array of ids; the driver binds texts alone without asking PostgreSQL for types, which it may not."""
    return cast(cast([str(one) for one in ids], ARRAY(Text)), ARRAY(BigInteger))


def number(global_id: str) -> int:
    """The row's id."""
    return int(global_id.rpartition("_")[2])


def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no server that is late: what is fetched is waited for."""
    monkeypatch.setattr("federation.remote.documents.SECONDS", 60.0)
    monkeypatch.setattr("federation.inbox.bringing.PATIENCE", timedelta(seconds=60))


async def made_social(world: World, slug: str, *, shard: str = "one") -> Social:
    """An institution whose people joined the social web under the names of their roles."""
    made = await added(world, slug, shard=shard)
    social = Social(world, made, slug, _host(world, made))
    async with social.writing() as new:
        for role in PEOPLE:
            shown = {"is_discoverable": True, "exposed": ["follows"]} if role != "analyst" else {}
            await new.actor(role, user_id=made.number(f"user:{role}"), **shown)
        await new.actor("c1", kind="group", course_id=made.number("course:1"))
        await new.actor("ada", host="far.example")
        await new.actor("eve", host="spam.example")
    return social


async def one_of_each(world: World, slug: str) -> dict[str, str]:
    """Ids in an institution whose administrator joined: an actor, a post, a request to follow, a draft of theirs, a report."""
    made = world[slug]
    social = Social(world, made, slug, _host(world, made))
    async with social.writing() as new:
        own = await new.actor("admin", user_id=made.number("user:tenant_admin"))
        other = await new.actor("other", host="far.example")
        post, follow = await new.post("admin"), await new.follow("other", "admin", "pending")
        user = made.number("user:tenant_admin")
        draft = await new.row(
            "post_drafts", user_id=user, actor_id=own, state="draft", document={"text": "x"}
        )
        report = await new.row("reports", target_id=other)
        notice = await new.row("notifications", user_id=user, kind="moved", once_key="one of each")
        provider = await new.row(
            "openid_providers",
            name="Campus",
            issuer="https://idp.example",
            client_id="x",
            provisioning="invitation",
        )
        kept = {"v": 1, "arguments": {"text": "one of each"}}
        search = await new.row(
            "saved_searches", user_id=user, name="One", arguments=kept, looked_to=new.tx.now
        )
        synonyms = await new.row("search_synonyms", words=["one", "each"])
        pin = await new.row("search_pins", text="one", words=["one"], anchor="one", match="whole")
        delivery, letter = new.tx.new_id(), new.tx.new_id()
    await _queued(social, delivery, letter, own)
    return {
        "actor": f"actor_{other}",
        "post": post,
        "follow": follow,
        "draft": f"draft_{draft}",
        "report": f"report_{report}",
        "notification": f"notification_{notice}",
        "provider": f"provider_{provider}",
        "search": f"search_{search}",
        "synonyms": f"synonyms_{synonyms}",
        "pin": f"pin_{pin}",
        "delivery": f"delivery_{delivery}",
        "letter": f"letter_{letter}",
    }


async def _queued(social: Social, delivery: int, letter: int, signer: int) -> None:
    """What only workers write."""
    sent = {"tenant_id": social.made.tenant.id, "host": "far.example", "inbox": "https://far.example/inbox"}
    sent |= {"activity_id": 1, "signer_id": signer, "class": 1}
    address = social.world.databases.shards[social.made.tenant.shard]
    async with social.world.databases.connect(address, DatabaseRole.WORKER) as connection:
        await connection.execute(insert(deliveries).values(sent | {"id": delivery}))
        dead = {"id": letter, "attempts": 1, "end_reason": "gone", "created_at": func.now()}
        await connection.execute(insert(dead_letters).values(sent | dead))
        await connection.commit()


def _host(world: World, made: Institution) -> str:
    return addresses_of(made.tenant, settings_for(world.databases).public_url).domain
