"""Where a database is and how the way to it is protected; addresses hold no credentials.

`parse_login` takes a libpq-style URL apart: `postgresql://[user[:password]@]host[:port]/database`, or with the folder of
a Unix socket `postgresql://user@/database?host=/run/postgresql&port=5432`.
"""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from kernel.errors import FediflowError

DEFAULT_PORT = 5432
_SCHEMES = ("postgresql", "postgres")
_PARAMETERS = ("host", "port", "user", "password", "dbname")


class InvalidAddress(FediflowError):
    """A text is no address of a PostgreSQL database. The message never repeats the text: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database; a host that starts with `/` is the folder of a Unix socket."""

    host: str
    port: int
    database: str

    @property
    def is_socket(self) -> bool:
        """Whether it never leaves the machine."""
        return self.host.startswith("/")

    def beside(self, database: str) -> "Address":
        """Another database of the same server."""
        return Address(self.host, self.port, database)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True, slots=True)
class Login:
    """An address with the user and password to connect as."""

    address: Address
    user: str
    password: str | None = field(repr=False)


class TlsMode(StrEnum):
    """How far the way to the server is protected."""

    DISABLE = "disable"
    REQUIRE = "require"  # encrypted; whoever answers is believed
    VERIFY_FULL = "verify-full"  # encrypted, with a certificate for this host by a known authority


@dataclass(frozen=True, slots=True)
class Tls:
    """The protection of connections; `root_cert` is the authority's file, None: those the system trusts."""

    mode: TlsMode = TlsMode.DISABLE
    root_cert: Path | None = None

    def context(self) -> ssl.SSLContext | None:
        """What the driver wants; None is no TLS."""
        if self.mode is TlsMode.DISABLE:
            return None
        if self.root_cert is not None and not self.root_cert.is_file():
            raise InvalidAddress(f"the root certificate {self.root_cert} is no file")
        context = ssl.create_default_context(cafile=self.root_cert)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.mode is TlsMode.REQUIRE:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


NO_TLS = Tls()


def parse_login(url: str) -> Login:
    """The parts of a URL; `InvalidAddress` says what is missing."""
    try:
        parts = urlsplit(url)
        asked = {
            name: values[-1]
            for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()
        }
        port = int(asked.get("port") or parts.port or DEFAULT_PORT)
    except ValueError:
        raise InvalidAddress("a database URL has a part that cannot be read (port or parameters)") from None
    if parts.scheme not in _SCHEMES:
        raise InvalidAddress("a database URL starts with postgresql://")
    unknown = sorted(set(asked) - set(_PARAMETERS))
    if unknown:
        raise InvalidAddress(f"a database URL has parameters that are not known: {', '.join(unknown)}")
    host = asked.get("host") or unquote(parts.hostname or "")
    database = asked.get("dbname") or unquote(parts.path.removeprefix("/"))
    user = asked.get("user") or unquote(parts.username or "")
    for what, value in (("host", host), ("database", database)):
        if not value:
            raise InvalidAddress(f"a database URL names no {what}")
    if not 0 < port < 65536:
        raise InvalidAddress("a database URL names an impossible port")
    password = asked.get("password") or (unquote(parts.password) if parts.password is not None else None)
    return Login(Address(host, port, database), user, password)


def parse_address(url: str) -> Address:
    """The address in a URL that may not hold a password: those have settings of their own."""
    login = parse_login(url)
    if login.password is not None:
        raise InvalidAddress("a database URL holds a password; give each role's password by its own setting")
    return login.address
