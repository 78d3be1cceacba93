"""Two people and one identity: a case that an administrator decides, with a reason."""

from enum import StrEnum

from sqlalchemy import RowMapping, insert, select, update

from federation.identities.finding import Held
from federation.identities.history import Change, remember
from federation.identities.model import IdentityKind
from federation.identities.rights import require_manager
from federation.tables.identities import federation_identities, identity_conflicts
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.authority import require
from tenants.changing import locked
from tenants.door import Transaction
from tenants.model import Forbidden, Permission

LONGEST_REASON = 2000
LONGEST_CLAIM = 300


class Decision(StrEnum):
    """How a case ends."""

    MERGE = "merge"
    REJECT = "reject"


class UnableToDecide(FediflowError):
    """The case is closed, or there is nobody to give the identity to."""

    code = ErrorCode.CONFLICT


async def open_conflict(
    tx: Transaction, held: Held, kind: IdentityKind, *, claimant_id: int | None, claim: str | None = None
) -> int:
    """A case about an identity that somebody else has; the one that is open already where the same is claimed again.

    `claimant_id` None: a person who was to be created by signing in; then `claim` says what the provider called them.
    """
    known = await _open_case(tx, held, claimant_id, claim)
    if known is not None:
        return known
    case_id = tx.new_id()
    moments = {"created_at": tx.now, "updated_at": tx.now}
    values = {
        "tenant_id": tx.tenant_id,
        "id": case_id,
        "identity_id": held.identity_id,
        "holder_id": held.user_id,
        **({"claimant_id": claimant_id} if claimant_id is not None else {}),
        **({"claim": claim[:LONGEST_CLAIM]} if claim else {}),
        **moments,
    }
    await tx.connection.execute(insert(identity_conflicts).values(values))
    await remember(
        tx,
        Change.CLAIMED,
        identity_id=held.identity_id,
        user_id=claimant_id if claimant_id is not None else held.user_id,
        kind=kind,
    )
    await tx.announce("identity.conflict_opened", "identity_conflict", case_id, kind=kind.value)
    return case_id


async def resolve_identity_conflict(
    tx: Transaction, *, conflict_id: int, decision: Decision, reason: str, expected_version: int | None = None
) -> int:
    """Decides a case. Returns its id.

    MERGE gives the identity to the claimant: its row, with its verification, is theirs from now on, and the holder has it no
    more; other open cases about it are then between the new holder and their claimants. Nothing else moves: the two people
    stay two people, with their enrollments, roles and other identities. REJECT leaves the identity where it is. Both are
    in the history of whom they concern. A claim without a person (made by signing in) can only be rejected, after linking
    what the provider calls them to the person who it is.
    """
    require(tx, Permission.RESOLVE_IDENTITIES, "decide about identities")
    why = reason.strip()
    if not 1 <= len(why) <= LONGEST_REASON:
        raise InvalidInput(f"a reason has 1 to {LONGEST_REASON} characters", path=["reason"])
    case = await locked(
        tx, identity_conflicts, conflict_id, what="identity conflict", expected_version=expected_version
    )
    if case["state"] != "open":
        raise UnableToDecide(f"the case was {case['state']} before", reason="decided")
    identity = await locked(tx, federation_identities, case["identity_id"], what="identity")
    if tx.principal.user_id in (identity["user_id"], case["claimant_id"]):
        raise Forbidden("nobody decides a case of their own")
    kind = IdentityKind(identity["kind"])
    await require_manager(tx, identity["user_id"], "decide about identities of theirs")
    if decision is Decision.MERGE:
        await _merge(tx, case, identity, kind, why)
    else:
        about = case["claimant_id"] or identity["user_id"]
        await remember(tx, Change.REJECTED, identity_id=identity["id"], user_id=about, kind=kind, why=why)
    await _close(tx, case, "merged" if decision is Decision.MERGE else "rejected", why)
    return conflict_id


async def _merge(
    tx: Transaction, case: RowMapping, identity: RowMapping, kind: IdentityKind, why: str
) -> None:
    claimant_id = case["claimant_id"]
    if claimant_id is None:
        raise UnableToDecide(
            "this claim was made by signing in and has no person yet: link what the provider calls them to the person "
            "who it is, then reject this case",
            reason="no_claimant",
        )
    await require_manager(tx, claimant_id, "decide about identities of theirs")
    this = (federation_identities.c.tenant_id == tx.tenant_id) & (
        federation_identities.c.id == identity["id"]
    )
    await tx.connection.execute(
        update(federation_identities)
        .where(this)
        .values(user_id=claimant_id, version=identity["version"] + 1, updated_at=tx.now)
    )
    others = (
        (identity_conflicts.c.tenant_id == tx.tenant_id)
        & (identity_conflicts.c.identity_id == identity["id"])
        & (identity_conflicts.c.state == "open")
        & (identity_conflicts.c.id != case["id"])
    )
    await tx.connection.execute(
        update(identity_conflicts).where(others).values(holder_id=claimant_id, updated_at=tx.now)
    )
    for user_id in (identity["user_id"], claimant_id):
        await remember(tx, Change.MERGED, identity_id=identity["id"], user_id=user_id, kind=kind, why=why)


async def _close(tx: Transaction, case: RowMapping, state: str, why: str) -> None:
    decided = {"decided_by_id": tx.principal.user_id} if tx.principal.user_id is not None else {}
    await tx.connection.execute(
        update(identity_conflicts)
        .where(identity_conflicts.c.tenant_id == tx.tenant_id, identity_conflicts.c.id == case["id"])
        .values(
            state=state,
            decision_reason=why,
            decided_at=tx.now,
            updated_at=tx.now,
            version=case["version"] + 1,
            **decided,
        )
    )
    await tx.announce("identity.conflict_resolved", "identity_conflict", case["id"], state=state)


async def _open_case(tx: Transaction, held: Held, claimant_id: int | None, claim: str | None) -> int | None:
    """The holder's identity is locked, so nobody opens the same case beside us."""
    whose = (
        identity_conflicts.c.claimant_id == claimant_id
        if claimant_id is not None
        else identity_conflicts.c.claimant_id.is_(None)
        & (identity_conflicts.c.claim.is_not_distinct_from(claim[:LONGEST_CLAIM] if claim else None))
    )
    query = select(identity_conflicts.c.id).where(
        identity_conflicts.c.tenant_id == tx.tenant_id,
        identity_conflicts.c.identity_id == held.identity_id,
        identity_conflicts.c.state == "open",
        whose,
    )
    found = (await tx.connection.execute(query.limit(1))).scalar_one_or_none()
    return int(found) if found is not None else None
