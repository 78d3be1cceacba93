"""The inbox as processes put it together: what takes activities in at a gateway."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from api.services import Services
from federation.actors.keys import ActorKeys
from federation.inbox.ingress import Inbox, SignerFor, Taken
from federation.inbox.platform_rules import PlatformRules
from federation.inbox.receiving import Intake
from federation.inbox.refusals import NotTaken
from federation.inbox.verifying import Verifier
from federation.protocol.addresses import Addresses
from federation.remote.fetcher import Fetcher
from federation.remote.instance_signer import instance_signer
from federation.remote.own import OwnDocuments
from federation.remote.signing import SignerSource
from fediflow.processes.background import beside
from fediflow.processes.http_rules import http_rules
from fediflow.processes.stack import Stack
from kernel.http import HttpClient, HttpLimits
from kernel.settings import Settings
from kernel.telemetry import Metrics
from kernel.telemetry.mirrored import MirroredCount
from tenants.door import Door
from tenants.model import Tenant

# For the keys of who sends, apart from what else a gateway asks of others: servers that hang keep only these waiting.
_LIMITS = HttpLimits(requests=256, requests_per_host=4)


@asynccontextmanager
async def opened_fetcher(
    stack: Stack, http: HttpClient, settings: Settings, own: OwnDocuments
) -> AsyncIterator[Fetcher]:
    """What asks other servers, over the process's one HTTP client; `own` answers for those of this platform."""
    rules = http_rules(settings)
    # Where we are reached by http ourselves (on a laptop), our own institutions' actors are named so.
    is_plain = settings.public_url.startswith("http://")
    fetcher = Fetcher(http, rules, stack.directory, own, allow_http=is_plain or settings.allow_loopback_http)
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


@asynccontextmanager
async def opened_inbox(
    stack: Stack, door: Door, services: Services, settings: Settings, own: OwnDocuments, metrics: Metrics
) -> AsyncIterator[Inbox]:
    """A gateway's inbox, with an HTTP client of its own; what it has taken is written before it closes."""
    rules, intake = PlatformRules(stack.directory), Intake(stack.directory)
    await rules.read()
    services.fetcher.documents.leave_alone(rules.is_blocked)
    async with (
        HttpClient(rules=http_rules(settings), limits=_LIMITS) as http,
        opened_fetcher(stack, http, settings, own) as fetcher,
        beside(rules.follow()),
    ):
        fetcher.documents.leave_alone(rules.is_blocked)
        inbox = Inbox(fetcher, Verifier(fetcher), intake, rules, signers(door, services.actor_keys))
        metrics.keep_up_to_date(_figures(metrics, inbox))
        try:
            yield inbox
        finally:
            await intake.aclose()


def signers(door: Door, keys: ActorKeys) -> SignerFor:
    """Each institution signs what it fetches as itself."""

    def signer_for(tenant: Tenant, here: Addresses) -> SignerSource:
        return instance_signer(door, keys, tenant, here)

    return signer_for


def _figures(metrics: Metrics, inbox: Inbox) -> Callable[[], None]:
    outcomes = [one.value for one in (*Taken, *NotTaken)]
    mirrored = {one: MirroredCount(metrics.inbox_deliveries.labels(one)) for one in outcomes}

    def update() -> None:
        for one, count in mirrored.items():
            count.now(inbox.outcomes[one])

    return update
