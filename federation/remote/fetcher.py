"""What is asked of other servers: keys, actors, posts and handles. Never inside a transaction."""

from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.content.handles import Handle, parse_handle
from federation.protocol.origins import host_of
from federation.protocol.reading import (
    Document,
    RemoteActor,
    RemotePost,
    RemoteTombstone,
    Unreadable,
    is_post,
    read_actor,
    read_post,
    read_tombstone,
    read_webfinger,
)
from federation.protocol.reading.discovery import MOST_JRD_BYTES
from federation.protocol.vocabulary import JRD_JSON
from federation.remote.documents import Documents, scheme_of
from federation.remote.failures import FetchFailure, NotFetched
from federation.remote.key_rows import KnownKey
from federation.remote.keys import MOST_ACTOR_BYTES, RemoteKeys
from federation.remote.own import OwnDocuments
from federation.remote.signing import SignerSource
from kernel.clock import Clock, system_clock
from kernel.http import HttpClient, HttpRules
from kernel.http.flights import SingleFlight

MOST_THREAD_DEPTH = 20
"""Replies are followed so far up, to where the conversation began."""


class Fetcher:
    """One per process. What it gives was read from its own address; what cannot be had is `NotFetched`.

    `signer` signs for servers that answer nobody they do not know; without it such a server's answer is a failure.
    """

    def __init__(
        self,
        http: HttpClient,
        rules: HttpRules,
        directory: AsyncEngine,
        own: OwnDocuments,
        *,
        clock: Clock = system_clock,
        allow_http: bool | None = None,
    ) -> None:
        self.documents = Documents(http, rules, own, clock=clock, allow_http=allow_http)
        self.keys = RemoteKeys(self.documents, directory, clock=clock)
        self._own = own
        self._actors: SingleFlight[RemoteActor] = SingleFlight()

    @property
    def allow_http(self) -> bool:
        """Whether actors and objects may be named by http (loopback)."""
        return self.documents.allow_http

    async def key(self, address: str, signer: SignerSource | None = None) -> KnownKey:
        """A key by its address (the `keyId` of a signature), with its owner."""
        return await self.keys.get(address, signer)

    async def actor(self, address: str, signer: SignerSource | None = None) -> RemoteActor:
        """An actor as it is now; its keys are kept."""
        return await self._actors.run(address, lambda: self._actor(address, signer))

    async def document(self, address: str, signer: SignerSource | None = None) -> Document:
        """Whatever has this id."""
        return await self.documents.get(address, signer)

    async def object(
        self, address: str, signer: SignerSource | None = None
    ) -> RemotePost | RemoteTombstone | RemoteActor:
        """A post, what is left of one, or an actor, whichever has that address."""
        document = await self.documents.get(address, signer)
        try:
            return self._read(document)
        except Unreadable as error:
            raise NotFetched(FetchFailure.UNREADABLE, f"{host_of(address)}: {error.message}") from error

    async def webfinger(self, handle: str) -> str:
        """The address of the actor with a handle `user@domain`, with or without the first "@" or as `acct:` URI.

        That the domain means this actor is the domain's word; that the actor is there is for `actor` to find out.
        """
        wanted = parse_handle(handle)
        if wanted is None or wanted.domain is None:
            raise NotFetched(FetchFailure.REFUSED, "that is no handle of another server: @user@domain")
        if await self._own.is_ours(wanted.domain):
            address = await self._own.webfinger(wanted.username, wanted.domain)
            if address is None:
                raise NotFetched(FetchFailure.GONE, f"there is no {wanted} at this institution")
            return address
        return await self._finger(wanted)

    async def aclose(self) -> None:
        """Ends the fetches under way."""
        await self._actors.aclose()
        await self.keys.aclose()

    async def _actor(self, address: str, signer: SignerSource | None) -> RemoteActor:
        document = await self.documents.get(address, signer, most_bytes=MOST_ACTOR_BYTES)
        try:
            actor = read_actor(document, allow_http=self.allow_http)
        except Unreadable as error:
            raise NotFetched(FetchFailure.UNREADABLE, f"{host_of(address)}: {error.message}") from error
        await self.keys.learn(actor)
        return actor

    def _read(self, document: Document) -> RemotePost | RemoteTombstone | RemoteActor:
        if document.get("type") == "Tombstone":
            return read_tombstone(document, allow_http=self.allow_http)
        if is_post(document):
            return read_post(document, allow_http=self.allow_http)
        return read_actor(document, allow_http=self.allow_http)

    async def _finger(self, wanted: Handle) -> str:
        domain = wanted.domain or ""
        subject = quote(f"acct:{wanted.username}@{domain}", safe=":@.")
        url = f"{scheme_of(domain, self.documents)}://{domain}/.well-known/webfinger?resource={subject}"
        body = await self.documents.text(url, accept=JRD_JSON, most_bytes=MOST_JRD_BYTES)
        try:
            return read_webfinger(body, allow_http=self.allow_http).actor
        except Unreadable as error:
            raise NotFetched(FetchFailure.UNREADABLE, f"{domain}: {error.message}") from error
