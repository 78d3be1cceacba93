"""An installation in one folder: its secrets, its servers, and the settings its processes get.

DIR/passwords.json   of the database roles, 0600
DIR/signing-key      of access tokens, 0600
DIR/key-encryption-key  of the keys that encrypt columns, 0600: lost with it is what they encrypted
DIR/postgres         the database server
DIR/redis            the cache, where a Redis can be had
DIR/opensearch       the search server, where it was asked for
DIR/log              what gateway and worker write
DIR/demo.json        addresses and tokens of the demo
DIR/fediflow.toml    the settings for commands on what runs here, 0600
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from fediflow.local.binaries import default_cache_dir, embedded_binaries
from fediflow.local.cluster import PASSWORD_FILE
from fediflow.local.folder import ClaimedFolder
from fediflow.local.opensearch.server import OpenSearchServer
from fediflow.local.postgres import PostgresServer
from fediflow.local.redis import NoRedis, RedisServer, find_redis
from fediflow.local.sockets import free_port
from fediflow.local.supervisor import Service
from kernel.crypto.key_encryption import new_key_encryption_key
from kernel.crypto.signing import new_seed
from kernel.database.addresses import Address, TlsMode
from kernel.database.roles import DatabaseRole, random_passwords
from kernel.settings import Environment, SearchEngine, Secret, Settings

DIRECTORY = "fediflow_directory"
DEMO_FILE = "demo.json"
SETTINGS_FILE = "fediflow.toml"
_KIND = "installation"
_PREFIX = "fediflow"
_ABOUT_SETTINGS = (
    "# For `fediflow --config THIS-FILE …` while `fediflow up` runs, which writes it anew at each start."
)
# What the folder decides; everything else a process takes from our own environment.
_OURS = (
    *("ENVIRONMENT", "HOST", "PORT", "PUBLIC_URL", "DIRECTORY_URL", "DATABASE_TLS", "DATABASE_TLS_ROOT_CERT"),
    *("REDIS_URL", "REDIS_URL_FILE", "REDIS_TLS_ROOT_CERT", "SIGNING_KEY", "SIGNING_KEY_FILE", "CONFIG"),
    *("KEY_ENCRYPTION_KEYS", "KEY_ENCRYPTION_KEYS_FILE"),
    *(
        "SEARCH_ENGINE",
        "OPENSEARCH_URL",
        "OPENSEARCH_URL_FILE",
        "OPENSEARCH_TLS_ROOT_CERT",
        "OPENSEARCH_PREFIX",
    ),
    *(f"{role.name}_PASSWORD{suffix}" for role in DatabaseRole for suffix in ("", "_FILE")),
)


class Machine:
    """The folder. Whoever runs its servers claims it, until `release`; with `claim` False it is only read.

    Raises `UnableToStart` where it is another's or in use.
    """

    def __init__(
        self, root: Path, *, claim: bool = True, search: SearchEngine = SearchEngine.POSTGRESQL
    ) -> None:
        self._folder = ClaimedFolder(root, _KIND)
        if claim:
            self._folder.claim()
        self.root = self._folder.root
        self.log_dir = self.root / "log"
        cache_dir = default_cache_dir(self.root / "cache")
        self.postgres = PostgresServer(self.root / "postgres", embedded_binaries(cache_dir))
        found = find_redis()
        self.no_redis = found if isinstance(found, NoRedis) else None
        self.redis = None if isinstance(found, NoRedis) else RedisServer(self.root / "redis", found)
        self.opensearch = None
        if search is SearchEngine.OPENSEARCH:
            # a port that is known before it runs: gateway and worker are told of it while it starts
            self.opensearch = OpenSearchServer(
                self.root / "opensearch", cache_dir=cache_dir, port=free_port(), optimise=True
            )

    @property
    def servers(self) -> Sequence[Service]:
        """All that gateway and worker need."""
        return [one for one in (self.postgres, self.redis, self.opensearch) if one is not None]

    def release(self) -> None:
        """Lets the next one have the folder."""
        self._folder.release()

    def write(self, name: str, text: str) -> Path:
        """A file that only its owner reads, there as a whole."""
        self._folder.write(self.root / name, text)
        return self.root / name

    @property
    def passwords(self) -> dict[DatabaseRole, str]:
        """The roles' passwords, made at the first start."""
        kept = self._folder.secret("passwords.json", json.dumps(random_passwords()))
        return {DatabaseRole(role): password for role, password in json.loads(kept).items()}

    @property
    def _key_encryption_keys(self) -> tuple[Secret, ...]:
        """The folder's own, made at the first start; an operator may put a new one before it, to change them."""
        kept = self._folder.secret("key-encryption-key", new_key_encryption_key())
        return tuple(Secret(key) for key in kept.split())

    @property
    def has_run(self) -> bool:
        """Whether everything is there that `settings` needs of the servers, though they do not run yet."""
        needed = [f"postgres/{PASSWORD_FILE}"]
        needed += ["redis/password"] if self.redis else []
        needed += ["opensearch/password"] if self.opensearch else []
        return all((self.root / name).exists() for name in needed)

    def address(self, database: str) -> Address:
        """A database of the server here."""
        return Address(str(self.postgres.socket_dir), self.postgres.socket_port, database)

    def settings(self, given: Settings, *, port: int) -> Settings:
        """The settings of everything that runs here; call it when the servers run."""
        passwords = {role: Secret(password) for role, password in self.passwords.items()}
        return replace(
            given,
            environment=Environment.DEMO,
            port=port,
            public_url=f"http://localhost:{port}",
            directory_url=self.address(DIRECTORY),
            database_tls=TlsMode.DISABLE,
            database_tls_root_cert=None,
            owner_password=passwords[DatabaseRole.OWNER],
            app_password=passwords[DatabaseRole.APP],
            worker_password=passwords[DatabaseRole.WORKER],
            analyst_password=passwords[DatabaseRole.ANALYST],
            mover_password=passwords[DatabaseRole.MOVER],
            redis_url=Secret(self.redis.url) if self.redis else None,
            redis_tls_root_cert=None,
            search_engine=SearchEngine.OPENSEARCH if self.opensearch else SearchEngine.POSTGRESQL,
            opensearch_url=Secret(self.opensearch.url) if self.opensearch else None,
            opensearch_tls_root_cert=None,
            opensearch_prefix=_PREFIX,
            signing_key=(Secret(self._folder.secret("signing-key", new_seed())),),
            key_encryption_keys=self._key_encryption_keys,
        )


