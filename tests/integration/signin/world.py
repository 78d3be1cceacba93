"""An institution to sign in to: its tenant, people, and the services a gateway process would have."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.cache import Cache
from kernel.crypto.passwords import Passwords
from kernel.crypto.signing import KeyRing, key_ring, new_seed
from kernel.database.roles import DatabaseRole
from kernel.http import HttpClient, HttpRules
from kernel.ids import FixedLease, IdFactory
from tenants.authority import held_roles, system_principal
from tenants.directory import Directory
from tenants.door import Door, Transaction
from tenants.model import ANONYMOUS, Principal, Role, Tenant
from tenants.people.emails import NewEmail
from tenants.people.operations import NewUser, create_user
from tenants.signin.access_tokens import AccessTokens
from tenants.signin.authenticator import Authenticator
from tenants.signin.jwks import KeySets
from tenants.signin.limits import SignInLimits
from tenants.signin.operations import SignedIn, sign_in
from tenants.signin.passwords import check_password
from tenants.signin.providers import Providers
from tenants.signin.revocation_list import RevocationList
from tenants.signin.revocations import Revocations
from tenants.signin.services import SignInServices
from tenants.tables import (
    credentials,
    org_unit_ancestors,
    org_units,
    role_assignments,
    shards,
    tenants,
    users,
)
from tests.databases import Databases

PASSWORD = "correct horse battery"
ISSUER = "https://fediflow.test"
_numbers = itertools.count(1)
_new_id = IdFactory(FixedLease(7), lambda: time.time_ns() // 1_000_000)


class CountingHasher(PasswordHasher):
    """Cheap hashes, and how many were checked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.checked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.checked += 1
        return super().verify(hash, password)


class MovableClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def pass_by(self, delta: timedelta) -> None:
        self.moment += delta


@dataclass(slots=True)
class Process:
    """What one gateway process holds in memory."""

    cache: Cache
    revocations: Revocations
    known: RevocationList
    services: SignInServices
    authenticator: Authenticator


