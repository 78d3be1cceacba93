"""A URL taken apart strictly: what comes out names one scheme, host, port and path, the same way every time.

Parsers that disagree about a URL are how a check is passed with one host and a connection made to another. So this one
takes the plain forms, and refuses the rest instead of guessing.
"""

import re
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

import idna

from kernel.http.errors import UrlRefused
from kernel.http.rules import HttpRules


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is lower case ASCII without brackets, `path` carries the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> "Target":
        """The server alone: equal for all targets that share a connection."""
        return replace(self, path="")

    @property
    def url(self) -> str:
        """The URL in its one normal form, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_url(url: str, rules: HttpRules) -> Target:
    """The target of a URL, or `UrlRefused` naming the rule it breaks; a fragment is dropped."""
    parts = _split(url)
    credentials, at, place = parts.netloc.rpartition("@")
    found = _PLACE.fullmatch(place)
    if found is None:
        raise UrlRefused(_NO_HOST, "the URL has no plain host and port")
    host = _normal_host(found["host"])
    if credentials or at:
        raise UrlRefused(host, "a URL carries no credentials")
    if parts.scheme != "https" and not (parts.scheme == "http" and rules.allow_loopback_http):
        raise UrlRefused(host, "only https is spoken")
    port = _normal_port(host, found["port"], parts.scheme)
    # With loopback allowed the port is judged together with the address, which is not known yet.
    if not rules.allow_loopback_http and port not in rules.ports:
        raise UrlRefused(host, f"port {port} is not asked")
    return Target(parts.scheme, host, port, _normal_path(host, parts))


_NO_HOST = "(no host)"
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAX_LENGTH = 4096

# urlsplit drops some of these silently; a browser reads a backslash as a slash.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_PLACE = re.compile(r"(?P<host>\[[^\[\]@%]+\]|[^\[\]:@%/?#]+)(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?!.{254})[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")


def _split(url: str) -> SplitResult:
    if len(url) > _MAX_LENGTH:
        raise UrlRefused(_NO_HOST, f"a URL has at most {_MAX_LENGTH} characters")
    if _FORBIDDEN.search(url):
        raise UrlRefused(_NO_HOST, "a URL has no spaces, control characters or backslashes")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise UrlRefused(_NO_HOST, "this is not a URL") from error


def _normal_host(text: str) -> str:
    try:
        if text.startswith("["):
            return IPv6Address(text[1:-1]).compressed
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
        name = name.removesuffix(".")
        # A name that ends in a number is an IPv4 address to resolvers, in octal, hex or with parts left out.
        if _NUMBER.fullmatch(name):
            return str(IPv4Address(name))
    except ValueError as error:
        raise _strange_host(text) from error
    if not _NAME.fullmatch(name):
        raise _strange_host(text)
    return name


def _strange_host(text: str) -> UrlRefused:
    shown = text.encode("unicode_escape").decode("ascii")[:100]
    return UrlRefused(shown, "the host is neither a name nor a plain address")


def _normal_port(host: str, text: str | None, scheme: str) -> int:
    port = _DEFAULT_PORTS[scheme] if text is None else int(text)
    if not 0 < port < 65536:
        raise UrlRefused(host, f"{port} is not a port")
    return port


def _normal_path(host: str, parts: SplitResult) -> str:
    path = parts.path or "/"
    text = f"{path}?{parts.query}" if parts.query else path
    try:
        return quote(text, safe="!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~")
    except UnicodeEncodeError as error:
        raise UrlRefused(host, "the path is not text") from error