def settings_text(settings: Settings) -> str:
    """The settings as the lines of a TOML file, with the passwords of all roles."""
    values = environment(settings, *DatabaseRole)
    lines = [
        f"{key.removeprefix('FEDIFLOW_').lower()} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in values.items()
        if value
    ]
    return "\n".join((_ABOUT_SETTINGS, *lines, ""))


def environment(settings: Settings, *roles: DatabaseRole) -> Mapping[str, str]:
    """The settings as a process of these roles gets them: the passwords of others are not among them.

    Empty is not given; that hides what our own environment may hold.
    """
    address = settings.directory_url
    where = f"host={quote(address.host, safe='/')}&port={address.port}"
    values = (
        dict.fromkeys(_OURS, "")
        | {
            "ENVIRONMENT": settings.environment,
            "HOST": settings.host,
            "PORT": str(settings.port),
            "PUBLIC_URL": settings.public_url,
            "DIRECTORY_URL": f"postgresql:///{address.database}?{where}",
            "REDIS_URL": settings.redis_url.reveal() if settings.redis_url else "",
            "SEARCH_ENGINE": settings.search_engine,
            "OPENSEARCH_URL": settings.opensearch_url.reveal() if settings.opensearch_url else "",
            "OPENSEARCH_PREFIX": settings.opensearch_prefix,
            "SIGNING_KEY": " ".join(key.reveal() for key in settings.signing_key),
            "KEY_ENCRYPTION_KEYS": " ".join(key.reveal() for key in settings.key_encryption_keys),
        }
        | {f"{role.name}_PASSWORD": settings.password(role) for role in roles}
    )
    return {f"FEDIFLOW_{name}": value for name, value in values.items()}
