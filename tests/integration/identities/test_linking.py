"""Linking identities, seeing and removing one's own, finding people by them, and what may not be asserted here."""

from sqlalchemy import func, select

from federation.tables.identities import federation_identities, identity_changes
from kernel.outbox.tables import outbox
from tenants.model import ALL_SCOPES, Role, Scope
from tests.integration.identities.asked import (
    BY_IDENTITY,
    ESI,
    LINK,
    MINE,
    UNLINK,
    linked,
    only,
    register_provider,
    somebody,
)
from tests.world import World

ISSUER = "https://idp.alpha.test"
HISTORY = "{ viewer { identityChanges(first: 50) { nodes { kind change changedBy { id } reason } } } }"


async def test_a_person_sees_and_removes_their_own(world: World) -> None:
    ada = await somebody(world)
    made = await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@ALPHA.test")
    assert (made["userErrors"], made["isInConflict"]) == ([], False)
    (mine,) = (await ada.asks(world, MINE))["viewer"]["identities"]
    assert mine == {
        "id": made["federationIdentity"]["id"],
        "kind": "EDUPERSON_SUBJECT_ID",
        "value": f"{ada.handle}@alpha.test",
        "issuer": "",
        "verifiedBy": "ADMINISTRATOR",
        "user": {"id": ada.id},
    }
    gone = (await ada.asks(world, UNLINK, i={"id": mine["id"]}))["unlinkIdentity"]
    assert gone == {"user": {"id": ada.id}, "userErrors": []}
    assert (await ada.asks(world, MINE))["viewer"]["identities"] == []
    history = (await ada.asks(world, HISTORY))["viewer"]["identityChanges"]["nodes"]
    assert [(one["change"], one["changedBy"] is not None) for one in history] == [
        ("LINKED", False),  # an administrator, whom a student does not see
        ("UNLINKED", True),
    ]


async def test_nobody_sees_or_removes_those_of_others(world: World) -> None:
    ada, eve = await somebody(world), await somebody(world)
    made = await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test")
    identity_id = made["federationIdentity"]["id"]
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await eve.asks(world, node, id=identity_id))["node"] is None
    only((await eve.asks(world, UNLINK, i={"id": identity_id}))["unlinkIdentity"], "NOT_FOUND")
    given = {"k": "EDUPERSON_SUBJECT_ID", "v": f"{ada.handle}@alpha.test"}
    assert (await eve.asks(world, BY_IDENTITY, **given))["userByIdentity"] is None
    assert (await ada.asks(world, BY_IDENTITY, **given))["userByIdentity"] == {"id": ada.id}


async def test_linking_is_for_those_who_decide_about_identities(world: World) -> None:
    ada, registrar = await somebody(world), await somebody(world, Role.REGISTRAR)
    given = {"userId": ada.id, "kind": "EDUPERSON_SUBJECT_ID", "value": f"{ada.handle}@alpha.test"}
    only((await ada.asks(world, LINK, i=given))["linkIdentity"], "FORBIDDEN")
    assert (await registrar.asks(world, LINK, i=given))["linkIdentity"]["userErrors"] == []


async def test_nobody_gives_a_way_in_to_somebody_above_them(world: World) -> None:
    registrar, admin = await somebody(world, Role.REGISTRAR), await somebody(world, Role.TENANT_ADMIN)
    given = {"userId": admin.id, "kind": "EDUPERSON_SUBJECT_ID", "value": f"{admin.handle}@alpha.test"}
    error = only((await registrar.asks(world, LINK, i=given))["linkIdentity"], "FORBIDDEN")
    assert "may do more than you" in error["message"]


async def test_a_token_needs_the_scope(world: World) -> None:
    narrow = ALL_SCOPES - {Scope.IDENTITIES_READ, Scope.IDENTITIES_WRITE}
    ada = await somebody(world, scopes=frozenset(narrow))
    answer = await world.ask(MINE, token=ada.token)
    assert answer.codes == ["FORBIDDEN"]
    answer = await world.ask(UNLINK, {"i": {"id": "identity_1"}}, token=ada.token)
    assert answer.codes == ["FORBIDDEN"]


