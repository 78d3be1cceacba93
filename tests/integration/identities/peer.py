"""A server elsewhere with one actor and its page, as far as a proof of control looks at it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.ports import serving


@dataclass(slots=True)
class Peer:
    """What it answers, and which paths it was asked for."""

    base: str = ""
    profile: dict[str, Any] = field(default_factory=dict)
    page: str = "<html></html>"
    status: int = 200
    asked: list[str] = field(default_factory=list)

    @property
    def actor(self) -> str:
        """The actor's address."""
        return f"{self.base}/users/ada"

    def document(self) -> dict[str, Any]:
        """The actor as it answers now."""
        return {
            "id": self.actor,
            "type": "Person",
            "preferredUsername": "ada",
            "inbox": f"{self.actor}/inbox",
            "url": f"{self.base}/@ada",
            "publicKey": {"id": f"{self.actor}#main-key", "owner": self.actor, "publicKeyPem": "PEM of ada"},
            **self.profile,
        }

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on one connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        self.asked.append(path)
        kind, body = self._body(path)
        answer = (
            f"HTTP/1.1 {self.status} X\r\ncontent-type: {kind}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(answer.encode() + body)
        await writer.drain()
        writer.close()

    def _body(self, path: str) -> tuple[str, bytes]:
        if path.startswith("/@"):
            return "text/html", self.page.encode()
        if path.startswith("/.well-known/webfinger"):
            subject = f"acct:ada@{self.base.removeprefix('http://')}"
            link = {"rel": "self", "type": "application/activity+json", "href": self.actor}
            return "application/jrd+json", json.dumps({"subject": subject, "links": [link]}).encode()
        return "application/activity+json", json.dumps(self.document()).encode()


@asynccontextmanager
async def peer_on_this_machine() -> AsyncIterator[Peer]:
    """The server, at an address of its own."""
    peer = Peer()
    server, port = await serving(peer.answer)
    peer.base = f"http://127.0.0.1:{port}"
    async with server:
        yield peer
