"""Handles: `@user` of this institution, `@user@domain` of any server, with a port where it has one."""

import re
import unicodedata
from dataclasses import dataclass

from kernel.host_names import ascii_host

LONGEST_USERNAME = 64
LONGEST_DOMAIN = 253


@dataclass(frozen=True, slots=True)
class Handle:
    """Who is meant. `domain` is in lower case and ASCII (IDNA), `host:port` where a port was given, None for here."""

    username: str
    domain: str | None

    @property
    def key(self) -> str:
        """The same for all spellings: `user` or `user@domain` in lower case."""
        return str(self).removeprefix("@").lower()

    def __str__(self) -> str:
        return f"@{self.username}@{self.domain}" if self.domain else f"@{self.username}"


def parse_handle(text: str) -> Handle | None:
    """The handle that a text is, with or without the first "@", also as `acct:` URI; None for anything else."""
    bare = unicodedata.normalize("NFC", text.strip())
    if bare[:5].lower() == "acct:":
        bare = bare[5:]
    return handle_in(f"@{bare.removeprefix('@')}", whole=True)


def handle_in(text: str, *, whole: bool = False) -> Handle | None:
    """The handle that a text begins with, or that it is as a whole."""
    found = HANDLE.fullmatch(text) if whole else HANDLE.match(text)
    if found is None or len(found["user"]) > LONGEST_USERNAME:
        return None
    domain = found["domain"]
    if domain is not None and (len(domain) > LONGEST_DOMAIN or not _is_port(found["port"])):
        return None
    normal = ascii_host(domain) if domain else None
    return Handle(found["user"], normal) if normal or not domain else None


# Names end in a letter, digit or underscore, so that a sentence's dot is not part of one. Domains may be in any script.
HANDLE = re.compile(
    r"""@(?P<user>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)
        (?:@(?P<domain>
            [^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*
            (?::(?P<port>[0-9]{1,5})(?![0-9]))?
        ))?""",
    re.VERBOSE,
)


def _is_port(port: str | None) -> bool:
    return port is None or 0 < int(port) < 65_536
