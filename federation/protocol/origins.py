"""Who may speak for whom: URIs as actors and objects have them, and whether two are of one origin."""

import re
from functools import lru_cache

from kernel.host_names import ascii_host

LONGEST_URI = 2048
"""What is longer is nobody's id: it is refused or dropped where it stands."""


def same_origin(one: str, other: str) -> bool:
    """Whether two URIs have the same scheme, host and port; false where either is no http(s) URI."""
    origin = origin_of(one)
    return origin is not None and origin == origin_of(other)


@lru_cache(maxsize=4096)
def origin_of(uri: str) -> str | None:
    """`https://host[:port]` in lower case without the scheme's own port; None for what is no plain http(s) URI.

    A host in another script is named as the network has it (IDNA): a rule about a host holds for each spelling of it.
    """
    if len(uri) > LONGEST_URI or _UNFIT.search(uri):
        return None
    found = _AUTHORITY.match(uri)
    if found is None:
        return None
    scheme, host, port = found["scheme"].lower(), ascii_host(found["host"]), found["port"]
    if host is None:
        return None
    number = int(port) if port else _PORTS[scheme]
    if number > _LAST_PORT:
        return None
    return f"{scheme}://{host}" if number == _PORTS[scheme] else f"{scheme}://{host}:{number}"


def host_of(uri: str) -> str:
    """`host[:port]` of an http(s) URI in lower case, as tables, policies and handles name a server; '' for anything else."""
    return (origin_of(uri) or "").partition("://")[2]


def is_web_uri(uri: str, *, allow_http: bool = False) -> bool:
    """Whether an actor or object may be named so: https, or http where that is allowed (loopback, tests)."""
    origin = origin_of(uri)
    return origin is not None and (allow_http or origin.startswith("https:"))


_PORTS = {"https": 443, "http": 80}
_LAST_PORT = 65_535

# Parsers disagree about these, and a disagreement is how one host passes for another.
_UNFIT = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}\u2028\u2029\ud800-\udfff]")
_AUTHORITY = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:@%/?#]+)(?::(?P<port>[0-9]{1,5}))?(?=[/?#]|\Z)",
    re.IGNORECASE,
)
