"""Who sent an activity: shown by the request's signature, or by a proof in the activity itself.

The key must be the acting actor's own, by its owner's word. What was forwarded is signed by somebody else, so it counts
only with an integrity proof (FEP-8b32) of the actor's.
"""

from dataclasses import dataclass

from federation.inbox.refusals import InboxRefused, NotTaken
from federation.proofs import ProofRefused, parse_proofs, verify_proof
from federation.proofs.claims import PROOF
from federation.protocol.origins import same_origin
from federation.protocol.reading import ReceivedActivity
from federation.remote.failures import NotFetched
from federation.remote.fetcher import Fetcher
from federation.remote.key_rows import KnownKey
from federation.remote.signing import SignerSource
from federation.signatures import (
    Claim,
    ReplayWindow,
    SignatureRefused,
    SignedRequest,
    Why,
    key_may_act_for,
    parse_signatures,
    verify,
)
from kernel.clock import Clock, system_clock

RETRY_SECONDS = 300
# What another key of the same address may put right.
_PERHAPS_ROTATED = frozenset({Why.BAD_SIGNATURE, Why.ALGORITHM_MISMATCH})


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a request says about who signed it, before anything of it was shown."""

    own: Claim | None  # the signature by a key of the actor's server
    refused: SignatureRefused | None  # why none of the signatures could be read


class Verifier:
    """Verifies requests; one per process."""

    def __init__(
        self, fetcher: Fetcher, *, clock: Clock = system_clock, replays: ReplayWindow | None = None
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._replays = replays or ReplayWindow()

    def claimed(self, request: SignedRequest, activity: ReceivedActivity) -> Claimed:
        """Reads the signatures; asks nobody."""
        try:
            claims = parse_signatures(request)
        except SignatureRefused as error:
            return Claimed(None, error)
        return Claimed(next((one for one in claims if same_origin(one.key_id, activity.actor)), None), None)

    async def verify(
        self, claimed: Claimed, request: SignedRequest, activity: ReceivedActivity, signer: SignerSource
    ) -> bytes | None:
        """Shows that the actor sent the activity, or made it; gives the signature to `remember` once it is durable.

        Raises `InboxRefused`.
        """
        try:
            return await self._by_signature(claimed, request, activity, signer)
        except InboxRefused:
            if PROOF not in activity.document:
                raise
        await self._by_proof(activity, signer)
        return None

    def remember(self, signature: bytes) -> None:
        """The request was taken: the same one is not taken again."""
        self._replays.remember(signature, self._clock())

    async def _by_signature(
        self, claimed: Claimed, request: SignedRequest, activity: ReceivedActivity, signer: SignerSource
    ) -> bytes:
        if claimed.refused is not None:
            raise _refused(claimed.refused)
        claim = claimed.own
        if claim is None:
            raise InboxRefused(NotTaken.OTHER_KEY, "the request is signed by another server than the actor's")
        known = await self._key(claim.key_id, activity.actor, signer)
        try:
            verify(claim, request, known.key, self._clock())
        except SignatureRefused as error:
            if error.why not in _PERHAPS_ROTATED:
                raise _refused(error) from error
            await self._verify_with_renewed(known, claim, request, activity, signer, error)
        try:
            self._replays.check(claim.signature, self._clock())
        except SignatureRefused as error:
            raise _refused(error) from error
        return claim.signature

    async def _verify_with_renewed(
        self,
        known: KnownKey,
        claim: Claim,
        request: SignedRequest,
        activity: ReceivedActivity,
        signer: SignerSource,
        error: SignatureRefused,
    ) -> None:
        renewed = await self._fetcher.keys.renewed(known, signer)
        if renewed is None:
            raise _refused(error) from error
        _check_owner(renewed, activity.actor)
        try:
            verify(claim, request, renewed.key, self._clock())
        except SignatureRefused as still:
            raise _refused(still) from still

    async def _by_proof(self, activity: ReceivedActivity, signer: SignerSource) -> None:
        try:
            claims = parse_proofs(activity.document)
            claim = next(
                (one for one in claims if same_origin(one.verification_method, activity.actor)), None
            )
            if claim is None:
                raise InboxRefused(NotTaken.OTHER_KEY, "the proof is of another server than the actor's")
            known = await self._key(claim.verification_method, activity.actor, signer)
            verify_proof(activity.document, known.key, now=self._clock(), claim=claim)
        except ProofRefused as error:
            raise InboxRefused(NotTaken.BAD_SIGNATURE, error.message, detail=error.why.value) from error

    async def _key(self, address: str, actor: str, signer: SignerSource) -> KnownKey:
        known = self._fetcher.keys.known(address)
        if known is None:
            try:
                known = await self._fetcher.key(address, signer)
            except NotFetched as error:
                if error.is_temporary:
                    raise InboxRefused(
                        NotTaken.NOT_NOW, error.message, detail=error.why.value, retry_after=RETRY_SECONDS
                    ) from error
                raise InboxRefused(NotTaken.NO_KEY, error.message, detail=error.why.value) from error
        _check_owner(known, actor)
        return known


def _check_owner(known: KnownKey, actor: str) -> None:
    if not key_may_act_for(known.owner, actor):
        raise InboxRefused(NotTaken.OTHER_KEY, "the key is another actor's")


def _refused(error: SignatureRefused) -> InboxRefused:
    why = {Why.NO_SIGNATURE: NotTaken.UNSIGNED, Why.REPLAYED: NotTaken.REPLAYED}.get(
        error.why, NotTaken.BAD_SIGNATURE
    )
    return InboxRefused(why, error.message, detail=error.why.value)
