"""The gateway's ASGI application: `/graphql` raw, the rest by Starlette."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route

from api.cost.charge import Till
from api.documents.automatic import AutomaticDocuments
from api.documents.published import PublishedDocuments
from api.documents.texts import DocumentTexts
from api.errors import as_answers
from api.executor import Executor, KeysOf, Observer
from api.explorer.guests import Guests
from api.explorer.routes import explorer_routes
from api.federation_http.inbox import InboxApp
from api.federation_http.reception import Reception
from api.federation_http.routes import SocialWeb, social_web, social_web_routes
from api.federation_http.sign_in import sign_in_routes
from api.federation_http.unsubscribe import unsubscribe_routes
from api.http.caller import Callers
from api.http.cross_origin import CrossOrigin
from api.http.encrypted import HSTS, EncryptedOnly
from api.http.graphql import GraphQLEndpoint
from api.http.health import Check, health_routes
from api.http.messages import App, Headers, Receive, Scope, Send, adding, request_of
from api.http.negotiation import GRAPHQL_JSON
from api.http.quick import QuickAnswers
from api.http.statuses import status_for
from api.live.app import LiveApp, live_app
from api.live.hub import Hub
from api.mutations import Mutations
from api.plan.carrier import Carrier
from api.plan.planner import Planner
from api.schema.build import ENTITIES, SCHEMA
from api.searching.cursors import Cursors
from api.searching.finding import Searching
from api.services import Services
from federation.inbox.ingress import Inbox
from kernel.crypto.columns import ColumnKeys
from kernel.errors import ErrorCode
from kernel.settings import HttpStatuses
from search.engine import Engine
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant
from tenants.readers import Readers
from tenants.signin.authenticator import Authenticator

GRAPHQL = "/graphql"


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway process is made of; the composition root opens and closes it."""

    directory: Directory
    door: Door
    readers: Readers
    # Carries queries.
    carrier: Carrier
    authenticator: Authenticator
    services: Services
    # Tells subscribers.
    hub: Hub
    # Takes what other servers send.
    inbox: Inbox
    # Takes what operations cost.
    till: Till
    # Where clients may register documents as they go; None: nowhere.
    automatic_documents: AutomaticDocuments | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    public_url: str
    statuses: HttpStatuses
    # Production: nothing without TLS, and strangers are not shown the schema.
    is_production: bool
    # Whether `/explorer` is there, and whom it offers to sign in as (the demo's people; None elsewhere).
    shows_explorer: bool
    guests: Guests | None
    database_checks: Mapping[str, Check]
    cache_check: Check
    metrics: Callable[[], bytes]
    observe: Observer
    # Called once with the planner, so that its counts can be shown.
    watch: Callable[[Planner], None]
    # Finds what is searched for; its name says whether the index that is there is its own.
    search: Engine
    search_engine: str
    # What cursors of searches are sealed with; the same in all gateways.
    cursors: Cursors


def create_app(
    gateway: Gateway, lifespan: Callable[[Any], AbstractAsyncContextManager[None]] | None = None
) -> "GatewayApp":
    """The application over an open gateway."""
    planner = Planner(SCHEMA, ENTITIES, is_schema_shown=not gateway.is_production)
    gateway.watch(planner)
    mutations = Mutations(planner, gateway.door, gateway.services)
    texts = DocumentTexts(
        PublishedDocuments(gateway.readers), gateway.automatic_documents, planner.documents.get
    )
    executor = Executor(
        planner,
        gateway.carrier,
        mutations,
        texts,
        gateway.till,
        column_keys=_column_keys(gateway),
        searching=Searching(
            gateway.search,
            gateway.search_engine,
            gateway.readers,
            gateway.directory,
            gateway.cursors,
            gateway.public_url,
        ),
        observe=gateway.observe,
    )
    callers = Callers(gateway.directory, gateway.authenticator, gateway.trusted_proxies)
    cross_origin = CrossOrigin(gateway.directory, allow_http=gateway.public_url.startswith("http://"))
    graphql = GraphQLEndpoint(executor, callers, cross_origin, gateway.statuses)
    live = live_app(gateway.hub, executor, callers, cross_origin, path=GRAPHQL)
    encrypted = (
        EncryptedOnly(gateway.directory, gateway.trusted_proxies, gateway.public_url)
        if gateway.is_production
        else None
    )
    social = _social_web(gateway)
    rest = Starlette(
        routes=[
            Route("/", _home(callers, gateway)),
            *(
                explorer_routes(gateway.guests, _is_served(gateway.directory))
                if gateway.shows_explorer
                else ()
            ),
            *social_web_routes(social, gateway.directory, gateway.trusted_proxies),
            *sign_in_routes(
                gateway.services.signing_in,
                Reception(gateway.directory, social.published, gateway.trusted_proxies),
            ),
            *unsubscribe_routes(
                gateway.door,
                gateway.services.data_keys,
                gateway.directory,
                social.published,
                gateway.trusted_proxies,
            ),
            *health_routes(
                databases=gateway.database_checks, cache=gateway.cache_check, metrics=gateway.metrics
            ),
        ],
        lifespan=lifespan,
    )

    quick = QuickAnswers(
        executor, callers, path=GRAPHQL, statuses=gateway.statuses, only_https=gateway.is_production
    )
    inbox = InboxApp(gateway.inbox, gateway.directory, gateway.trusted_proxies, gateway.public_url)
    return GatewayApp(graphql, live, rest, quick, encrypted, inbox)


