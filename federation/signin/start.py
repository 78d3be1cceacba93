"""The addresses of a sign-in: where a browser begins it and comes back, and what it may say. Pure."""

import re
from urllib.parse import urlencode

from federation.protocol.addresses import Addresses

START = "/auth/openid"
CALLBACK = f"{START}/callback"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def start_address(here: Addresses, provider_id: int, **said: str) -> str:
    """Where a sign-in at this provider begins."""
    query = f"?{urlencode(said)}" if said else ""
    return f"{here.base}{START}/{provider_id}{query}"


def callback_address(here: Addresses) -> str:
    """The one redirect URI; it is registered with every provider, character for character."""
    return here.base + CALLBACK


def is_challenge(text: str) -> bool:
    """Whether it can be S256 of something (RFC 7636 section 4.2)."""
    return _CHALLENGE.fullmatch(text) is not None
