"""One attempt: a request made, signed and sent, or a row for one of the platform's own institutions; and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Protocol

from federation.delivery.batching import Batches
from federation.delivery.bodies import Bodies, Body
from federation.delivery.model import Delivery, Pace, Result, Verdict, judge
from federation.delivery.slots import Slots
from federation.signatures import Kind, PrivateKey, SignedRequest, sign
from kernel.clock import Clock, system_clock
from kernel.crypto.sealing import SealedError
from kernel.errors import ErrorCode, FediflowError, Unavailable
from kernel.http import HttpError, HttpPoster, HttpTimeout, UrlRefused

CONTENT_TYPE = "application/activity+json"
_SIGNING_THREADS = 2
_SIGNED_AT_ONCE = 32
_OTHER = {Kind.CAVAGE: Kind.RFC9421, Kind.RFC9421: Kind.CAVAGE}


class SigningKey(Protocol):
    """A private key and the address under which its public half is published."""

    @property
    def address(self) -> str: ...

    @property
    def key(self) -> PrivateKey: ...


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
class _ToSign:
    request: SignedRequest
    key: SigningKey
    kind: Kind


class Signing:
    """Signatures, made in threads of their own, many in one go: an RSA one takes longer than all the rest of a request."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._threads = ThreadPoolExecutor(_SIGNING_THREADS, thread_name_prefix="signing")
        self._batches = Batches(self._sign, most=_SIGNED_AT_ONCE, runners=_SIGNING_THREADS)

    async def headers(self, request: SignedRequest, key: SigningKey, kind: Kind) -> dict[str, str]:
        """The headers that sign a request now."""
        return await self._batches.ask(_ToSign(request, key, kind))

    async def aclose(self) -> None:
        """Lets go of the threads."""
        await self._batches.aclose()
        self._threads.shutdown(wait=False)

    async def _sign(self, wanted: Sequence[_ToSign]) -> list[dict[str, str]]:
        work = partial(self._in_thread, wanted)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _in_thread(self, wanted: Sequence[_ToSign]) -> list[dict[str, str]]:
        now = self._clock()
        return [
            sign(one.request, key_id=one.key.address, key=one.key.key, kind=one.kind, now=now)
            for one in wanted
        ]


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends deliveries of any shard; what they need of it comes with them."""

    poster: HttpPoster
    signing: Signing
    key_of: KeyOf
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
            known = await self.own.keep(delivery, body)
            if known is not None:
                return _taken_in(known), kind
            key = await self.key_of(delivery.tenant_id, delivery.signer_id)
        except Unavailable as error:
            return Result(Verdict.UNREADY, error=error.message), kind
        except (NotNow, SealedError) as error:
            return Result(Verdict.HELD, error=error.message), kind
        except FediflowError as error:
            return Result(Verdict.CANCELLED, error=error.message), kind
        return await self._send(delivery, body, key, kind)

    async def _send(self, delivery: Delivery, body: Body, key: SigningKey, kind: Kind) -> tuple[Result, Kind]:
        result = await self._attempt(delivery, body, key, kind)
        if result.status not in (401, 403):
            return result, kind
        # Many servers understand one way of signing only, and say no more than that they did not like it.
        second = await self._attempt(delivery, body, key, _OTHER[kind])
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
                "POST",
                target.path,
                target.scheme,
                target.authority,
                (("content-type", CONTENT_TYPE),),
                body.document,
            )
            headers = await self.signing.headers(request, key, kind)
            began = monotonic()
            try:
                answer = await self.poster.post(
                    delivery.inbox,
                    body.document,
                    headers={"content-type": CONTENT_TYPE, **headers},
                    deadline=self.pace.deadline,
                )
            except UrlRefused as error:
                return Result(Verdict.REFUSED, error=error.rule, seconds=monotonic() - began)
            except HttpError as error:
                return _failed(error, monotonic() - began)
            result = judge(answer.status, answer.headers, self.clock())
            return replace(result, seconds=monotonic() - began)


def _taken_in(is_known: bool) -> Result:
    if is_known:
        return Result(Verdict.DELIVERED)
    return Result(Verdict.GONE, error="the institution has no such inbox")


def _failed(error: HttpError, seconds: float) -> Result:
    """Its words are ours: they name no address and quote no server."""
    what = "timed out" if isinstance(error, HttpTimeout) else "failed"
    return Result(Verdict.TROUBLE, error=f"{what}: {error.rule}", seconds=seconds)
