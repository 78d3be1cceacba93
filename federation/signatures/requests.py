"""A request as it is signed: what was received (or is to be sent), byte for byte."""

import re
from dataclasses import dataclass

from federation.signatures.refusals import SignatureRefused, Why

_FOLD = re.compile(r"[ \t]*\r?\n[ \t]+")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request's parts.

    `target` is path and query exactly as they stand in the request line. `host` is the authority that the client
    addressed, with a port where it named one. `headers` are (lower-case name, value decoded as latin-1), repeated ones
    repeated; a `host` among them must say what `host` says, so leave out one that a trusted proxy rewrote.
    """

    method: str
    target: str
    scheme: str
    host: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def has(self, name: str) -> bool:
        """Whether there is such a header."""
        return any(key == name for key, _ in self.headers)

    def field(self, name: str) -> str | None:
        """A header's value as it is signed: lines unfolded, trimmed, joined by ", " (RFC 9421 section 2.1)."""
        values = [_line(name, value) for key, value in self.headers if key == name]
        if not values:
            return self.host if name == "host" else None
        return ", ".join(values)

    def needs_digest(self) -> bool:
        """Whether what the request does depends on its body."""
        return bool(self.body) or self.method.upper() in {"POST", "PUT", "PATCH"}

    def authority(self) -> str:
        """The host in lower case, without the scheme's own port (RFC 9421 section 2.2.3)."""
        return _authority(self.host, self.scheme)


def check_head(request: SignedRequest) -> None:
    """Refuses a request line with a line break, and a Host header that is repeated or names another host."""
    if any(sign in part for part in (request.method, request.target, request.host) for sign in "\r\n"):
        raise SignatureRefused(Why.MALFORMED, "the request line contains a line break")
    named = [value for key, value in request.headers if key == "host"]
    if len(named) > 1:
        raise SignatureRefused(Why.DUPLICATED, "the request has more than one Host header")
    if named and _authority(_line("host", named[0]), request.scheme) != request.authority():
        raise SignatureRefused(Why.WRONG_HOST, f"the Host header does not name {request.host}")


def _line(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        value = _FOLD.sub(" ", value)
        if "\n" in value or "\r" in value:
            # A line break inside a value could pass for another line of what is signed.
            raise SignatureRefused(Why.MALFORMED, f"the header {name} contains a line break")
    return value.strip(" \t")


def _authority(host: str, scheme: str) -> str:
    return host.lower().removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ""))
