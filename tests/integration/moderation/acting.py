"""What moderators and others do, in a line: a mutation and what its payload says."""

from collections.abc import Mapping
from typing import Any

from tests.integration.graphql.social import Social

ERRORS = "userErrors { code message path reason }"


async def does(
    social: Social, mutation: str, selection: str = "", *, role: str = "tenant_admin", **given: Any
) -> Mapping[str, Any]:
    """The payload of a mutation that went well."""
    payload = await tries(social, mutation, selection, role=role, **given)
    assert payload["userErrors"] == [], payload["userErrors"]
    return payload


async def tries(
    social: Social, mutation: str, selection: str = "", *, role: str = "tenant_admin", **given: Any
) -> Mapping[str, Any]:
    """The payload of a mutation."""
    input_type = INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")
    data = await social.ask(
        f"mutation($i: {input_type}!) {{ {mutation}(input: $i) {{ {selection} {ERRORS} }} }}", role, i=given
    )
    payload: Mapping[str, Any] = data[mutation]
    return payload


async def refused(social: Social, mutation: str, *, role: str = "tenant_admin", **given: Any) -> str:
    """The code that a mutation is refused with."""
    errors = (await tries(social, mutation, role=role, **given))["userErrors"]
    assert errors
    return str(errors[0]["code"])


async def history(social: Social, selection: str = "", **where: str) -> list[Mapping[str, Any]]:
    """What moderators did, the newest first."""
    asked = (
        "query($w: ModerationActionFilter) { moderationActions(filter: $w, first: 100) {"
        f" nodes {{ action reason {selection} }} }} }}"
    )
    nodes: list[Mapping[str, Any]] = (await social.ask(asked, "tenant_admin", w=where))["moderationActions"][
        "nodes"
    ]
    return nodes


INPUTS = {
    **dict.fromkeys(("limitActor", "suspendActor", "restoreActor"), "ModerateActorInput"),
    **dict.fromkeys(("removePost", "releasePost"), "ModeratePostInput"),
    **dict.fromkeys(("limitHost", "restoreHost"), "ModerateHostInput"),
    **dict.fromkeys(("resolveReport", "dismissReport"), "CloseReportInput"),
    **dict.fromkeys(("block", "unblock", "unmute"), "PersonalActorInput"),
    "follow": "ActorInput",
    "unmuteDomain": "MuteDomainInput",
    **dict.fromkeys(("retryHost", "pauseHost", "resumeHost"), "DeliveryHostInput"),
}
