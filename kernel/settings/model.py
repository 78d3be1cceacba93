"""What can be set. Everything else is a constant next to its use."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from kernel.database.addresses import Address, Tls, TlsMode
from kernel.database.roles import DatabaseRole
from kernel.errors import FediflowError
from kernel.settings.secret import Secret

_DIRECTORY = Address("localhost", 5432, "fediflow_directory")


class Environment(StrEnum):
    """What the installation is for; production refuses what only a laptop may do."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """The least important message that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class HttpStatuses(StrEnum):
    """Which HTTP statuses GraphQL answers have: those of years, or those of the draft of August 2026 (294, 422)."""

    STABLE = "stable"
    DRAFT = "2026-08"


class LogFormat(StrEnum):
    """One JSON object a line for machines, coloured text for people."""

    JSON = "json"
    CONSOLE = "console"


class SearchEngine(StrEnum):
    """What answers searches: the databases that are there anyway, or a server of its own."""

    POSTGRESQL = "postgresql"
    OPENSEARCH = "opensearch"


class MissingSetting(FediflowError):
    """A command needs a setting that nobody gave."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    environment: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    workers: int = 1
    # Where a worker shows its health and figures; without it, it listens on nothing.
    worker_port: int | None = None

    directory_url: Address = _DIRECTORY
    database_tls: TlsMode = TlsMode.DISABLE
    database_tls_root_cert: Path | None = None
    database_pool_size: int = 10
    owner_password: Secret | None = None
    app_password: Secret | None = None
    worker_password: Secret | None = None
    analyst_password: Secret | None = None
    mover_password: Secret | None = None

    redis_url: Secret | None = None
    redis_tls_root_cert: Path | None = None
    # Whether answers of the public catalogue are kept there; without Redis none are.
    response_cache: bool = True

    search_engine: SearchEngine = SearchEngine.POSTGRESQL
    opensearch_url: Secret | None = None
    opensearch_tls_root_cert: Path | None = None
    # What the names of our indices begin with: installations that share a cluster have one each.
    opensearch_prefix: str = "fediflow"
    # Seconds after which a search is answered as unavailable.
    search_timeout: int = 2

    # The first key signs access tokens, the others still verify.
    signing_key: tuple[Secret, ...] = ()
    # The first key wraps the data keys that encrypt columns, the others still unwrap.
    key_encryption_keys: tuple[Secret, ...] = ()
    # Where letters go, and whom they come from; without a server none are written.
    smtp_url: Secret | None = None
    smtp_tls_root_cert: Path | None = None
    mail_from: str | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    allow_loopback_http: bool = False
    # The operator's own networks with public numbers: no server in them is fetched from or delivered to.
    refused_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    # Whether `/explorer` is there; None: outside production.
    explorer: bool | None = None
    http_statuses: HttpStatuses = HttpStatuses.STABLE
    # Whether clients may register documents as they go (kept in Redis), beside those that are published.
    automatic_documents: bool = False
    # Points that a person, or an anonymous client's address, may spend at once, and how many come back every second.
    cost_capacity: int = 50_000
    cost_restore_rate: int = 5_000
    # After so many days remote posts and actors leave that nobody here has to do with.
    federation_retention_days: int = 90
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.JSON

    @property
    def tls(self) -> Tls:
        """How connections to PostgreSQL are protected."""
        return Tls(self.database_tls, self.database_tls_root_cert)

    @property
    def is_production(self) -> bool:
        """Whether real people's data is at stake."""
        return self.environment is Environment.PRODUCTION

    @property
    def shows_explorer(self) -> bool:
        """Whether the gateway serves the page at `/explorer`."""
        return not self.is_production if self.explorer is None else self.explorer

    def password(self, role: DatabaseRole) -> str:
        """The password to connect as `role`; `MissingSetting` names the setting where there is none."""
        secret = self.passwords.get(role)
        if secret is None:
            key = f"FEDIFLOW_{role.name}_PASSWORD"
            raise MissingSetting(f"{key} is not set: it is the password of the database role {role}", key=key)
        return secret.reveal()

    @property
    def passwords(self) -> Mapping[DatabaseRole, Secret]:
        """The passwords that were given, by role."""
        given = {
            DatabaseRole.OWNER: self.owner_password,
            DatabaseRole.APP: self.app_password,
            DatabaseRole.WORKER: self.worker_password,
            DatabaseRole.ANALYST: self.analyst_password,
            DatabaseRole.MOVER: self.mover_password,
        }
        return {role: secret for role, secret in given.items() if secret is not None}
