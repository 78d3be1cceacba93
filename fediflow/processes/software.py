"""What other servers run, asked beside a worker's work, over an HTTP client of its own so that nothing else waits for it."""

from federation.hosts.software import AT_ONCE, SoftwareSurvey
from federation.protocol.reading import RemoteSoftware
from fediflow.processes.http_rules import http_rules
from fediflow.processes.inbox import opened_fetcher
from fediflow.processes.social_web import own_platform
from fediflow.processes.stack import Stack
from kernel.http import HttpClient, HttpLimits
from kernel.settings import Settings
from kernel.version import VERSION
from tenants.directory import Directory
from tenants.door import Door

_OURS = RemoteSoftware(
    "fediflow", VERSION, ("activitypub",), open_registrations=False, users=None, title=None
)


async def ask_hosts(stack: Stack, door: Door, directory: Directory, settings: Settings) -> None:
    """Asks until cancelled."""
    rules = http_rules(settings)
    limits = HttpLimits(requests=AT_ONCE, requests_per_host=1)
    own = own_platform(directory, door, settings)
    async with (
        HttpClient(rules=rules, limits=limits) as http,
        opened_fetcher(stack, http, settings, own) as fetcher,
    ):
        await SoftwareSurvey(stack.directory, fetcher.documents, is_ours=own.is_ours, ours=_OURS).follow()