async def test_people_are_found_by_any_spelling_and_only_in_their_institution(world: World) -> None:
    ada = await somebody(world)
    await register_provider(world, ISSUER)
    await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test")
    await linked(world, ada, "OIDC_SUBJECT", f"sub-{ada.handle}", issuer=ISSUER)
    found = await world.data(
        BY_IDENTITY, {"k": "EDUPERSON_SUBJECT_ID", "v": f"{ada.handle.upper()}@Alpha.Test"}
    )
    assert found["userByIdentity"] == {"id": ada.id}
    subject = {"k": "OIDC_SUBJECT", "v": f"sub-{ada.handle}", "i": ISSUER}
    assert (await world.data(BY_IDENTITY, subject))["userByIdentity"] == {"id": ada.id}
    assert (await world.data(BY_IDENTITY, subject, at="beta"))["userByIdentity"] is None
    other = {**subject, "i": "https://other.alpha.test"}
    assert (await world.data(BY_IDENTITY, other))["userByIdentity"] is None


async def test_a_wrong_look_up_names_what_was_wrong(world: World) -> None:
    answer = await world.ask(BY_IDENTITY, {"k": "EDUPERSON_SUBJECT_ID", "v": "nobody"})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "expected UNIQUE@SCOPE" in answer.json["errors"][0]["message"]
    answer = await world.ask(BY_IDENTITY, {"k": "SCHAC_HOME_ORGANIZATION", "v": "alpha.test"})
    assert "names an institution and no person" in answer.json["errors"][0]["message"]
    answer = await world.ask('{ userByIdentity(kind: OIDC_SUBJECT, value: "x") { id } }')
    assert "a subject has an issuer" in answer.json["errors"][0]["message"]


async def test_a_student_identifier_is_encrypted_masked_and_found(world: World) -> None:
    ada = await somebody(world)
    value = ESI.format(f"Code-{ada.handle}")
    made = await linked(world, ada, "EUROPEAN_STUDENT_IDENTIFIER", value)
    assert made["federationIdentity"]["value"] == "urn:schac:personalUniqueCode:int:esi:…"
    for reader in ({"token": ada.token}, {"role": "tenant_admin"}):
        given = {"k": "EUROPEAN_STUDENT_IDENTIFIER", "v": value.upper()}
        assert (await world.data(BY_IDENTITY, given, **reader))["userByIdentity"] == {"id": ada.id}
    other = {"k": "EUROPEAN_STUDENT_IDENTIFIER", "v": ESI.format("unknown")}
    assert (await world.data(BY_IDENTITY, other))["userByIdentity"] is None
    async with world.door.write(world.as_system("alpha")) as tx:
        rows = (await tx.connection.execute(select(federation_identities))).mappings().all()
        history = (await tx.connection.execute(select(identity_changes))).mappings().all()
        told = (await tx.connection.execute(select(outbox.c.payload).limit(0))).all()
    kept = " ".join(repr(dict(row)) for row in [*rows, *history])
    assert told == []
    assert f"Code-{ada.handle}".lower() not in kept.lower()


async def test_a_student_identifier_is_nobodys_in_an_institution_that_keeps_none(world: World) -> None:
    given = {"k": "EUROPEAN_STUDENT_IDENTIFIER", "v": ESI.format("x")}
    assert (await world.data(BY_IDENTITY, given, at="gamma"))["userByIdentity"] is None


async def test_only_registered_scopes_and_issuers_assert_anybody(world: World) -> None:
    ada = await somebody(world, at="beta")
    refused = {
        "EDUPERSON_SUBJECT_ID": "ada@alpha.test",
        "EDUPERSON_PAIRWISE_ID": "ada@sub.beta.test",
        "SCHAC_HOME_ORGANIZATION": "alpha.test",
    }
    for kind, value in refused.items():
        error = only(await linked(world, ada, kind, value), "FORBIDDEN")
        assert "is no scope of beta" in error["message"]
        assert error["path"] == ["input", "value"]
    issued = {"issuer": "https://idp.elsewhere.test"}
    error = only(await linked(world, ada, "OIDC_SUBJECT", "ada", **issued), "FORBIDDEN")
    assert error["path"] == ["input", "issuer"]
    only(await linked(world, ada, "SAML_SUBJECT", "ada", **issued), "FORBIDDEN")
    await register_provider(world, "https://idp.elsewhere.test", at="beta", scopes=("elsewhere.test",))
    assert (await linked(world, ada, "OIDC_SUBJECT", "ada", **issued))["userErrors"] == []
    assert (await linked(world, ada, "SAML_SUBJECT", "ada", **issued))["userErrors"] == []
    assert (await linked(world, ada, "EDUPERSON_SUBJECT_ID", "ada@Elsewhere.test"))["userErrors"] == []
    # what one institution registered says nothing to another
    eve = await somebody(world, at="gamma")
    only(await linked(world, eve, "OIDC_SUBJECT", "ada", **issued), "FORBIDDEN")