@dataclass(slots=True)
class World:
    """One tenant and as many processes as a test wants."""

    tenant: Tenant
    door: Door
    new_id: IdFactory
    directory: Directory
    directory_engine: AsyncEngine
    keys: KeyRing
    clock: MovableClock
    hasher: CountingHasher
    passwords: Passwords
    http: HttpClient
    databases: Databases

    async def process(self, cache: Cache | None = None, *, poll_seconds: float = 0.1) -> Process:
        """A process of its own, which has read the revocations once."""
        cache = cache or Cache(None)
        revocations = Revocations(self.directory_engine, cache)
        known = RevocationList(revocations, cache, now=self.clock.monotonic, poll_seconds=poll_seconds)
        access_tokens = AccessTokens(self.keys, issuer=ISSUER)
        limits = SignInLimits(cache, now=self.clock.monotonic)
        services = SignInServices(self.passwords, limits, access_tokens, revocations)
        authenticator = Authenticator(
            directory=self.directory,
            door=self.door,
            access_tokens=access_tokens,
            revocations=known,
            providers=Providers(
                self.directory_engine,
                KeySets(self.http, now=self.clock.monotonic),
                now=self.clock.monotonic,
            ),
            limits=limits,
            clock=self.clock,
        )
        await known.read()
        return Process(cache, revocations, known, services, authenticator)

    @property
    def anonymous(self) -> Principal:
        """Nobody, at this tenant."""
        return Principal(self.tenant, None, ANONYMOUS)

    async def person(
        self,
        handle: str | None = None,
        *roles: Role,
        password: str = PASSWORD,
        status: str = "active",
        email: str | None = None,
    ) -> int:
        """Somebody with a password and roles."""
        handle = handle or f"person{next(_numbers)}"
        emails = (NewEmail(email, is_primary=True),) if email else ()
        async with self.door.write(system_principal(self.tenant)) as tx:
            user_id = await create_user(
                tx, user=NewUser(handle, given_name="Ada", family_name="Lovelace", emails=emails)
            )
            password_row = {"password_hash": self.hasher.hash(password), "changed_at": tx.now}
            await tx.connection.execute(
                insert(credentials).values(tenant_id=tx.tenant_id, user_id=user_id, **password_row)
            )
            for role in roles:
                await self._hold(tx, user_id, role)
            this = (users.c.tenant_id == tx.tenant_id) & (users.c.id == user_id)
            await tx.connection.execute(update(users).where(this).values(status=status))
        return user_id

    async def _hold(self, tx: Transaction, user_id: int, role: Role) -> None:
        """A role without the revocation that granting one writes."""
        await tx.connection.execute(
            insert(role_assignments).values(
                tenant_id=tx.tenant_id, id=tx.new_id(), user_id=user_id, role=role.value, created_at=tx.now
            )
        )

    async def org_unit(self, code: str, parent_id: int | None = None) -> int:
        """An org unit with its place in the tree."""
        async with self.door.write(system_principal(self.tenant)) as tx:
            unit_id = tx.new_id()
            row = {"tenant_id": tx.tenant_id, "id": unit_id, "code": code, "name": {"en": code}}
            moments = {"created_at": tx.now, "updated_at": tx.now}
            parent = {"parent_id": parent_id} if parent_id else {}
            await tx.connection.execute(insert(org_units).values(**row, **moments, **parent, kind="faculty"))
            for depth, ancestor in enumerate((unit_id, parent_id) if parent_id else (unit_id,)):
                await tx.connection.execute(
                    insert(org_unit_ancestors).values(
                        tenant_id=tx.tenant_id, ancestor_id=ancestor, descendant_id=unit_id, depth=depth
                    )
                )
        return unit_id

    async def principal(self, user_id: int) -> Principal:
        """That person in a session of all scopes."""
        async with self.door.write(self.anonymous) as tx:
            held = await held_roles(tx.connection, tx.tenant_id, user_id)
        return Principal(self.tenant, user_id, held.access())

    async def sign_in(self, process: Process, handle: str, password: str = PASSWORD) -> SignedIn:
        """A session, from an address of its own."""
        address = f"192.0.2.{next(_numbers)}"
        return await self.sign_in_from(address, process, handle, password)

    async def sign_in_from(
        self, address: str | None, process: Process, handle: str, password: str = PASSWORD
    ) -> SignedIn:
        """A session, as the gateway makes one."""
        checked = await check_password(
            self.door,
            self.tenant,
            process.services,
            handle_or_email=handle,
            password=password,
            address=address,
        )
        async with self.door.write(self.anonymous) as tx:
            return await sign_in(tx, process.services, checked)


@asynccontextmanager
async def made_world(databases: Databases) -> AsyncIterator[World]:
    """A new tenant on a shard."""
    clock = MovableClock()
    new_id = _new_id
    slug = f"university-{next(_numbers)}"
    await add_tenant(databases, slug, new_id())
    engines = {name: databases.engine(address, pool_size=12) for name, address in databases.shards.items()}
    directory_engine = databases.engine(databases.directory)
    directory = Directory(directory_engine)
    tenant = await directory.by_slug(slug)
    assert tenant is not None
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    door = Door(engines, new_id=new_id, clock=clock)
    try:
        async with HttpClient(rules=HttpRules(allow_loopback_http=True)) as http:
            yield World(
                tenant,
                door,
                new_id,
                directory,
                directory_engine,
                key_ring(new_seed()),
                clock,
                hasher,
                passwords,
                http,
                databases,
            )
    finally:
        passwords.close()
        for engine in (directory_engine, *engines.values()):
            await engine.dispose()


async def add_tenant(databases: Databases, slug: str, tenant_id: int, shard: str = "one") -> None:
    """A row of the directory, as an operator's command writes it."""
    now = datetime.now(UTC)
    shard_id = select(shards.c.id).where(shards.c.name == shard).scalar_subquery()
    async with databases.connect(databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(
            insert(tenants).values(
                id=tenant_id,
                slug=slug,
                name={"en": slug},
                shard_id=shard_id,
                region="eu",
                time_zone="Europe/Berlin",
                languages=["en"],
                created_at=now,
                updated_at=now,
            )
        )
        await connection.commit()
