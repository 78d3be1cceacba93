"""Multibase texts: base58btc (`z…`), written and read; base64url (`u…`), read (W3C Controlled Identifiers section 2.4)."""

import base64

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """`z` and the base58btc text of `data`."""
    number = int.from_bytes(data, "big")
    signs: list[str] = []
    while number:
        number, value = divmod(number, 58)
        signs.append(_ALPHABET[value])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + _ALPHABET[0] * zeros + "".join(reversed(signs))


def decode(text: str, *, most: int) -> bytes:
    """The bytes of a multibase text of at most `most` characters; raises ValueError about anything else.

    Reading base 58 takes time in the square of the length, hence the limit.
    """
    if len(text) > most:
        raise ValueError(f"a multibase text of more than {most} characters")
    if text.startswith("z"):
        return _base58(text[1:])
    if text.startswith("u"):
        return _base64url(text[1:])
    raise ValueError("a multibase text begins with z or u")


def _base58(text: str) -> bytes:
    number = 0
    for sign in text:
        value = _VALUES.get(sign)
        if value is None:
            raise ValueError("a base58btc text has a character of another alphabet")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _base64url(text: str) -> bytes:
    if "+" in text or "/" in text or "=" in text:
        raise ValueError("a multibase u text is base64url without padding")
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
