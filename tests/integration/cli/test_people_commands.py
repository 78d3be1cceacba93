"""`user create` and `token create`: who was made can sign in, and all of it is made or nothing."""

from tenants.signin.tokens import parse_token
from tests.databases import Databases
from tests.integration.cli.commands import Commands


async def rows_of(databases: Databases, sql: str, *values: object) -> list[tuple[object, ...]]:
    async with databases.driver(databases.shard, None) as driver:
        await driver.execute("set row_security = off")
        return [tuple(row) for row in await driver.fetch(sql, *values)]


async def test_a_person_is_made_with_addresses_roles_and_password(
    fediflow: Commands, databases: Databases, tenant: str
) -> None:
    made = fediflow.ok(
        *("user", "create", "--tenant", tenant, "--handle", "Grace", "--given-name", "Grace"),
        *("--family-name", "Hopper", "--email", "grace@cli.example.edu", "--email", "g@navy.example"),
        *("--role", "registrar", "--role", "analyst", "--password-stdin"),
        text="find the moth\n",
    )
    number = int(made["id"].removeprefix("user_"))
    assert made["roles"] == ["analyst", "registrar"]
    assert await rows_of(
        databases, "select role from fediflow.role_assignments where user_id = $1 order by 1", number
    ) == [("analyst",), ("registrar",)]
    assert await rows_of(
        databases,
        "select address, is_primary from fediflow.user_emails where user_id = $1 order by 2",
        number,
    ) == [("g@navy.example", False), ("grace@cli.example.edu", True)]
    ((kept,),) = await rows_of(
        databases, "select password_hash from fediflow.credentials where user_id = $1", number
    )
    assert str(kept).startswith("$argon2id$")


async def test_a_person_who_cannot_be_made_whole_is_not_made(
    fediflow: Commands, databases: Databases, tenant: str
) -> None:
    new = ("user", "create", "--tenant", tenant, "--given-name", "A", "--family-name", "B")
    short = fediflow(*new, "--handle", "halfway", "--role", "student", "--password-stdin", text="short\n")
    short.failed(2, "a password has 10 to 256 characters")
    assert await rows_of(databases, "select id from fediflow.users where handle = 'halfway'") == []
    fediflow(*new, "--handle", "ada").failed(4, "another person has this handle")
    fediflow(*new, "--handle", "x", "--role", "king").failed(2, "king")
    missing = (
        "user",
        "create",
        "--tenant",
        "nowhere",
        "--handle",
        "x",
        "--given-name",
        "A",
        "--family-name",
        "B",
    )
    fediflow(*missing).failed(3, "there is no tenant 'nowhere'")


async def test_a_token_is_printed_once_and_kept_as_a_hash(
    fediflow: Commands, databases: Databases, tenant: str
) -> None:
    new = ("token", "create", "--tenant", tenant, "--user", "ada", "--name", "timetable")
    made = fediflow.ok(*new, "--scope", "courses:read", "--days", "30")
    token = parse_token(made["token"])
    assert token is not None
    assert (token.tenant_slug, made["scopes"]) == (tenant, ["courses:read"])
    ((kept, scopes),) = await rows_of(
        databases, "select secret_hash, scopes from fediflow.personal_access_tokens where id = $1", token.id
    )
    assert kept == token.digest
    assert scopes == ["courses:read"]
    plain = fediflow(*new)
    assert parse_token(plain.stdout.strip()) is not None
    assert plain.stderr == ""


def test_a_token_for_nobody_or_for_too_long_is_refused(fediflow: Commands, tenant: str) -> None:
    new = ("token", "create", "--tenant", tenant, "--name", "x")
    fediflow(*new, "--user", "nobody").failed(3, f"there is nobody 'nobody' at {tenant}")
    fediflow(*new, "--user", "ada", "--days", "1000").failed(2, "--days")
    fediflow(*new, "--user", "ada", "--scope", "everything").failed(2, "everything")
