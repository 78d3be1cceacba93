"""What a signature must cover to be about this request: method, target, host, time and, with a body, its digest."""

from federation.signatures.cavage import CREATED, REQUEST_TARGET
from federation.signatures.claims import Claim, Kind
from federation.signatures.components import query_parameters
from federation.signatures.digests import CONTENT_DIGEST, DIGEST
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.requests import SignedRequest


def require_components(claimed: Claim, request: SignedRequest) -> None:
    """Refuses a signature that leaves out what gives the request its meaning; `why` names the part."""
    if claimed.kind is Kind.CAVAGE:
        _require_cavage(claimed)
    else:
        _require_message(claimed, request)
    if request.needs_digest():
        _require_digest(claimed, request, CONTENT_DIGEST if claimed.kind is Kind.RFC9421 else DIGEST)


def _require_cavage(claimed: Claim) -> None:
    if not claimed.covers(REQUEST_TARGET):
        raise SignatureRefused(Why.TARGET_NOT_SIGNED, "the signature does not cover (request-target)")
    if not claimed.covers("host"):
        raise SignatureRefused(Why.HOST_NOT_SIGNED, "the signature does not cover host")
    if not (claimed.covers("date") or claimed.covers(CREATED)):
        raise SignatureRefused(Why.TIME_NOT_SIGNED, "the signature covers neither date nor (created)")


def _require_message(claimed: Claim, request: SignedRequest) -> None:
    if not claimed.covers("@method"):
        raise SignatureRefused(Why.METHOD_NOT_SIGNED, "the signature does not cover @method")
    if not claimed.covers("@target-uri"):
        if not (claimed.covers("@authority") or claimed.covers("host")):
            raise SignatureRefused(
                Why.HOST_NOT_SIGNED, "the signature covers neither @target-uri nor @authority"
            )
        if not (claimed.covers("@request-target") or _covers_path_and_query(claimed, request)):
            raise SignatureRefused(
                Why.TARGET_NOT_SIGNED, "the signature covers neither @target-uri nor all of path and query"
            )
    if claimed.created is None:
        raise SignatureRefused(Why.TIME_NOT_SIGNED, "the signature does not say when it was created")


def _covers_path_and_query(claimed: Claim, request: SignedRequest) -> bool:
    return claimed.covers("@path") and (
        "?" not in request.target or claimed.covers("@query") or _covers_each_parameter(claimed, request)
    )


def _covers_each_parameter(claimed: Claim, request: SignedRequest) -> bool:
    """Whether the query is nothing but parameters that are signed one by one."""
    covered = {part.parameter for part in claimed.components}
    names = [name for name, _ in query_parameters(request)]
    return bool(names) and covered.issuperset(names)


def _require_digest(claimed: Claim, request: SignedRequest, name: str) -> None:
    if not request.has(name):
        raise SignatureRefused(Why.DIGEST_ABSENT, f"the request has a body, but no {name} header")
    if not claimed.covers(name):
        raise SignatureRefused(Why.DIGEST_NOT_SIGNED, f"the signature does not cover {name}")
