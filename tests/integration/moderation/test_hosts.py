"""What an institution decides about other servers: for a domain and all below it, with a reason, and to be taken back."""

from typing import Any

from federation.tables.actors import actors, follows
from tests.fediverse import row, rows, told
from tests.integration.graphql.social import Social
from tests.integration.moderation.acting import does, history, refused

_COUNTS = "followersEnded followingEnded"
_POLICIES = """query($w: DomainPolicyFilter, $o: DomainPolicyOrder) { domainPolicies(filter: $w, orderBy: $o) {
  totalCount nodes { id domain action reason version setBy { id } } } }"""


async def _policies(social: Social, role: str = "tenant_admin", **where: Any) -> dict[str, str]:
    data = await social.ask(_POLICIES, role, w=where)
    return {one["domain"]: one["action"] for one in data["domainPolicies"]["nodes"]}


async def _counts(social: Social, name: str) -> tuple[int, int]:
    actor = await row(social.world, actors, slug=social.slug, id=social.actors[name])
    return actor["followers_count"], actor["following_count"]


async def _followed_across(social: Social) -> dict[str, str]:
    """Follows from and to three servers; those of `evil.test` and below count."""
    async with social.writing() as new:
        for name, host in (
            ("a", "evil.test"),
            ("b", "eu.evil.test:8443"),
            ("c", "notevil.test"),
            ("d", "good.evil.test"),
        ):
            await new.actor(name, host=host, followers_count=1, following_count=1)
        made = {}
        for name in "abcd":
            made[f"{name} follows"] = await new.follow(name, "instructor")
            made[f"follows {name}"] = await new.follow(
                "student", name, "pending" if name == "b" else "accepted"
            )
        made["rejected"] = await new.follow("auditor", "a", "rejected")
    return made


async def test_a_block_says_first_how_many_follows_it_ends_and_then_ends_them(social: Social) -> None:
    made = await _followed_across(social)
    await does(social, "setDomainPolicy", domain="good.evil.test", action="ALLOW", reason="Known")
    before = len(await history(social))
    tried = await does(
        social,
        "blockHost",
        f"{_COUNTS} moderationAction {{ id }}",
        domain="Evil.test",
        reason="x",
        dryRun=True,
    )
    assert tried == {
        "followersEnded": 2,
        "followingEnded": 2,
        "moderationAction": None,
        "userErrors": [],
    }
    assert len(await history(social)) == before
    assert "evil.test" not in await _policies(social)
    done = await does(
        social,
        "blockHost",
        f"{_COUNTS} moderationAction {{ action domain reason }}",
        domain="evil.test",
        reason="Spam",
        role="registrar",
    )
    assert (done["followersEnded"], done["followingEnded"]) == (2, 2)
    assert done["moderationAction"] == {"action": "BLOCK_HOST", "domain": "evil.test", "reason": "Spam"}
    left = {one["id"] for one in await rows(social.world, follows, slug=social.slug)}
    kept = {"c follows", "follows c", "d follows", "follows d"}
    assert {name for name, follow in made.items() if int(follow.rpartition("_")[2]) in left} == kept
    assert await _counts(social, "a") == (0, 0)
    assert await _counts(social, "b") == (1, 0)  # nobody followed it, somebody asked to
    assert await _counts(social, "c") == (1, 1)
    ended = int(made["a follows"].rpartition("_")[2])
    events = await told(social.world, ended, slug=social.slug)
    assert events == [
        (
            "follow.ended",
            {"follower": social.actors["a"], "followed": social.actors["instructor"]},
        )
    ]


async def test_a_rule_is_changed_and_taken_back(social: Social) -> None:
    await does(social, "limitHost", domain="loud.test", reason="Loud")
    assert (await _policies(social))["loud.test"] == "LIMIT"
    again = await does(
        social,
        "setDomainPolicy",
        "domainPolicy { version reason }",
        domain="loud.test",
        action="BLOCK",
        reason="No",
    )
    assert again["domainPolicy"] == {"version": 2, "reason": "No"}
    assert await _policies(social, domain="loud.test") == {"loud.test": "BLOCK"}
    assert "loud.test" not in await _policies(social, action="LIMIT")
    await does(social, "restoreHost", domain="loud.test", reason="Fine")
    assert "loud.test" not in await _policies(social)
    assert await refused(social, "restoreHost", domain="loud.test", reason="x") == "NOT_FOUND"
    of_host = [one for one in await history(social, "domain") if one["domain"] == "loud.test"]
    assert [(one["action"], one["reason"]) for one in of_host] == [
        ("RESTORE_HOST", "Fine"),
        ("BLOCK_HOST", "No"),
        ("LIMIT_HOST", "Loud"),
    ]


async def test_the_same_rule_again_changes_nothing(social: Social) -> None:
    for _ in range(2):
        await does(social, "limitHost", domain="same.test", reason="Same")
    assert len([one for one in await history(social, "domain") if one["domain"] == "same.test"]) == 1


async def test_what_is_no_domain_is_refused(social: Social) -> None:
    for domain in ("", "https://x.test/", "a b", "x" * 301, "ü.test"):
        assert await refused(social, "blockHost", domain=domain, reason="x") == "BAD_USER_INPUT", domain
    assert await refused(social, "blockHost", domain="x.test", reason=" ") == "BAD_USER_INPUT"


