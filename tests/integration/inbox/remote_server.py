"""A server of the social web on loopback: its actors, their keys, and requests that it signs."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from federation.signatures import PrivateKey, SignedRequest, generate_ed25519, generate_rsa, sign
from federation.signatures.claims import Kind
from tests.ports import serving
from tests.world import Answer, World

CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTIVITY_JSON = "application/activity+json"


@cache
def rsa_key(number: int = 0) -> PrivateKey:
    """One of a few keys: making one takes a while, and tests only need different ones."""
    return generate_rsa()


@dataclass(slots=True)
class RemoteActor:
    """An actor there, with the keys it signs with."""

    address: str
    name: str
    key: PrivateKey
    proof_key: PrivateKey = field(default_factory=generate_ed25519)

    @property
    def key_id(self) -> str:
        """Of the RSA key."""
        return f"{self.address}#main-key"

    @property
    def proof_key_id(self) -> str:
        """Of the Ed25519 key."""
        return f"{self.address}#ed25519-key"

    def document(self, **more: Any) -> dict[str, Any]:
        """As the server publishes it."""
        base = self.address.rpartition("/users/")[0]
        return {
            "@context": CONTEXT,
            "id": self.address,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.address}/inbox",
            "outbox": f"{self.address}/outbox",
            "followers": f"{self.address}/followers",
            "featured": f"{self.address}/featured",
            "endpoints": {"sharedInbox": f"{base}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.address, "publicKeyPem": self.key.public.to_pem()},
            "assertionMethod": [
                {
                    "id": self.proof_key_id,
                    "type": "Multikey",
                    "controller": self.address,
                    "publicKeyMultibase": self.proof_key.public.to_multibase(),
                }
            ],
            **more,
        }


@dataclass(slots=True)
class RemoteServer:
    """What it serves, and what it was asked."""

    base: str
    documents: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path, headers
    hangs: bool = False
    content_type: str = ACTIVITY_JSON
    numbers: Any = field(default_factory=itertools.count)

    def serve(self, address: str, document: Mapping[str, Any] | None, status: int = 200) -> None:
        """Answers with the document at its address, from now on."""
        body = b"" if document is None else json.dumps(document).encode()
        self.documents[address.removeprefix(self.base)] = (status, body)

    def actor(self, name: str, *, key: PrivateKey | None = None, **more: Any) -> RemoteActor:
        """A new actor that is served."""
        made = RemoteActor(f"{self.base}/users/{name}", name, key or rsa_key())
        self.serve(made.address, made.document(**more))
        return made

    def new_id(self, kind: str) -> str:
        """An address that was not used before."""
        return f"{self.base}/{kind}/{next(self.numbers)}"

    def activity(self, actor: RemoteActor, kind: str, object: Any, **more: Any) -> dict[str, Any]:
        """An activity of the actor's."""
        return {
            "@context": CONTEXT,
            "id": self.new_id("activities"),
            "type": kind,
            "actor": actor.address,
            "object": object,
            **more,
        }

    def note(self, actor: RemoteActor, content: str = "<p>Hello</p>", **more: Any) -> dict[str, Any]:
        """A public note of the actor's, that is served."""
        note = {
            "id": self.new_id("notes"),
            "type": "Note",
            "attributedTo": actor.address,
            "content": content,
            "published": "2026-11-01T12:00:00Z",
            "to": [PUBLIC],
            "cc": [f"{actor.address}/followers"],
            **more,
        }
        self.serve(note["id"], {"@context": CONTEXT, **note})
        return note

    def create(self, actor: RemoteActor, note: Mapping[str, Any]) -> dict[str, Any]:
        """A Create of a note."""
        return self.activity(actor, "Create", dict(note), to=note.get("to"), cc=note.get("cc"))


@asynccontextmanager
async def remote_server(address: str = "127.0.0.1") -> AsyncIterator[RemoteServer]:
    """A server at an address of its own."""
    found, over, open_ones = RemoteServer(""), asyncio.Event(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                answer = _answer(found, head)
                if found.hangs:
                    await over.wait()
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            open_ones.discard(task)
            writer.close()

    server, port = await serving(serve, address)
    found.base = f"http://{address}:{port}"
    try:
        yield found
    finally:
        server.close()
        over.set()
        for task in tuple(open_ones):  # connections that clients keep
            task.cancel()
        if open_ones:
            await asyncio.wait(tuple(open_ones))


def _answer(server: RemoteServer, head: bytes) -> bytes:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    server.asked.append((method, target, headers))
    status, body = server.documents.get(target, (404, b""))
    return (
        f"HTTP/1.1 {status} X\r\ncontent-type: {server.content_type}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def deliver(
    world: World,
    actor: RemoteActor,
    activity: Mapping[str, Any] | bytes,
    *,
    at: str = "alpha",
    target: str = "/inbox",
    kind: Kind = Kind.CAVAGE,
    now: datetime | None = None,
    key: PrivateKey | None = None,
    key_id: str | None = None,
    peer: str = "127.0.0.1",
) -> Answer:
    """Posts an activity to an institution, signed by the actor."""
    body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
    headers = signed_headers(
        body,
        host=f"{at}.test",
        target=target,
        kind=kind,
        now=now or datetime.now(UTC),
        key=key or actor.key,
        key_id=key_id or actor.key_id,
    )
    return await world.request("POST", target, body=body, headers=headers, peer=peer)


def signed_headers(
    body: bytes,
    *,
    host: str,
    target: str,
    key: PrivateKey,
    key_id: str,
    kind: Kind = Kind.CAVAGE,
    now: datetime,
) -> dict[str, str]:
    """The headers of a signed POST."""
    plain = {"content-type": ACTIVITY_JSON}
    request = SignedRequest("POST", target, "http", host, tuple(plain.items()), body)
    return {"host": host, **plain, **sign(request, key_id=key_id, key=key, kind=kind, now=now)}
