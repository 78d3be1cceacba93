"""From a request to the proof of who sent it: `parse_signature`, then the caller finds the key, then `verify`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from federation.signatures import cavage, message_signatures
from federation.signatures.algorithms import Algorithm
from federation.signatures.claims import Claim, Kind, Verified
from federation.signatures.digests import CONTENT_DIGEST, DIGEST, check_digest
from federation.signatures.keys import PublicKey
from federation.signatures.policy import STRICT, Policy
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.requests import SignedRequest, check_head
from federation.signatures.requirements import require_components
from federation.signatures.times import read_http_date


def is_signed(request: SignedRequest) -> bool:
    """Whether the request claims a signature at all; where none is needed, one that is there must still hold."""
    return message_signatures.is_signed(request) or cavage.is_signed(request)


def parse_signature(request: SignedRequest) -> Claim:
    """The first signature of the request that covers what it must; its key is `key_id`'s. Nothing is proved yet.

    Raises `SignatureRefused`, about the first signature where none will do.
    """
    return parse_signatures(request)[0]


def parse_signatures(request: SignedRequest) -> tuple[Claim, ...]:
    """All signatures that cover what they must, at least one; RFC 9421 comes before cavage where a request has both."""
    check_head(request)
    if not message_signatures.is_signed(request):
        claimed = cavage.claim(request)
        require_components(claimed, request)
        return (claimed,)
    accepted: list[Claim] = []
    refusals: list[SignatureRefused] = []
    for label, member, signature in message_signatures.labels(request):
        try:
            claimed = message_signatures.claim(label, member, signature)
            require_components(claimed, request)
            accepted.append(claimed)
        except SignatureRefused as refused:
            refusals.append(refused)
    if not accepted:
        raise refusals[0]
    return tuple(accepted)


def verify(
    claimed: Claim, request: SignedRequest, key: PublicKey, now: datetime, policy: Policy = STRICT
) -> Verified:
    """Shows that the holder of `key` signed this request, body and all, within the window.

    That the key belongs to whoever acts (`key_may_act_for`) and that the signature was not seen before (`ReplayWindow`)
    is for the caller to ask. Raises `SignatureRefused`; "bad_signature" may mean that the key was rotated.
    """
    require_components(claimed, request)
    algorithm = _algorithm(claimed, key, policy)
    signed_at = _signed_at(claimed, request, now, policy)
    for name in (DIGEST, CONTENT_DIGEST):
        if claimed.covers(name):
            check_digest(name, request.field(name) or "", request.body)
    if not key.verifies(algorithm, claimed.signature, signed_bytes(claimed, request)):
        raise SignatureRefused(
            Why.BAD_SIGNATURE, f"the signature is not the key's over this request ({claimed.kind.value})"
        )
    return Verified(
        claimed.kind,
        claimed.label,
        claimed.key_id,
        algorithm,
        claimed.components,
        signed_at,
        claimed.signature,
    )


def signed_bytes(claimed: Claim, request: SignedRequest) -> bytes:
    """What the signature is over; raises `SignatureRefused` where the request lacks a part."""
    if claimed.kind is Kind.CAVAGE:
        return cavage.signing_string(claimed, request)
    return message_signatures.signature_base(claimed, request)


def _algorithm(claimed: Claim, key: PublicKey, policy: Policy) -> Algorithm:
    algorithm = claimed.algorithm or key.algorithm
    if not key.fits(algorithm):
        raise SignatureRefused(
            Why.ALGORITHM_MISMATCH,
            f"the signature says {algorithm.value}, the key is for {key.algorithm.value}",
        )
    if algorithm not in policy.algorithms:
        raise SignatureRefused(
            Why.ALGORITHM_UNSUPPORTED, f"signatures with {algorithm.value} are not accepted"
        )
    return algorithm


def _signed_at(claimed: Claim, request: SignedRequest, now: datetime, policy: Policy) -> datetime:
    """When it was signed, by the first of the times that are signed; all of them must lie within the window."""
    seconds = Decimal(now.timestamp())
    if claimed.expires is not None and claimed.expires <= seconds:
        raise SignatureRefused(
            Why.EXPIRED, f"the signature expired at {claimed.expires}, it is {seconds:.0f}"
        )
    moments = _moments(claimed, request)
    for moment in moments:
        _check_window(moment, seconds, policy)
    return datetime.fromtimestamp(moments[0], UTC)


def _moments(claimed: Claim, request: SignedRequest) -> list[int]:
    moments: list[int] = []
    if claimed.created is not None and (claimed.kind is Kind.RFC9421 or claimed.covers(cavage.CREATED)):
        moments.append(claimed.created)
    if claimed.kind is Kind.CAVAGE and claimed.covers("date"):
        date = request.field("date")
        if date is None:
            raise SignatureRefused(
                Why.COMPONENT_ABSENT, "the header date is signed, but the request has none"
            )
        moments.append(int(read_http_date(date).timestamp()))
    if not moments:
        # (created) is among what is signed, but the signature does not tell it.
        raise SignatureRefused(Why.TIME_NOT_SIGNED, "the signature does not say when it was created")
    return moments


def _check_window(moment: int, now: Decimal, policy: Policy) -> None:
    if moment < now - _seconds(policy.past):
        raise SignatureRefused(
            Why.TOO_OLD, f"it was signed {now - moment:.0f} s ago, at most {policy.past} is accepted"
        )
    if moment > now + _seconds(policy.future):
        raise SignatureRefused(
            Why.IN_FUTURE, f"it was signed {moment - now:.0f} s from now, at most {policy.future} is accepted"
        )


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span.total_seconds())
