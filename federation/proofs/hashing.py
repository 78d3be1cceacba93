"""The bytes that `eddsa-jcs-2022` signs (W3C vc-di-eddsa section 3.3)."""

from collections.abc import Mapping
from hashlib import sha256

import rfc8785

from federation.proofs.refusals import ProofRefused, Why


def signed_bytes(document: Mapping[str, object], options: Mapping[str, object]) -> bytes:
    """The hash of the proof's options and the hash of the document without proofs, each in canonical JSON (RFC 8785).

    Raises `ProofRefused`, "not_canonical", where a value has no canonical writing (a whole number over 2**53, text
    with half a surrogate pair) or lies too deep.
    """
    return _hash(options, "proof") + _hash(document, "document")


def _hash(value: Mapping[str, object], what: str) -> bytes:
    try:
        return sha256(rfc8785.dumps(dict(value))).digest()  # type: ignore[arg-type] # it says what it cannot write
    except ValueError as error:
        raise ProofRefused(Why.NOT_CANONICAL, f"the {what} has no canonical JSON: {error!s:.200}") from None
    except RecursionError:
        raise ProofRefused(Why.NOT_CANONICAL, f"the {what} is nested too deep") from None
