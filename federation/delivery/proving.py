"""Integrity proofs on what goes out (FEP-8b32): who gets it from another server than ours can tell that it is ours."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import orjson

from federation.proofs import prove
from federation.proofs.claims import PROOF
from federation.protocol.writing import Document, provable
from federation.signatures import PrivateKey
from kernel.clock import Clock, system_clock
from kernel.errors import FediflowError, Unavailable


class ProofKey(Protocol):
    """An Ed25519 key and the address under which its public half is published."""

    @property
    def address(self) -> str: ...

    @property
    def key(self) -> PrivateKey: ...


ProofKeyOf = Callable[[int, int], Awaitable[ProofKey]]
"""The key of an actor of a tenant; raises `FediflowError` where there is none."""

Prove = Callable[[int, int, bytes], Awaitable[bytes]]
"""The document of a tenant's actor, proven."""


def proving(key_of: ProofKeyOf, clock: Clock = system_clock) -> Prove:
    """Adds proofs with the actors' keys. What cannot be proven goes out as it is, under its request's signature alone."""

    async def proven(tenant_id: int, actor_id: int, document: bytes) -> bytes:
        try:
            with_proof = proved(orjson.loads(document), await key_of(tenant_id, actor_id), clock())
        except Unavailable:
            raise
        except FediflowError:
            return document
        return document if with_proof is None else orjson.dumps(with_proof)

    return proven


def proved(told: Document, key: ProofKey, created: datetime) -> Document | None:
    """An activity of ours with its proof by its actor's key; None where it is another's, or cannot have one."""
    if told.get("actor") != key.address.partition("#")[0] or _embeds_proof(told):
        return None
    return prove(provable(told), key.key, verification_method=key.address, created=created)


def _embeds_proof(told: Mapping[str, Any]) -> bool:
    """Whether it holds another's activity with its proof, as Accept does: two sets of contexts that protect their terms
    from each other, which servers that process JSON-LD cannot read."""
    embedded = told.get("object")
    return isinstance(embedded, dict) and PROOF in embedded
