"""Signing what we ask other servers for, where they answer nobody they do not know ("authorised fetch")."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from federation.signatures import PrivateKey, SignedRequest, sign
from federation.signatures.claims import Kind
from kernel.http import Target


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """A key of ours and the address by which others find its public half: mostly the instance actor's."""

    key_id: str
    key: PrivateKey


SignerSource = Callable[[], Awaitable[RequestSigner]]
"""Called only where a server wants a signature: it may need the tenant's database."""


def signed_get(target: Target, signer: RequestSigner, kind: Kind, now: datetime) -> Mapping[str, str]:
    """The headers that sign a GET of the target."""
    request = SignedRequest("GET", target.path, target.scheme, target.authority, ())
    return sign(request, key_id=signer.key_id, key=signer.key, kind=kind, now=now)
