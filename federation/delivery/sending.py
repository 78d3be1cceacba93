"""One attempt: a request made, signed and sent, or a row for one of the platform's own institutions; and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from federation.delivery.bodies import Bodies, Body
from federation.delivery.model import Delivery, Pace, Result, Verdict, judge
from federation.delivery.own import ComeLater
from federation.delivery.signing import Signing, SigningKey
from federation.delivery.slots import Slots
from federation.signatures import Kind, SignedRequest
from kernel.clock import Clock, system_clock
from kernel.crypto.sealing import SealedError
from kernel.errors import ErrorCode, FediflowError, Unavailable
from kernel.http import HttpError, HttpPoster, HttpTimeout, UrlRefused

CONTENT_TYPE = "application/activity+json"
_SIGNED = (("content-type", CONTENT_TYPE),)
_OTHER = {Kind.CAVAGE: Kind.RFC9421, Kind.RFC9421: Kind.CAVAGE}
_NOT_VERIFIED = (401, 403)


# The key of an actor of a tenant; raises `FediflowError` where there is none, `NotNow` where it may not be used now.
KeyOf = Callable[[int, int], Awaitable[SigningKey]]


class NotNow(FediflowError):
    """An actor may not send anything for now; what it has to send waits."""

    code = ErrorCode.CONFLICT


class OwnInstitutions(Protocol):
    """The institutions of this platform, which nothing is sent to by HTTP."""

    async def keep(self, delivery: Delivery, body: Body) -> bool | None:
        """Takes a delivery in where its inbox is one of ours: whether there is such an inbox; None: it is not ours."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends deliveries of any shard; what they need of it comes with them."""

    poster: HttpPoster
    signing: Signing
    key_of: KeyOf
    key_anew: KeyOf  # not out of what this process remembers, which may have been withdrawn
    own: OwnInstitutions
    slots: Slots
    pace: Pace
    clock: Clock = system_clock

    async def send(self, delivery: Delivery, bodies: Bodies, kind: Kind) -> tuple[Result, Kind]:
        """What came of it, and the kind of signature that was used last; never raises for what others do."""
        try:
            body = await bodies.get(delivery.tenant_id, delivery.activity_id)
            if body is None:
                return Result(Verdict.CANCELLED, error="the activity is not there any more"), kind
            if bodies.is_blocked(delivery.tenant_id, delivery.host):
                return Result(Verdict.BLOCKED, error="the host is blocked by the institution"), kind
            if body.is_silenced:
                return Result(Verdict.BLOCKED, error="moderators suspended the actor"), kind
            if body.is_withdrawn:
                return Result(Verdict.CANCELLED, error="what it tells of was deleted"), kind
            known = await self.own.keep(delivery, body)
            if known is not None:
                return _taken_in(known), kind
            key = await self.key_of(delivery.tenant_id, delivery.signer_id)
        except Unavailable as error:
            return Result(Verdict.UNREADY, error=error.message), kind
        except ComeLater as later:
            return Result(Verdict.BUSY, error=later.message, come_back=later.wait), kind
        except (NotNow, SealedError) as error:
            return Result(Verdict.HELD, error=error.message), kind
        except FediflowError as error:
            return Result(Verdict.CANCELLED, error=error.message), kind
        return await self._send(delivery, body, key, kind)

    async def _send(self, delivery: Delivery, body: Body, key: SigningKey, kind: Kind) -> tuple[Result, Kind]:
        result = await self._attempt(delivery, body, key, kind)
        if result.status not in _NOT_VERIFIED:
            return result, kind
        newer = await _had(self.key_anew, delivery, key)
        if newer.address != key.address:
            result = await self._attempt(delivery, body, newer, kind)
            if result.status not in _NOT_VERIFIED:
                return result, kind
        # Many servers understand one way of signing only, and say no more than that they did not like it.
        second = await self._attempt(delivery, body, newer, _OTHER[kind])
        if second.verdict is Verdict.DELIVERED:
            return second, _OTHER[kind]
        return result, kind

    async def _attempt(self, delivery: Delivery, body: Body, key: SigningKey, kind: Kind) -> Result:
        try:
            target = self.poster.target(delivery.inbox)
        except UrlRefused as error:
            return Result(Verdict.REFUSED, error=error.rule)
        async with self.slots.hold():
            request = SignedRequest(
                "POST", target.path, target.scheme, target.authority, _SIGNED, body.document
            )
            # Another one may have begun to sign while there was no slot.
            key = await _had(self.key_of, delivery, key)
            headers = await self.signing.headers(request, key, kind, body.sha256)
            headers["content-type"] = CONTENT_TYPE
            began = monotonic()
            try:
                answer = await self.poster.post(
                    delivery.inbox,
                    body.document,
                    headers=headers,
                    deadline=self.pace.deadline,
                )
            except UrlRefused as error:
                return Result(Verdict.REFUSED, error=error.rule, seconds=monotonic() - began)
            except HttpError as error:
                return _failed(error, monotonic() - began)
            return judge(answer.status, answer.headers, self.clock(), seconds=monotonic() - began)


async def _had(key_of: KeyOf, delivery: Delivery, known: SigningKey) -> SigningKey:
    """The key as it is now; the one that was had a moment ago where that cannot be told."""
    try:
        return await key_of(delivery.tenant_id, delivery.signer_id)
    except FediflowError:
        return known


def _taken_in(is_known: bool) -> Result:
    if is_known:
        return Result(Verdict.DELIVERED)
    return Result(Verdict.GONE, error="the institution has no such inbox")


def _failed(error: HttpError, seconds: float) -> Result:
    """Its words are ours: they name no address and quote no server."""
    what = "timed out" if isinstance(error, HttpTimeout) else "failed"
    return Result(Verdict.TROUBLE, error=f"{what}: {error.rule}", seconds=seconds)
