"""Reading structured fields (RFC 8941 section 4.2): dictionaries.

Stricter than the RFC in one thing: a key that comes twice is refused, where the RFC lets the last one win. Two
readers that disagree about which one holds are how a signature is made to say two things.
"""

import base64
import binascii
import re
from decimal import Decimal
from typing import NoReturn

from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.structured_fields import Bare, InnerList, Item, Member, Parameters, Token

_MOST_MEMBERS = 128

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_STRING = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]*(?:\\["\\][\x20\x21\x23-\x5b\x5d-\x7e]*)*)"')
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_DECIMAL = re.compile(r"-?[0-9]{1,12}\.[0-9]{1,3}(?![0-9.])")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*")
_BOOLEAN = re.compile(r"\?([01])")
_SPACES = re.compile(r" *")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


def parse_dictionary(text: str, *, what: str) -> dict[str, Member]:
    """The members of a dictionary in their order; raises `SignatureRefused` ("malformed", "duplicated") about `what`."""
    reader = _Reader(text.strip(" \t"), what)
    members: dict[str, Member] = {}
    while not reader.ended():
        key = reader.key()
        if key in members:
            raise SignatureRefused(Why.DUPLICATED, f"{what} has {key} more than once")
        members[key] = reader.member() if reader.takes("=") else Item(True, reader.parameters())
        if len(members) > _MOST_MEMBERS:
            raise SignatureRefused(Why.MALFORMED, f"{what} has more than {_MOST_MEMBERS} members")
        if not reader.ended():
            reader.comma()
    return members


class _Reader:
    """A place in a text that moves on as things are read."""

    def __init__(self, text: str, what: str) -> None:
        self._text = text
        self._what = what
        self._at = 0

    def ended(self) -> bool:
        return self._at == len(self._text)

    def takes(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def key(self) -> str:
        found = self._match(_KEY)
        return found[0] if found else self._refuse("a key")

    def comma(self) -> None:
        if self._match(_COMMA) is None or self.ended():
            self._refuse("a comma and a member")

    def member(self) -> Member:
        return self._inner_list() if self.takes("(") else self._item()

    def parameters(self) -> Parameters:
        parameters: Parameters = {}
        while self.takes(";"):
            self._match(_SPACES)
            key = self.key()
            if key in parameters:
                raise SignatureRefused(Why.DUPLICATED, f"{self._what} has the parameter {key} more than once")
            parameters[key] = self._bare_item() if self.takes("=") else True
        return parameters

    def _item(self) -> Item:
        return Item(self._bare_item(), self.parameters())

    def _inner_list(self) -> InnerList:
        items: list[Item] = []
        self._match(_SPACES)
        while not self.takes(")"):
            items.append(self._item())
            spaced = self._match(_SPACES)
            if not (spaced and spaced[0]) and not self._text.startswith(")", self._at):
                self._refuse("a space or the list's end")
        return InnerList(tuple(items), self.parameters())

    def _bare_item(self) -> Bare:
        if found := self._match(_STRING):
            return re.sub(r"\\(.)", r"\1", found[1]) if "\\" in found[1] else found[1]
        if found := self._match(_BYTES):
            return self._bytes(found[1])
        if found := self._match(_DECIMAL):
            return Decimal(found[0])
        if found := self._match(_INTEGER):
            return int(found[0])
        if found := self._match(_BOOLEAN):
            return found[1] == "1"
        if found := self._match(_TOKEN):
            return Token(found[0])
        return self._refuse("a value")

    def _bytes(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            return self._refuse("base64")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _refuse(self, expected: str) -> NoReturn:
        raise SignatureRefused(Why.MALFORMED, f"{self._what}: {expected} is missing at character {self._at}")
