"""The gateway's ASGI application: `/graphql` raw, the rest by Starlette."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route

from api.errors import as_answers
from api.executor import Executor, Observer
from api.http.caller import Callers
from api.http.cross_origin import CrossOrigin
from api.http.graphql import GraphQLEndpoint
from api.http.health import Check, health_routes
from api.http.messages import App, Receive, Scope, Send, request_of
from api.http.negotiation import GRAPHQL_JSON, status_for
from api.mutations import Mutations
from api.plan.carrier import WireCarrier
from api.plan.planner import Planner
from api.schema.build import ENTITIES, SCHEMA
from kernel.errors import ErrorCode
from tenants.directory import Directory
from tenants.door import Door
from tenants.readers import Readers
from tenants.signin.authenticator import Authenticator
from tenants.signin.services import SignInServices

GRAPHQL = "/graphql"


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway process is made of; the composition root opens and closes it."""

    directory: Directory
    door: Door
    readers: Readers
    authenticator: Authenticator
    sign_in: SignInServices
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    public_url: str
    database_checks: Mapping[str, Check]
    cache_check: Check
    metrics: Callable[[], bytes]
    observe: Observer
    # Called once with the planner, so that its counts can be shown.
    watch: Callable[[Planner], None]


def create_app(
    gateway: Gateway, lifespan: Callable[[Any], AbstractAsyncContextManager[None]] | None = None
) -> App:
    """The application over an open gateway."""
    planner = Planner(SCHEMA, ENTITIES)
    gateway.watch(planner)
    mutations = Mutations(planner, gateway.door, gateway.sign_in)
    executor = Executor(planner, WireCarrier(gateway.readers), mutations, observe=gateway.observe)
    callers = Callers(gateway.directory, gateway.authenticator, gateway.trusted_proxies)
    cross_origin = CrossOrigin(gateway.directory, allow_http=gateway.public_url.startswith("http://"))
    graphql = GraphQLEndpoint(executor, callers, cross_origin)
    rest = Starlette(
        routes=[
            Route("/", _home(callers, gateway)),
            *health_routes(
                databases=gateway.database_checks, cache=gateway.cache_check, metrics=gateway.metrics
            ),
        ],
        lifespan=lifespan,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == GRAPHQL:
            await graphql(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


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
