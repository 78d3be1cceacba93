"""Everything a gateway process holds open, put together: the one place that knows all of its parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from itertools import accumulate

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import Gateway
from api.cost.buckets import Buckets
from api.cost.charge import BOUNDS, Till
from api.cost.leases import Leases, Terms
from api.documents.automatic import AutomaticDocuments
from api.executor import Observer
from api.http.health import Check
from api.live.hub import Hub
from api.plan.carrier import WireCarrier
from api.plan.planner import Planner
from api.response_cache.bumps import Bumps
from api.response_cache.carrier import CachingCarrier
from api.response_cache.fills import Answered, Counts
from api.response_cache.identity import Identities
from api.services import Services
from federation.actors.keys import ActorKeys
from federation.remote.fetcher import Fetcher
from federation.signin.client import OpenidClient
from federation.signin.metadata import Discovery
from federation.signin.signing_in import SigningIn
from fediflow.demo.guests import demo_guests
from fediflow.processes.background import beside
from fediflow.processes.figures import Mirror
from fediflow.processes.http_rules import http_rules
from fediflow.processes.inbox import opened_fetcher, opened_inbox
from fediflow.processes.observing import pool_figures
from fediflow.processes.reaching import why_unreachable
from fediflow.processes.searching import opened_engine
from fediflow.processes.services import (
    answers_cache,
    cursors,
    key_encryption,
    open_cache,
    sign_in_services,
)
from fediflow.processes.social_web import own_platform
from fediflow.processes.stack import Stack, open_stack
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from kernel.http import HttpClient
from kernel.settings import Environment, Settings
from kernel.telemetry import Metrics
from kernel.telemetry.mirrored import MirroredCount
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door
from tenants.readers import Readers
from tenants.signin.authenticator import Authenticator
from tenants.signin.jwks import KeySets
from tenants.signin.providers import Providers
from tenants.signin.revocation_list import RevocationList
from tenants.signin.services import SignInServices


@asynccontextmanager
async def opened_gateway(settings: Settings, metrics: Metrics) -> AsyncIterator[Gateway]:
    """A gateway that has seen its databases and keeps itself up to date; refuses to open as too powerful a role."""
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(
            open_stack(settings, DatabaseRole.APP, application="fediflow-gateway", reads=True)
        )
        cache = open_cache(settings)
        opened.push_async_callback(cache.aclose)
        answers = answers_cache(settings, cache)
        door = await opened.enter_async_context(stack.door(Bumps(answers).committed))
        http = await opened.enter_async_context(HttpClient(rules=http_rules(settings)))
        services = opened.enter_context(sign_in_services(settings, stack.directory, cache))
        directory = Directory(stack.directory)
        known = RevocationList(services.revocations, cache, tenant_changed=directory.forget)
        await known.read()
        metrics.keep_up_to_date(pool_figures(metrics, stack))
        await opened.enter_async_context(
            beside(
                known.follow(),
                stack.follow(),
                directory.follow(),
                Mirror(metrics, stack.unpooled_directory()).follow(),
            )
        )
        readers = Readers(stack.readers)
        carrier = WireCarrier(readers)
        if answers.is_configured:
            carrier = CachingCarrier(readers, answers, Identities(stack.served), counts := Counts())
            opened.push_async_callback(carrier.aclose)
            metrics.keep_up_to_date(_cached_figures(metrics, counts))
        till = _till(settings, cache)
        metrics.keep_up_to_date(_cost_figures(metrics, till))
        authenticator = _authenticator(stack, directory, door, services, known, http)
        hub = Hub(readers, authenticator, cache)
        await opened.enter_async_context(beside(hub.follow()))
        own = own_platform(directory, door, settings)
        fetcher = await opened.enter_async_context(opened_fetcher(stack, http, settings, own))
        all_services = _services(services, settings, directory, door, http, fetcher)
        search = await opened.enter_async_context(opened_engine(settings, stack, door, metrics))
        inbox = await opened.enter_async_context(
            opened_inbox(stack, door, all_services, settings, own, metrics)
        )
        yield Gateway(
            directory=directory,
            door=door,
            readers=readers,
            carrier=carrier,
            authenticator=authenticator,
            hub=hub,
            inbox=inbox,
            services=all_services,
            till=till,
            automatic_documents=AutomaticDocuments(cache) if settings.automatic_documents else None,
            trusted_proxies=settings.trusted_proxies,
            public_url=settings.public_url,
            statuses=settings.http_statuses,
            is_production=settings.is_production,
            shows_explorer=settings.shows_explorer,
            guests=demo_guests() if settings.environment is Environment.DEMO else None,
            database_checks={
                "directory": _answers(stack.directory, "the directory"),
                "shards": _shards_answer(stack),
            },
            cache_check=_cache_answers(cache),
            metrics=metrics.expose,
            observe=_observer(metrics),
            watch=lambda planner: _watch(metrics, planner),
            search=search,
            search_engine=settings.search_engine.value,
            cursors=cursors(settings),
        )


def _services(
    signing_in: SignInServices,
    settings: Settings,
    directory: Directory,
    door: Door,
    http: HttpClient,
    fetcher: Fetcher,
) -> Services:
    data_keys = DataKeys(key_encryption(settings))
    return Services(
        signing_in.passwords,
        signing_in.limits,
        signing_in.access_tokens,
        signing_in.revocations,
        data_keys=data_keys,
        actor_keys=ActorKeys(door, data_keys),
        http=http,
        fetcher=fetcher,
        signing_in=_signing_in(settings, directory, door, data_keys, http),
        public_url=settings.public_url,
    )


def _signing_in(
    settings: Settings, directory: Directory, door: Door, keys: DataKeys, http: HttpClient
) -> SigningIn:
    async def owner_of(domain: str) -> int | None:
        tenant = await directory.by_host(domain)
        return None if tenant is None else tenant.id

    discovery = Discovery(http, allow_http=settings.allow_loopback_http)
    return SigningIn(door, keys, OpenidClient(http, KeySets(http), discovery), owner_of)


def _authenticator(
    stack: Stack,
    directory: Directory,
    door: Door,
    services: SignInServices,
    known: RevocationList,
    http: HttpClient,
) -> Authenticator:
    return Authenticator(
        directory=directory,
        door=door,
        access_tokens=services.access_tokens,
        revocations=known,
        providers=Providers(stack.directory, KeySets(http)),
        limits=services.limits,
    )


def _till(settings: Settings, cache: Cache) -> Till:
    terms = Terms(settings.cost_capacity, settings.cost_restore_rate)
    return Till(Buckets(Leases(cache, terms), terms, processes=settings.workers))


def _answers(engine: AsyncEngine, what: str) -> Check:
    async def check() -> str:
        try:
            async with engine.connect() as connection:
                version = await connection.execute(text("select current_setting('server_version')"))
                return f"PostgreSQL {version.scalar_one()}"
        except DATABASE_TROUBLE as error:
            raise Unavailable(f"{what} cannot be used: {why_unreachable(error)}") from error

    return check


def _shards_answer(stack: Stack) -> Check:
    """Well when any shard answers: tenants of the others are told so, those of this one are served."""

    async def check() -> str:
        down = dict(stack.refused)
        for name, engine in list(stack.served.items()):
            try:
                await _answers(engine, f"the shard {name}")()
            except Unavailable as error:
                down[name] = error.message
        everything = len(stack.served) + len(stack.refused)
        said = f"{everything - len(down)} of {everything} answer" + "".join(
            f"; {why}" for why in down.values()
        )
        if everything and len(down) == everything:
            raise Unavailable(said)
        return said

    return check


def _cache_answers(cache: Cache) -> Check:
    async def check() -> str:
        if not cache.is_configured:
            return "none is configured"
        if not await cache.ping():
            raise Unavailable("Redis does not answer")
        return "Redis answers"

    return check


def _observer(metrics: Metrics) -> Observer:
    # Looking a labelled figure up costs more than counting in it.
    requests = lru_cache(maxsize=None)(metrics.requests.labels)
    seconds_of = lru_cache(maxsize=None)(metrics.request_seconds.labels)

    def observe(kind: str, outcome: str, seconds: float) -> None:
        requests(kind, outcome).inc()
        seconds_of(kind).observe(seconds)

    return observe


def _cost_figures(metrics: Metrics, till: Till) -> Callable[[], None]:
    """What was charged is counted by the till itself: cheaper than by the metrics for each operation."""
    up_to = [MirroredCount(metrics.operation_cost.labels(bound)) for bound in (*map(str, BOUNDS), "+Inf")]
    requested, actual = MirroredCount(metrics.cost_requested), MirroredCount(metrics.cost_actual)
    refused = MirroredCount(metrics.cost_refused)

    def update() -> None:
        for mirrored, count in zip(up_to, accumulate(till.totals.counts), strict=True):
            mirrored.now(count)
        requested.now(till.totals.requested)
        actual.now(till.totals.actual)
        refused.now(till.buckets.refused)
        metrics.cost_buckets.set(len(till.buckets))

    return update


def _cached_figures(metrics: Metrics, counts: Counts) -> Callable[[], None]:
    mirrored = {one: MirroredCount(metrics.cached_answers.labels(one)) for one in Answered}

    def update() -> None:
        for one, count in counts.by_answer.items():
            mirrored[one].now(count)

    return update


def _watch(metrics: Metrics, planner: Planner) -> None:
    hits, misses = MirroredCount(metrics.plan_cache_hits), MirroredCount(metrics.plan_cache_misses)

    def update() -> None:
        hits.now(planner.hits)
        misses.now(planner.misses)
        metrics.plan_cache_size.set(len(planner))
        metrics.plan_families.set(planner.families)
        metrics.plan_most_shapes.set(planner.most_shapes)

    metrics.keep_up_to_date(update)
