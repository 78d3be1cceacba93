"""The parameters of a cavage signature (draft-cavage-http-signatures-12 section 2.1): read, and each as what it is."""

import base64
import binascii
import re
from decimal import Decimal

from federation.signatures.algorithms import Algorithm
from federation.signatures.refusals import SignatureRefused, Why

# "hs2019" says that the key decides. The draft meant RSASSA-PSS by it; the servers that write it sign PKCS #1 v1.5.
_ALGORITHMS = {"hs2019": None, "rsa-sha256": Algorithm.RSA_V1_5_SHA256, "ed25519": Algorithm.ED25519}
_PARAMETER = re.compile(
    r'[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,"]+))[ \t]*(,|\Z)'
)
_SECONDS = re.compile(r"(?:0|[1-9][0-9]{0,14})")
_DECIMAL_SECONDS = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")


def read(text: str) -> dict[str, str]:
    """The parameters by name. Names are read in any case, as `keyid` occurs; ones that nobody knows are kept aside."""
    parameters: dict[str, str] = {}
    at, more = 0, True
    while more:
        found = _PARAMETER.match(text, at)
        if found is None:
            raise SignatureRefused(Why.MALFORMED, f"the signature header cannot be read at character {at}")
        name = found[1].lower()
        if name in parameters:
            raise SignatureRefused(Why.DUPLICATED, f"the signature header says {found[1]} more than once")
        parameters[name] = _unescaped(found[2]) if found[3] is None else found[3]
        at, more = found.end(), found[4] == ","
    return parameters


def key_id(parameters: dict[str, str]) -> str:
    """Which key; raises `SignatureRefused`, "key_id_missing"."""
    key_id = parameters.get("keyid")
    if not key_id:
        raise SignatureRefused(Why.KEY_ID_MISSING, "the signature names no keyId")
    return key_id


def algorithm(parameters: dict[str, str]) -> Algorithm | None:
    """Which algorithm, None where the key decides; raises `SignatureRefused`, "algorithm_unsupported"."""
    name = parameters.get("algorithm", "hs2019").lower()
    if name not in _ALGORITHMS:
        raise SignatureRefused(Why.ALGORITHM_UNSUPPORTED, f"the algorithm {name:.40} is not supported")
    return _ALGORITHMS[name]


def created(parameters: dict[str, str]) -> int | None:
    """When it was made, in Unix seconds."""
    text = parameters.get("created")
    if text is None:
        return None
    if _SECONDS.fullmatch(text) is None:
        raise SignatureRefused(Why.MALFORMED, "the signature's created is not a whole number of seconds")
    return int(text)


def expires(parameters: dict[str, str]) -> Decimal | None:
    """Until when it holds, in Unix seconds and fractions."""
    text = parameters.get("expires")
    if text is None:
        return None
    if _DECIMAL_SECONDS.fullmatch(text) is None:
        raise SignatureRefused(Why.MALFORMED, "the signature's expires is not a number of seconds")
    return Decimal(text)


def signature(parameters: dict[str, str]) -> bytes:
    """The bytes; raises `SignatureRefused`, "no_signature" or "malformed"."""
    text = parameters.get("signature")
    if not text:
        raise SignatureRefused(Why.NO_SIGNATURE, "the signature header holds no signature")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefused(Why.MALFORMED, "the signature is not base64") from None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text
