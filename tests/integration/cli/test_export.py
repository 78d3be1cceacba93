"""`export`: everything of one institution, nothing of another, no secret, people only where they are asked for."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from federation.identities.linking import link_identity
from federation.identities.model import IdentityKind, Verification, read_identity
from fediflow.exporting import exported_tables
from kernel.crypto.key_encryption import key_encryption_keys, new_key_encryption_key
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.tables import SHARD, DataClass, TableClass
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door
from tenants.tables import users
from tests.databases import KEY_ENCRYPTION_KEY, Databases
from tests.integration.cli.commands import Commands
from tests.integration.oneroster.sets import roster


def lines(folder: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{table}.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def neighbour(fediflow: Commands) -> str:
    """Another institution on the same shard, with a person."""
    fediflow.ok("tenant", "create", "--slug", "cli-neighbour", "--name", "en=N", "--shard", "one")
    fediflow.ok(
        *("user", "create", "--tenant", "cli-neighbour", "--handle", "mallory"),
        *("--given-name", "Mallory", "--family-name", "Next-Door"),
    )
    return "cli-neighbour"


def test_an_export_has_all_tables_and_hides_people_and_secrets(
    fediflow: Commands, tenant: str, neighbour: str, tmp_path: Path
) -> None:
    token = fediflow.ok("token", "create", "--tenant", tenant, "--user", "ada", "--name", "export")["token"]
    folder = tmp_path / "export"
    manifest = fediflow.ok("export", str(folder), "--tenant", tenant)
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    written = "".join(path.read_text() for path in folder.iterdir())
    for hidden in ("Lovelace", "ada@cli.example.edu", "argon2", token, "mallory", "Next-Door"):
        assert hidden not in written
    assert manifest["personal_data"] is False
    assert manifest["tenant"]["slug"] == tenant
    for name, table in manifest["tables"].items():
        content = (folder / table["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == table["sha256"]
        assert content.count(b"\n") == table["rows"] == len(lines(folder, name))
    assert manifest["tables"]["users"]["rows"] >= 1
    assert all(isinstance(row["id"], str) for row in lines(folder, "users"))


async def test_what_is_encrypted_comes_readable_with_personal_data_and_not_at_all_without(
    fediflow: Commands, databases: Databases, tmp_path: Path
) -> None:
    fediflow.ok("tenant", "create", "--slug", "cli-encrypted", "--name", "en=E", "--shard", "one")
    fediflow.ok(
        *("user", "create", "--tenant", "cli-encrypted", "--handle", "ada"),
        *("--given-name", "Ada", "--family-name", "Lovelace"),
    )
    number = "urn:schac:personalUniqueCode:int:esi:example.edu:Ada-42"
    directory = databases.engine(databases.directory)
    tenant = await Directory(directory).by_slug("cli-encrypted")
    await directory.dispose()
    assert tenant is not None
    engine = databases.engine(databases.shard)
    door = Door({"one": engine}, new_id=IdFactory(FixedLease(1002), wall_clock_ms))
    async with door.write(system_principal(tenant)) as tx:
        identity = read_identity(IdentityKind.EUROPEAN_STUDENT_IDENTIFIER, number)
        person = (await tx.connection.execute(select(users.c.id))).scalar_one()
        keys = DataKeys(key_encryption_keys([KEY_ENCRYPTION_KEY]))
        await link_identity(tx, keys, user_id=person, identity=identity, verified_by=Verification.IMPORT)
    await engine.dispose()
    of_it = ("--tenant", "cli-encrypted")
    fediflow.ok("export", str(tmp_path / "all"), *of_it, "--with-personal-data")
    (row,) = lines(tmp_path / "all", "federation_identities")
    assert row["encrypted_value"] == number
    fediflow.ok("export", str(tmp_path / "public"), *of_it)
    assert "Ada-42" not in "".join(path.read_text() for path in (tmp_path / "public").iterdir())
    lost = fediflow(
        *("export", str(tmp_path / "lost"), *of_it, "--with-personal-data"),
        KEY_ENCRYPTION_KEYS=new_key_encryption_key(),
    )
    lost.failed(5, "is needed (data key 1 of tenant")
    assert not (tmp_path / "lost").exists()


def test_personal_data_comes_where_it_is_asked_for_and_still_no_secret(
    fediflow: Commands, tenant: str, neighbour: str, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()  # an empty one is fine
    outcome = fediflow("export", str(folder), "--tenant", tenant, "--with-personal-data")
    assert outcome.code == 0, outcome.stderr
    assert f"are in {folder}" in outcome.stdout
    written = "".join(path.read_text() for path in folder.iterdir())
    assert "Lovelace" in written
    assert "argon2" not in written
    assert "mallory" not in written
    (tmp_path / "other").mkdir()


def test_what_other_systems_call_people_is_personal(fediflow: Commands, tmp_path: Path) -> None:
    fediflow.ok("tenant", "create", "--slug", "cli-exporting", "--name", "en=E", "--shard", "one")
    files = roster(
        {"users": {"ada": "matric-of-ada,,,true,ada,{LDAP:ldap-of-ada},Ada,Lovelace,"}, "roles": {"r1": None}}
    )
    (tmp_path / "set").mkdir()
    for name in files.names():
        text = files.open(name).read().replace(b",ada,student", b",matric-of-ada,student")
        (tmp_path / "set" / name).write_bytes(text)
    assert fediflow.ok("import", "oneroster", str(tmp_path / "set"), "--tenant", "cli-exporting")["loaded"]
    words = ("export", "--tenant", "cli-exporting")
    fediflow.ok(*words, str(tmp_path / "without"))
    fediflow.ok(*words, str(tmp_path / "with"), "--with-personal-data")
    assert {row["value"] for row in lines(tmp_path / "with", "user_external_ids")} >= {
        "matric-of-ada",
        "ldap-of-ada",
    }
    written = "".join(path.read_text() for path in (tmp_path / "without").iterdir())
    assert "matric-of-ada" not in written
    assert "ldap-of-ada" not in written
    (role,) = lines(tmp_path / "without", "role_assignments")
    assert role["role"] == "instructor"
    assert not {"user_id", "granted_by_id"} & role.keys()
    courses = {row["value"] for row in lines(tmp_path / "without", "course_external_ids")}
    assert courses == {"optics"}  # what other systems call a course is nobody's


def test_an_export_never_mixes_with_what_is_there(fediflow: Commands, tenant: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    fediflow("export", str(tmp_path), "--tenant", tenant).failed(4, "is not empty")
    fediflow("export", str(tmp_path / "new"), "--tenant", "nowhere").failed(3, "there is no tenant 'nowhere'")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("with_personal_data", [False, True])
def test_no_secret_column_is_ever_exported(with_personal_data: bool) -> None:
    exported = exported_tables(with_personal_data=with_personal_data)
    allowed = {"public", "personal", "sensitive"} if with_personal_data else {"public"}
    assert {table.c[name].info["class"] for table, names in exported.items() for name in names} <= allowed
    own = [table for table in SHARD.sorted_tables if table.info["class"] is TableClass.TENANT]
    made_of_others = {table.name for table in own if table.info["derived"]}
    assert {table.name for table in exported} == {table.name for table in own} - made_of_others
    assert all(name.startswith("search_") for name in made_of_others)
    assert any(c.info["class"] is DataClass.SECRET for table in exported for c in table.c)
