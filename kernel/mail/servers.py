"""The SMTP server that takes our letters, read off its URL, and the mailbox that they come from."""

import re
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kernel.errors import InvalidInput

_PORTS = {"smtp": 587, "smtps": 465}
_DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE
)
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where letters go. `is_encrypted`: TLS from the first byte; else STARTTLS, without which nothing is sent.

    Only a server on this machine that wants no password and no certificate may be spoken to in the clear.
    """

    host: str
    port: int
    is_encrypted: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def may_be_plain(self) -> bool:
        """Whether nobody else hears what is said to it."""
        return not self.is_encrypted and self.password is None and _is_here(self.host)


def smtp_server(url: str) -> SmtpServer:
    """The server of `smtp://user:password@host:587` or `smtps://…`; `InvalidInput` repeats nothing of it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if (
        parts.scheme not in _PORTS
        or not host
        or port == 0
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise InvalidInput("an SMTP server is written smtp://user:password@host:587 or smtps://…")
    if bool(parts.username) != bool(parts.password):
        raise InvalidInput("an SMTP server is given user and password, or neither")
    return SmtpServer(
        host,
        port or _PORTS[parts.scheme],
        parts.scheme == "smtps",
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def tls_of(root_certificate: Path | None) -> ssl.SSLContext:
    """Certificates are checked, against this authority or the system's."""
    return ssl.create_default_context(cafile=str(root_certificate) if root_certificate else None)


def mailbox(text: str) -> Address:
    """The mailbox that `Name <name@host>` or `name@host` writes; `InvalidInput` where it writes none."""
    name, address = parseaddr(text)
    if not address or "\n" in text or "\r" in text:
        raise InvalidInput("a mailbox is written name@example.edu or Name <name@example.edu>")
    return addressed(address, name)


def addressed(address: str, name: str = "") -> Address:
    """An address of a person, its domain as the DNS has it; `InvalidInput` where no server could be given it.

    What stands before the @ must be ASCII: few servers take more (SMTPUTF8, RFC 6531), and those that do not lose it.
    """
    local, at, domain = address.rpartition("@")
    if (
        not at
        or not _LOCAL_PART.fullmatch(local)
        or ".." in local
        or local.startswith(".")
        or local.endswith(".")
    ):
        raise InvalidInput("the address cannot be written to: before its @ stands what no mail server takes")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        ascii_domain = ""
    if not _DOMAIN.fullmatch(ascii_domain):
        raise InvalidInput("the address cannot be written to: behind its @ stands no domain")
    return Address(_NOT_IN_NAMES.sub(" ", name).strip()[:200], local, ascii_domain)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
