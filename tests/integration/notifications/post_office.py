"""A real SMTP server on loopback that keeps what it takes, or does what a test says instead."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from kernel.mail.servers import SmtpServer

HOST = "127.0.0.1"
USER, PASSWORD = "fediflow", "pass:word@1"


@dataclass
class PostOffice:
    """What came, in order; `rcpt` and `data` may answer instead (None: taken)."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    rcpt: Callable[[str], str | None] = lambda address: None
    data: Callable[[SMTP, Envelope], str | None] = lambda server, envelope: None
    conversations: int = 0

    @property
    def server(self) -> SmtpServer:
        """How it is spoken to, in the clear."""
        return SmtpServer(HOST, self.port, is_encrypted=False)

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to an address."""
        return [letter for recipient, letter in self.taken if recipient == address]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.conversations += 1
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        answer = self.rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.data(server, envelope)
        if answer is None:
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.taken += [(recipient, letter) for recipient in envelope.rcpt_tos]
        return answer or "250 OK"


@asynccontextmanager
async def post_office(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[PostOffice]:
    """A server at a port of its own; with `tls` it insists on STARTTLS, user and password."""
    office = PostOffice()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        fits = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=fits, handled=False)

    def protocol() -> SMTP:
        if tls is None:
            return SMTP(office, enable_SMTPUTF8=False)
        return SMTP(
            office, tls_context=tls, require_starttls=True, auth_required=True, authenticator=authenticate
        )

    server = await asyncio.get_running_loop().create_server(protocol, HOST, 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()
