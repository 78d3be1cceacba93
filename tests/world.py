"""A small world for tests of the gateway: three institutions on two shards, made through the public operations."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from sqlalchemy import insert, select

from academic.courses.courses import NewCourse, create_course
from academic.courses.lifecycle import publish_offering
from academic.courses.offerings import NewOffering, create_offering
from academic.enrollments.entering import NewEnrollment, enrol
from academic.model.catalogue import Credit
from academic.model.states import EnrollmentRole
from academic.structure.academic_sessions import NewAcademicSession, create_academic_session
from academic.structure.org_units import NewOrgUnit, create_org_unit
from api.app import create_app
from api.http.messages import App
from fediflow.processes.opened import opened_gateway
from fediflow.processes.stack import open_stack
from kernel.crypto.signing import new_seed
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.settings import Settings
from kernel.settings.secret import Secret
from kernel.telemetry import Metrics
from tenants.authority import held_roles, system_principal
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import ALL_SCOPES, Principal, Role, Scope, Tenant
from tenants.people.operations import NewUser, create_user
from tenants.signin.operations import create_token
from tenants.tables import role_assignments, shards, tenant_domains, tenants
from tests.databases import KEY_ENCRYPTION_KEY, PATIENT, Databases
from tests.standstill import outlived

ROLES = ("tenant_admin", "registrar", "instructor", "student", "analyst", "auditor")
# slug -> shard, languages, time zone
TENANTS = {
    "alpha": ("one", ("de", "en"), "Europe/Berlin"),
    "beta": ("two", ("ja", "en"), "Asia/Tokyo"),
    "gamma": ("one", ("ar", "fr"), "Africa/Casablanca"),
}


@dataclass(slots=True)
class Institution:
    """A tenant of the world, the ids of what is in it, and a token per role."""

    tenant: Tenant
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """The row's id behind a global id."""
        return int(self.ids[name].rpartition("_")[2])


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        """`data`, with no errors beside it."""
        body = self.json
        assert "errors" not in body, body["errors"]
        return body["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["extensions"]["code"] for error in self.json.get("errors", [])]


@dataclass(frozen=True, slots=True)
class World:
    """The application and the institutions."""

    app: App
    databases: Databases
    door: Door
    institutions: dict[str, Institution]

    def __getitem__(self, slug: str) -> Institution:
        return self.institutions[slug]

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        at: str = "alpha",
        role: str | None = "tenant_admin",
        token: str | None = None,
        **headers: str,
    ) -> Answer:
        """Posts a GraphQL document as one of the roles of an institution; `role=None` is nobody."""
        if token is None and role is not None:
            token = self[at].tokens[role]
        sent = {"content-type": "application/json", "fediflow-tenant": at}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
        return await self.request("POST", "/graphql", body=body, headers=sent)

    async def data(self, query: str, variables: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """The `data` of an answer without errors."""
        return (await self.ask(query, variables, **options)).data

    async def request(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        peer: str = "127.0.0.1",
    ) -> Answer:
        """Any HTTP request, straight into the ASGI application."""
        return await call(self.app, method, target, body=body, headers=headers or {}, peer=peer)

    def as_system(self, slug: str) -> Principal:
        """The operator, for operations that tests call themselves."""
        return system_principal(self[slug].tenant)

    async def principal(self, slug: str, role: str) -> Principal:
        """One of the people of an institution."""
        user_id = self[slug].number(f"user:{role}")
        async with self.door.write(self.as_system(slug)) as tx:
            held = await held_roles(tx.connection, tx.tenant_id, user_id)
        return Principal(self[slug].tenant, user_id, held.access())


async def call(
    app: App, method: str, target: str, *, body: bytes, headers: Mapping[str, str], peer: str
) -> Answer:
    """One request to an ASGI application."""
    path, _, query = target.partition("?")
    named = {"host": "localhost", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": (peer, 50000),
        "server": ("127.0.0.1", 8000),
    }
    messages: list[dict[str, Any]] = []
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        messages.append(dict(message))

    await app(scope, receive, send)
    start = messages[0]
    return Answer(
        start["status"],
        {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in messages[1:]),
    )


def settings_for(databases: Databases, **more: Any) -> Settings:
    """The settings of a process that works on these databases."""
    return Settings(
        directory_url=databases.directory,
        app_password=Secret(databases.passwords[DatabaseRole.APP]),
        worker_password=Secret(databases.passwords[DatabaseRole.WORKER]),
        allow_loopback_http=True,
        signing_key=(Secret(new_seed()),),
        key_encryption_keys=(Secret(KEY_ENCRYPTION_KEY),),
        # A test asks in seconds what a person asks in hours, and on a busy machine.
        **{
            "cost_capacity": 999_999_999,
            "cost_restore_rate": 999_999_999,
            "search_timeout": 60,
            **more,
        },
    )


_open_stack = partial(open_stack, timeouts=PATIENT)


@asynccontextmanager
async def made_world(databases: Databases) -> AsyncIterator[World]:
    """The world over freshly migrated databases."""
    # Worlds of other processes keep things in the same Redis, by the tenants' ids.
    new_id = IdFactory(FixedLease(100 + secrets.randbelow(800)), wall_clock_ms)
    directory_engine = databases.engine(databases.directory, DatabaseRole.WORKER)
    engines = {name: databases.engine(address) for name, address in databases.shards.items()}
    door = Door(engines, new_id=new_id)
    try:
        async with directory_engine.begin() as connection:
            for slug in TENANTS:
                await _insert_tenant(connection, new_id(), slug)
        directory = Directory(directory_engine)
        institutions = {}
        for slug in TENANTS:
            tenant = await directory.by_slug(slug)
            assert tenant is not None
            institutions[slug] = await _furnish(door, tenant)
        async with AsyncExitStack() as opened:
            with outlived(), patch("fediflow.processes.opened.open_stack", _open_stack):
                gateway = await opened.enter_async_context(opened_gateway(settings_for(databases), Metrics()))
            yield World(create_app(gateway), databases, door, institutions)
    finally:
        await directory_engine.dispose()
        for engine in engines.values():
            await engine.dispose()


async def _insert_tenant(connection: Any, tenant_id: int, slug: str) -> None:
    shard, languages, time_zone = TENANTS[slug]
    now = datetime.now(UTC)
    shard_id = select(shards.c.id).where(shards.c.name == shard).scalar_subquery()
    await connection.execute(
        insert(tenants).values(
            id=tenant_id,
            slug=slug,
            name={languages[0]: f"Universität {slug}", "en": f"University of {slug}"},
            shard_id=shard_id,
            region="eu",
            time_zone=time_zone,
            languages=list(languages),
            created_at=now,
            updated_at=now,
        )
    )
    await connection.execute(
        insert(tenant_domains).values(domain=f"{slug}.test", tenant_id=tenant_id, is_primary=True)
    )


async def _furnish(door: Door, tenant: Tenant) -> Institution:
    """Org units, a term around today, courses, offerings, people of every role, enrollments."""
    made = Institution(tenant)
    system = system_principal(tenant)
    today = date.today()
    async with door.write(system) as tx:
        university = await create_org_unit(
            tx, org_unit=NewOrgUnit(code="U", name={tenant.languages[0]: "Universität"}, kind="university")
        )
        faculty = await create_org_unit(
            tx,
            org_unit=NewOrgUnit(code="F", name={"en": "Faculty"}, kind="faculty", parent_id=university),
        )
        term = await create_academic_session(
            tx,
            academic_session=NewAcademicSession(
                code="T1",
                title={"en": "Term one"},
                starts_on=today - timedelta(days=40),
                ends_on=today + timedelta(days=80),
            ),
        )
        made.ids |= {"unit": f"unit_{university}", "faculty": f"unit_{faculty}", "session": f"session_{term}"}
        for role in ROLES:
            user = await create_user(
                tx,
                user=NewUser(handle=role.replace("_", "-"), given_name=role.title(), family_name=tenant.slug),
            )
            await tx.connection.execute(
                insert(role_assignments).values(
                    tenant_id=tenant.id, id=tx.new_id(), user_id=user, role=role, created_at=tx.now
                )
            )
            made.ids[f"user:{role}"] = f"user_{user}"
        for number in range(1, 6):
            course = await create_course(
                tx,
                course=NewCourse(
                    org_unit_id=faculty,
                    code=f"C{number}",
                    title={tenant.languages[0]: f"Kurs {number}", "en": f"Course {number}"},
                    description={"en": f"About {number}"},
                    credits=[Credit.of(scheme="ects", value="7.5")],
                    teaching_languages=["en"] if number % 2 else ["de", "en"],
                    visibility=("public", "tenant", "private", "federation", "public")[number - 1],
                ),
            )
            offering = await create_offering(
                tx,
                offering=NewOffering(
                    course_id=course,
                    academic_session_id=term,
                    code=f"O{number}",
                    capacity=2,
                    visibility=("public", "tenant", "private", "federation", "public")[number - 1],
                ),
            )
            await publish_offering(tx, offering_id=offering)
            made.ids |= {f"course:{number}": f"course_{course}", f"offering:{number}": f"offering_{offering}"}
        for role, as_role in (("instructor", EnrollmentRole.INSTRUCTOR), ("student", EnrollmentRole.STUDENT)):
            enrollment = await enrol(
                tx,
                enrollment=NewEnrollment(
                    offering_id=made.number("offering:1"), user_id=made.number(f"user:{role}"), role=as_role
                ),
            )
            made.ids[f"enrollment:{role}"] = f"enrollment_{enrollment}"
    for role in ROLES:
        made.tokens[role] = await new_token(door, made, role)
    return made


async def new_token(
    door: Door, institution: Institution, role: str, scopes: frozenset[Scope] = ALL_SCOPES
) -> str:
    """A personal access token of one of the people."""
    async with door.write(system_principal(institution.tenant)) as tx:
        token = await create_token(
            tx,
            name=f"test {role}",
            scopes=scopes,
            expires_at=tx.now + timedelta(days=60),  # tokens made with it end no later
            user_id=institution.number(f"user:{role}"),
        )
    return token.secret


__all__ = ["Answer", "Institution", "Role", "World", "call", "made_world", "new_token", "settings_for"]
