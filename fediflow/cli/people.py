"""`user create` and `token create`: the first people of an institution, and tokens for programs."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import select

from academic.entities.people import USER
from fediflow.cli.options import Json, OfTenant, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.processes.services import open_cache, sign_in_services
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.entities import Entity
from kernel.ids import GlobalId
from kernel.settings import Settings
from tenants.authority import system_principal
from tenants.door import Transaction
from tenants.model import NotFound, Role, Scope
from tenants.people.emails import NewEmail
from tenants.people.operations import NewUser, create_user
from tenants.people.passwords import set_password
from tenants.people.roles import grant_role
from tenants.signin.operations import create_token
from tenants.signin.services import SignInServices
from tenants.tables import users

_DAYS = 366


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    user = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="People of an institution.")
    user.command(
        "create",
        epilog="Example: fediflow user create --tenant uni-a --handle ada --given-name Ada --family-name Lovelace "
        "--email ada@a.example.edu --role tenant_admin --password-stdin < password",
    )(create)
    app.add_typer(user, name="user")
    token = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Personal access tokens.")
    token.command(
        "create",
        epilog="Example: fediflow token create --tenant uni-a --user ada --name timetable --scope courses:read "
        "--days 30",
    )(new_token)
    app.add_typer(token, name="token")


def create(
    context: typer.Context,
    tenant: OfTenant,
    handle: Annotated[str, typer.Option(help="How they sign in and are addressed.", show_default=False)],
    given_name: Annotated[str, typer.Option(show_default=False)],
    family_name: Annotated[str, typer.Option(show_default=False)],
    email: Annotated[
        list[str] | None, typer.Option(help="An address, the primary one first; repeat it.")
    ] = None,
    role: Annotated[
        list[Role] | None, typer.Option(help="A role in the whole institution; repeat it.")
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="TAG", help="The language they prefer.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read their password from standard input.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a person to an institution, with roles and a password where given: all of it or nothing."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    new = NewUser(
        handle=handle,
        given_name=given_name,
        family_name=family_name,
        preferred_language=language,
        emails=[
            NewEmail(address, is_primary=place == 0, is_verified=True)
            for place, address in enumerate(email or ())
        ],
    )
    user_id = run(_create(settings_of(context), tenant, new, frozenset(role or ()), password))
    row = {"id": user_id, "tenant": tenant, "handle": handle, "roles": sorted(role or ())}
    Output(as_json).value(row, f"{handle} of {tenant} is {user_id}.")


def new_token(
    context: typer.Context,
    tenant: OfTenant,
    user: Annotated[
        str, typer.Option("--user", metavar="HANDLE", help="Whose token it is.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="What it is for.", show_default=False)],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may be used for; repeat it. All without any.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=_DAYS, help="How long it is good for.")] = 1,
    as_json: Json = False,
) -> None:
    """Make a personal access token. It is printed this once and kept only as a hash."""
    row = run(_new_token(settings_of(context), tenant, user, name, frozenset(scope or Scope), days))
    Output(as_json).value(row, row["token"])


@asynccontextmanager
async def _at_work(settings: Settings, slug: str) -> AsyncIterator[tuple[Transaction, SignInServices]]:
    """A transaction of the operator in an institution; committed at the end of the block."""
    cache = open_cache(settings)
    try:
        async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
            tenant = await stack.tenant(slug)
            with sign_in_services(settings, stack.directory, cache) as services:
                async with stack.door() as door, door.write(system_principal(tenant)) as tx:
                    yield tx, services
    finally:
        await cache.aclose()


async def _create(
    settings: Settings, slug: str, new: NewUser, roles: frozenset[Role], password: str | None
) -> str:
    async with _at_work(settings, slug) as (tx, services):
        user_id = await create_user(tx, user=new)
        for role in sorted(roles):
            await grant_role(tx, services.revocations, user_id=user_id, role=role)
        if password is not None:
            await set_password(tx, services, user_id=user_id, password=password)
    return _global_id(USER, user_id)


async def _new_token(
    settings: Settings, slug: str, handle: str, name: str, scopes: frozenset[Scope], days: int
) -> dict[str, Any]:
    async with _at_work(settings, slug) as (tx, _):
        query = select(users.c.id).where(users.c.tenant_id == tx.tenant_id, users.c.handle == handle)
        user_id = (await tx.connection.execute(query)).scalar_one_or_none()
        if user_id is None:
            raise NotFound(f"there is nobody {handle!r} at {slug}")
        expires_at = tx.now + timedelta(days=days)
        made = await create_token(tx, name=name, scopes=scopes, expires_at=expires_at, user_id=user_id)
    return {
        "token": made.secret,
        "tenant": slug,
        "user": handle,
        "scopes": sorted(scopes),
        "expires_at": expires_at.isoformat(),
    }


def _global_id(entity: Entity, number: int) -> str:
    assert entity.prefix is not None
    return str(GlobalId(entity.prefix, number))
