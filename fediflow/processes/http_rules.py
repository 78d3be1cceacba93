"""Where every HTTP client of a process may go, as the settings have it."""

from kernel.http import HttpRules
from kernel.settings import Settings


def http_rules(settings: Settings) -> HttpRules:
    """The rules: fetches, deliveries and identity providers go by the same."""
    return HttpRules(
        allow_loopback_http=settings.allow_loopback_http, refused_networks=settings.refused_networks
    )