async def test_lists_of_rules_go_out_and_come_back(social: Social, other: Social) -> None:
    await does(social, "setDomainPolicy", domain="one.test", action="BLOCK", reason='Says "buy", often')
    await does(social, "setDomainPolicy", domain="two.test", action="ALLOW", reason="=1+1")
    asked = "{ federationSettings { domainPoliciesCsv } }"
    csv = (await social.ask(asked, "tenant_admin"))["federationSettings"]["domainPoliciesCsv"]
    assert csv.startswith("#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n")
    lines = csv.split("\n")
    assert 'one.test,suspend,true,true,"Says ""buy"", often",false' in lines
    assert "two.test,allow,false,false,'=1+1,false" in lines
    assert lines[1:-1] == sorted(lines[1:-1])
    await does(other, "setDomainPolicy", domain="gone.test", action="LIMIT", reason="Old")
    selection = f"changed removed {_COUNTS}"
    expected = {"changed": len(lines) - 2, "removed": 1, "followersEnded": 0, "followingEnded": 0}
    for dry_run in (True, False):
        payload = await does(
            other, "importDomainPolicies", selection, csv=csv, reason="Theirs", replace=True, dryRun=dry_run
        )
        assert payload == {**expected, "userErrors": []}
    assert await _policies(other) == await _policies(social)
    noted = await history(other, "domain")
    assert {"action": "RESTORE_HOST", "reason": "Theirs", "domain": "gone.test"} in noted
    assert {"action": "BLOCK_HOST", "reason": "Theirs", "domain": "one.test"} in noted
    payload = await does(other, "importDomainPolicies", selection, csv=csv, reason="Again")
    assert payload["changed"] == 0
    assert (
        await refused(other, "importDomainPolicies", csv="#domain,#severity\nx.test,maybe", reason="x")
        == "BAD_USER_INPUT"
    )


async def test_settings_hold_defaults_until_they_are_changed(social: Social, other: Social) -> None:
    asked = "{ federationSettings { mode requiresSignedFetch linksOfStrangers version __typename } }"
    usual = {
        "mode": "OPEN",
        "requiresSignedFetch": "NEVER",
        "linksOfStrangers": 5,
        "version": 1,
        "__typename": "FederationSettings",
    }
    assert (await social.ask(asked, "tenant_admin"))["federationSettings"] == usual
    changed = await does(
        social,
        "updateFederationSettings",
        "mode requiresSignedFetch linksOfStrangers version",
        mode="ALLOW_LIST",
        linksOfStrangers=0,
        expectedVersion=1,
    )
    expected = {**usual, "mode": "ALLOW_LIST", "linksOfStrangers": 0, "version": 2}
    assert {**changed, "__typename": "FederationSettings"} == {**expected, "userErrors": []}
    assert (await social.ask(asked, "registrar"))["federationSettings"] == expected
    assert (await other.ask(asked, "tenant_admin"))["federationSettings"] == usual
    for role in ("student", "auditor"):
        assert (await social.ask(asked, role))["federationSettings"] is None
        assert await refused(social, "updateFederationSettings", role=role, mode="OPEN") == "FORBIDDEN"
    assert await refused(social, "updateFederationSettings", role="registrar", mode="OPEN") == "FORBIDDEN"
    assert await refused(social, "updateFederationSettings", mode="OPEN", expectedVersion=1) == "CONFLICT"
    assert await refused(social, "updateFederationSettings", linksOfStrangers=-1) == "BAD_USER_INPUT"
    assert await refused(social, "updateFederationSettings", mode=None) == "BAD_USER_INPUT"
    await does(social, "updateFederationSettings", mode="OPEN", linksOfStrangers=5)


async def test_changes_of_settings_and_rules_stand_in_the_history_with_what_was_before(
    social: Social,
) -> None:
    reason = "The senate decided so"
    await does(social, "updateFederationSettings", requiresSignedFetch="OBJECTS", mode="OPEN", reason=reason)
    await does(social, "updateFederationSettings", requiresSignedFetch="NEVER")
    for action in ("LIMIT", "BLOCK"):
        await does(social, "setDomainPolicy", domain="changes.test", action=action, reason=action)
    await does(social, "removeDomainPolicy", domain="changes.test", reason="Better now")
    noted = await history(social, "setting domain before after moderator { id } createdAt")
    admin = {"id": social.made.ids["user:tenant_admin"]}
    assert all(one.pop("createdAt") and one.pop("moderator") == admin for one in noted[:5])
    rule = {"setting": None, "domain": "changes.test"}
    setting = {"action": "CHANGE_SETTINGS", "setting": "requires_signed_fetch", "domain": None}
    assert noted[:5] == [
        {"action": "RESTORE_HOST", "reason": "Better now", **rule, "before": "block", "after": None},
        {"action": "BLOCK_HOST", "reason": "BLOCK", **rule, "before": "limit", "after": "block"},
        {"action": "LIMIT_HOST", "reason": "LIMIT", **rule, "before": None, "after": "limit"},
        {**setting, "reason": "", "before": "objects", "after": "never"},
        {**setting, "reason": reason, "before": "never", "after": "objects"},
    ]
    assert await refused(social, "updateFederationSettings", mode="CLOSED", reason=" ") == "BAD_USER_INPUT"


async def test_rules_are_for_moderators_and_operators_of_the_institution(
    social: Social, other: Social
) -> None:
    await does(social, "blockHost", domain="secret.test", reason="Ours")
    for role in ("student", "auditor"):
        assert await _policies(social, role) == {}
        assert await refused(social, "blockHost", role=role, domain="x.test", reason="x") == "FORBIDDEN"
        assert (
            await refused(social, "restoreHost", role=role, domain="secret.test", reason="x") == "FORBIDDEN"
        )
    assert "secret.test" not in await _policies(other)
    data = await social.ask(_POLICIES, "tenant_admin", w={"domain": "secret.test"})
    policy = data["domainPolicies"]["nodes"][0]["id"]
    asked = "query($i: ID!) { node(id: $i) { id } }"
    assert (await other.ask(asked, "tenant_admin", i=policy))["node"] is None
    assert (await social.ask(asked, "registrar", i=policy))["node"] == {"id": policy}
