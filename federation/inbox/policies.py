"""What an institution's rules say about a server: refused, limited, or taken."""

from dataclasses import dataclass

from federation.hosts.policies import ANYTHING, USUAL_LINKS, NotDealtWith, decide, policies_for
from federation.inbox.refusals import NotStored, Refused
from tenants.door import Transaction

_REFUSALS = {
    NotDealtWith.PLATFORM: (NotStored.BLOCKED, "the platform blocks this server"),
    NotDealtWith.CLOSED: (NotStored.CLOSED, "the institution does not federate"),
    NotDealtWith.BLOCKED: (NotStored.BLOCKED, "the institution blocks this server"),
    NotDealtWith.NOT_ALLOWED: (
        NotStored.NOT_ALLOWED,
        "the institution federates with servers of its list alone",
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a server stands with an institution."""

    is_limited: bool = False  # what it sends is held back from those who do not follow its author
    most_links: int = USUAL_LINKS  # in posts of authors whom nobody here follows


async def standing_of(tx: Transaction, host: str, *, is_limited_by_platform: bool = False) -> Standing:
    """How the host stands; raises `Refused` where nothing of it is taken. The platform's block was asked before."""
    policies = await policies_for(tx.driver, tx.tenant_id, [host])
    verdict = decide(policies, ANYTHING, host)
    if verdict.because is not None:
        raise Refused(*_REFUSALS[verdict.because])
    return Standing(verdict.is_limited or is_limited_by_platform, policies.links_of_strangers)