async def test_a_provider_that_was_switched_off_asserts_nobody(world: World) -> None:
    ada, issuer = await somebody(world, at="gamma"), "https://idp.off.test"
    await register_provider(world, issuer, at="gamma", scopes=("off.test",), enabled=False)
    only(await linked(world, ada, "OIDC_SUBJECT", "ada", issuer=issuer), "FORBIDDEN")
    only(await linked(world, ada, "EDUPERSON_SUBJECT_ID", "ada@off.test"), "FORBIDDEN")


async def test_a_principal_name_counts_only_where_it_is_never_given_again(world: World) -> None:
    ada = await somebody(world)
    name = f"{ada.handle}@alpha.test"
    error = only(await linked(world, ada, "EDUPERSON_PRINCIPAL_NAME", name), "CONFLICT")
    assert error["path"] == ["input", "neverReassigned"]
    made = await linked(world, ada, "EDUPERSON_PRINCIPAL_NAME", name, neverReassigned=True)
    assert made["userErrors"] == []


async def test_thousands_share_a_home_organization_and_each_has_one(world: World) -> None:
    ada, bob = await somebody(world), await somebody(world)
    for person in (ada, bob):
        made = await linked(world, person, "SCHAC_HOME_ORGANIZATION", "Alpha.test")
        assert (made["isInConflict"], made["federationIdentity"]["value"]) == (False, "alpha.test")
    error = only(await linked(world, ada, "SCHAC_HOME_ORGANIZATION", "alpha.test"), "CONFLICT")
    assert "has a home organization" in error["message"]


async def test_linking_again_vouches_anew_and_makes_nothing_twice(world: World) -> None:
    ada = await somebody(world)
    first = await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test")
    again = await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test")
    assert again["federationIdentity"]["id"] == first["federationIdentity"]["id"]
    history = (await ada.asks(world, HISTORY))["viewer"]["identityChanges"]["nodes"]
    assert [one["change"] for one in history] == ["LINKED", "VERIFIED"]


async def test_an_idempotency_key_links_once(world: World) -> None:
    ada = await somebody(world)
    more = {"idempotencyKey": f"link-{ada.handle}"}
    first = await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test", **more)
    again = await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test", **more)
    assert first["federationIdentity"] == again["federationIdentity"]
    assert len((await ada.asks(world, HISTORY))["viewer"]["identityChanges"]["nodes"]) == 1


async def test_a_wrong_input_is_named_by_its_member(world: World) -> None:
    ada = await somebody(world)
    error = only(await linked(world, ada, "EDUPERSON_SUBJECT_ID", "x"), "BAD_USER_INPUT")
    assert error["path"] == ["input", "value"]
    error = only(await linked(world, ada, "OIDC_SUBJECT", "x"), "BAD_USER_INPUT")
    assert error["path"] == ["input", "issuer"]
    only((await ada.asks(world, UNLINK, i={"id": "identity_1"}))["unlinkIdentity"], "NOT_FOUND")
    given = {"userId": "user_1", "kind": "EDUPERSON_SUBJECT_ID", "value": "a@alpha.test"}
    error = only((await world.data(LINK, {"i": given}))["linkIdentity"], "NOT_FOUND")
    assert error["path"] == ["input", "userId"]


async def test_those_of_a_person_are_few(world: World) -> None:
    ada = await somebody(world)
    for number in range(50):
        await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}-{number}@alpha.test")
    error = only(await linked(world, ada, "EDUPERSON_SUBJECT_ID", f"{ada.handle}@alpha.test"), "CONFLICT")
    assert "at most 50" in error["message"]
    async with world.door.write(world.as_system("alpha")) as tx:
        count = select(func.count()).where(federation_identities.c.user_id == ada.number)
        assert await tx.connection.scalar(count) == 50