class GatewayApp:
    """The application. `quick` answers what a connection of ours may answer without it."""

    def __init__(
        self,
        graphql: App,
        live: LiveApp,
        rest: App,
        quick: QuickAnswers,
        encrypted: EncryptedOnly | None = None,
        inbox: InboxApp | None = None,
    ) -> None:
        self._graphql = graphql
        self._live = live
        self._rest = rest
        self._encrypted = encrypted
        self._inbox = inbox
        self.quick = quick

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._encrypted is not None:
            if not self._encrypted.lets(scope):
                await self._encrypted.refuse(scope, receive, send)
                return
            send = adding(send, HSTS)
        if self._live.wants(scope):
            await self._live(scope, receive, send)
        elif scope["path"] == GRAPHQL:
            await self._graphql(scope, receive, send)
        elif self._inbox is not None and self._inbox.wants(scope):
            await self._inbox(scope, receive, send)
        else:
            await self._rest(scope, receive, adding(send, _FOR_BROWSERS))


# What a browser is not to do with what it is shown: guess its type, and tell others where it was.
_FOR_BROWSERS: Headers = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))


def _social_web(gateway: Gateway) -> SocialWeb:
    services = gateway.services
    return social_web(
        gateway.readers,
        gateway.door,
        services.actor_keys,
        services.fetcher,
        gateway.inbox.is_blocked,
        gateway.public_url,
    )


def _column_keys(gateway: Gateway) -> KeysOf:
    async def of(tenant: Tenant) -> ColumnKeys | None:
        async with gateway.door.read(tenant) as driver:
            return await gateway.services.data_keys.read(driver, tenant.id)

    return of


def _is_served(directory: Directory) -> Callable[[str], Awaitable[bool]]:
    async def is_served(slug: str) -> bool:
        tenant = await directory.by_slug(slug)
        return tenant is not None and not tenant.is_suspended

    return is_served


def _home(callers: Callers, gateway: Gateway) -> Callable[[StarletteRequest], Any]:
    async def home(request: StarletteRequest) -> Response:
        """The institution's name and addresses; without an institution, the service's."""
        raw = request_of(request.scope)
        try:
            principal, _ = await callers.principal(raw, request.url.scheme)
        except Exception as error:
            (told,) = as_answers(error, uuid.uuid4().hex)
            code = ErrorCode(told["extensions"]["code"])
            status = 404 if code is ErrorCode.NOT_FOUND else status_for(GRAPHQL_JSON, [code], has_data=False)
            return Response(orjson.dumps({"error": told["message"], **told["extensions"]}), status)
        tenant = principal.tenant if principal is not None else None
        body = {
            "service": "FediFlow",
            "tenant": {"slug": tenant.slug, "name": tenant.name, "domains": list(tenant.domains)}
            if tenant
            else None,
            "graphql": gateway.public_url.rstrip("/") + GRAPHQL,
        }
        return Response(orjson.dumps(body), media_type="application/json")

    return home
