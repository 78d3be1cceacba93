"""A letter as bytes: plain text and HTML side by side, headers that nothing in them can break out of (RFC 5322)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kernel.errors import InvalidInput

_LONGEST_SUBJECT = 200
_NAME = re.compile(r"[A-Za-z-]{1,60}")
_VALUE = re.compile(r"[\x20-\x7e]{1,900}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]+")
_TO_TERMINALS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]")
# Quoted-printable or base64 as each part needs it: every server takes it, lines stay short.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one person. `message_id` is without its angle brackets; `language` is that of both texts."""

    message_id: str
    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str
    language: str
    written_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """With CRLF line ends, all of it ASCII."""
        message = EmailMessage(policy=_POLICY)
        message["From"] = self.sender
        message["To"] = self.recipient
        message["Subject"] = one_line(self.subject)[:_LONGEST_SUBJECT]
        message["Date"] = format_datetime(self.written_at)
        message["Message-ID"] = f"<{self.message_id}>"
        message.set_content(_TO_TERMINALS.sub("", self.text), cte="quoted-printable")
        message.add_alternative(_TO_TERMINALS.sub("", self.html), subtype="html", cte="quoted-printable")
        message["Content-Language"] = (
            self.language
        )  # of the whole: contents take such headers into their parts
        return _lines(self.headers) + message.as_bytes()


def _lines(headers: Mapping[str, str]) -> bytes:
    """Written as they are: folding would make encoded words of a long address, which is none then."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise InvalidInput(f"the header {name[:40]!r} is not one line of printable ASCII")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def one_line(text: str) -> str:
    """The text without anything that could end a line of a header."""
    return " ".join(_CONTROLS.sub(" ", text).split())
