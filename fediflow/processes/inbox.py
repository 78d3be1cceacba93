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
from fediflow.processes.stack import Stack
from kernel.http import HttpClient, HttpRules
from kernel.settings import Settings
from kernel.telemetry import Metrics
from kernel.telemetry.mirrored import MirroredCount
from tenants.door import Door
from tenants.model import Tenant


@asynccontextmanager
async def opened_fetcher(
    stack: Stack, http: HttpClient, settings: Settings, own: OwnDocuments
) -> AsyncIterator[Fetcher]:
    """What asks other servers, over the process's one HTTP client; `own` answers for those of this platform."""
    rules = HttpRules(allow_loopback_http=settings.allow_loopback_http)
    # Where we are reached by http ourselves (on a laptop), our own institutions' actors are named so.
    is_plain = settings.public_url.startswith("http://")
    fetcher = Fetcher(http, rules, stack.directory, own, allow_http=is_plain or settings.allow_loopback_http)
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


@asynccontextmanager
async def opened_inbox(
    stack: Stack, door: Door, services: Services, fetcher: Fetcher, metrics: Metrics
) -> AsyncIterator[Inbox]:
    """A gateway's inbox; what it has taken is written before it closes."""
    rules, intake = PlatformRules(stack.directory), Intake(stack.directory)
    await rules.read()
    fetcher.documents.leave_alone(rules.is_blocked)
    inbox = Inbox(fetcher, Verifier(fetcher), intake, rules, signers(door, services.actor_keys))
    metrics.keep_up_to_date(_figures(metrics, inbox))
    async with beside(rules.follow()):
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
