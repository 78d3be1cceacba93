"""A gateway where documents are kept, and an institution that answers published ones only."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert, select

from api.app import create_app
from fediflow.processes.opened import opened_gateway
from kernel.cache import Cache
from kernel.clock import system_clock
from kernel.database.roles import DatabaseRole
from kernel.settings import Secret
from kernel.telemetry import Metrics
from tenants.administration import TenantChanges, update_tenant
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.documents.model import NewDocument, canonical_id
from tenants.documents.operations import publish_documents
from tenants.people.operations import NewUser, create_user
from tenants.tables import role_assignments, shards, tenants
from tests.databases import Databases
from tests.world import Answer, Institution, World, new_token, settings_for

STRICT = "strict"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def apq(text_or_hash: str) -> dict[str, Any]:
    """Apollo's way to name a document."""
    known = text_or_hash if len(text_or_hash) == 64 and " " not in text_or_hash else sha256(text_or_hash)
    return {"persistedQuery": {"version": 1, "sha256Hash": known}}


@dataclass(frozen=True, slots=True)
class DocumentsWorld:
    """Institutions behind a gateway; `strict` answers published documents only."""

    world: World
    directory: Directory

    async def switch(self, at: str, *, documents_only: bool) -> None:
        """Switches what an institution answers, and lets the seconds pass until the gateway asks for it."""
        engine = self.world.databases.engine(self.world.databases.directory, DatabaseRole.WORKER)
        async with engine.begin() as connection:
            changes = TenantChanges(documents_only=documents_only)
            await update_tenant(connection, slug=at, changes=changes, now=system_clock())
        await engine.dispose()
        self.directory.forget()

    async def publish(self, at: str, documents: Mapping[str, str]) -> None:
        """Publishes texts under ids."""
        async with self.world.door.write(self.world.as_system(at)) as tx:
            new = [NewDocument(canonical_id(one), text, (), ("test",)) for one, text in documents.items()]
            await publish_documents(tx, documents=new)

    async def post(self, body: Any, *, at: str = "alpha", role: str | None = None, **headers: str) -> Answer:
        """Posts a body as somebody."""
        sent = {"content-type": "application/json", "fediflow-tenant": at} | headers
        if role is not None:
            sent["authorization"] = f"Bearer {self.world[at].tokens[role]}"
        return await self.world.request("POST", "/graphql", body=json.dumps(body).encode(), headers=sent)

    async def get(self, *, at: str = "alpha", **parameters: Any) -> Answer:
        """The same by GET; what is no text is sent as JSON."""
        texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in parameters.items()}
        target = f"/graphql?{urlencode(texts)}"
        return await self.world.request("GET", target, headers={"fediflow-tenant": at})


async def streamed(documents: DocumentsWorld, body: Any, *, token: str) -> str:
    """The whole stream of events that answers an operation of one answer, for a client that stays."""
    headers = {
        "host": "localhost",
        "content-type": "application/json",
        "accept": "text/event-stream",
        "authorization": f"Bearer {token}",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
    }
    incoming = iter([{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}])
    parts: list[bytes] = []

    async def receive() -> Any:
        return next(incoming, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))

    async with asyncio.timeout(60):
        await documents.world.app(scope, receive, send)
    return b"".join(parts).decode()


@asynccontextmanager
async def another_gateway(
    world: World, *, redis: str | None, automatic: bool
) -> AsyncIterator[DocumentsWorld]:
    """One more gateway before the same institutions."""
    url = Secret(redis) if redis is not None else None
    settings = settings_for(world.databases, redis_url=url, automatic_documents=automatic)
    async with AsyncExitStack() as opened:
        with pytest.MonkeyPatch.context() as patched:
            # A busy machine must not look like a Redis that is away.
            patched.setattr(
                "fediflow.processes.opened.open_cache", lambda _: Cache.connect(redis, timeout=60.0)
            )
            gateway = await opened.enter_async_context(opened_gateway(settings, Metrics()))
        yield DocumentsWorld(replace(world, app=create_app(gateway)), gateway.directory)


async def with_strict_institution(world: World, databases: Databases) -> World:
    """The world and one institution more, with an administrator."""
    engine = databases.engine(databases.directory, DatabaseRole.WORKER)
    now = system_clock()
    try:
        async with engine.begin() as connection:
            await connection.execute(
                insert(tenants).values(
                    slug=STRICT,
                    name={"en": "Strict"},
                    shard_id=select(shards.c.id).where(shards.c.name == "one").scalar_subquery(),
                    region="eu",
                    time_zone="UTC",
                    languages=["en"],
                    documents_only=True,
                    created_at=now,
                    updated_at=now,
                )
            )
        tenant = await Directory(engine).by_slug(STRICT)
    finally:
        await engine.dispose()
    assert tenant is not None
    made = Institution(tenant)
    async with world.door.write(system_principal(tenant)) as tx:
        user_id = await create_user(tx, user=NewUser(handle="root", given_name="R", family_name="T"))
        await tx.connection.execute(
            insert(role_assignments).values(
                tenant_id=tenant.id, id=tx.new_id(), user_id=user_id, role="tenant_admin", created_at=now
            )
        )
    made.ids["user:tenant_admin"] = f"user_{user_id}"
    made.tokens["tenant_admin"] = await new_token(world.door, made, "tenant_admin")
    return replace(world, institutions=world.institutions | {STRICT: made})
