"""Tokens of the sample persons, for whoever tries the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from fediflow.demo.samples import ADMIN, ANALYST, INSTRUCTOR, REGISTRAR, STUDENT
from fediflow.demo.universities import UNIVERSITIES
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door, Transaction
from tenants.model import ALL_SCOPES
from tenants.signin.operations import create_token
from tenants.tables import users

LIFETIME = timedelta(days=1)
_WHO = (ADMIN, REGISTRAR, INSTRUCTOR, STUDENT, ANALYST)


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant of the demo with a token a role; an entry of `demo.json` (`dataclasses.asdict`)."""

    slug: str
    host: str
    shard: str
    tokens: Mapping[str, str]


async def tokens(*, door: Door, directory: Directory) -> list[DemoTenant]:
    """New personal access tokens, good for a day, for the samples of every university that is there and active."""
    directory.forget()  # it may remember that they were not there
    made = []
    for university in UNIVERSITIES:
        tenant = await directory.by_slug(university.slug)
        if tenant is None or tenant.is_suspended:
            continue
        async with door.write(system_principal(tenant)) as tx:
            texts = await _tokens(tx)
        made.append(DemoTenant(tenant.slug, university.domains[0], tenant.shard, texts))
    return made


async def _tokens(tx: Transaction) -> dict[str, str]:
    """Whom a visitor has suspended or renamed meanwhile gets none."""
    query = select(users.c.handle, users.c.id).where(
        users.c.tenant_id == tx.tenant_id,
        users.c.handle.in_([sample.handle for sample in _WHO]),
        users.c.status == "active",
    )
    ids = dict((await tx.connection.execute(query)).all())
    return {
        sample.role.value: (
            await create_token(
                tx,
                name="demo",
                scopes=ALL_SCOPES,
                expires_at=tx.now + LIFETIME,
                user_id=ids[sample.handle],
            )
        ).secret
        for sample in _WHO
        if sample.handle in ids
    }
