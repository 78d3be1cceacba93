"""Handing letters to an SMTP server: each was taken, was refused, or nobody knows.

The last is a result of its own: between the end of a letter and the server's answer the connection can be lost, and then
only the server knows whether it took it. Whoever sends decides what that means.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from kernel.errors import FediflowError, Unavailable
from kernel.mail.letters import Letter
from kernel.mail.servers import SmtpServer

TIMEOUT_SECONDS = 30.0
"""For each step of the conversation."""


class MailServerAway(Unavailable):
    """The server cannot be spoken to: nothing was sent, a later attempt may succeed."""


class LetterRefused(FediflowError):
    """The server did not take this letter. `is_permanent`: it never will (RFC 5321, section 4.2.1)."""

    def __init__(self, step: str, code: int) -> None:
        super().__init__(f"the mail server answered {code} to {step}", status=code)
        self.is_permanent = 500 <= code < 600


class LetterUnconfirmed(FediflowError):
    """The letter was said to its end and the server's answer did not come: it may have been taken."""


class MailConnection:
    """A conversation with the server, for one letter after another."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    async def send(self, letter: Letter) -> None:
        """Returns once the server has taken the letter; raises `LetterRefused`, `LetterUnconfirmed`, `MailServerAway`."""
        sender, recipient = letter.sender.addr_spec, letter.recipient.addr_spec
        body = letter.as_bytes()
        try:
            await self._client.mail(sender, options=[f"SIZE={len(body)}"] if self._says("size") else None)
            await self._client.rcpt(recipient)
        except SMTPResponseException as error:
            await self._reset()
            raise LetterRefused("its envelope", error.code) from error
        except (SMTPException, OSError) as error:
            raise _away(error) from error
        try:
            await self._client.data(body)
        except SMTPServerDisconnected as error:
            raise LetterUnconfirmed(
                "the mail server went away before it said whether it took the letter"
            ) from error
        except SMTPResponseException as error:
            await self._reset()
            raise LetterRefused("the letter", error.code) from error
        except (SMTPException, OSError) as error:
            raise LetterUnconfirmed("the mail server did not say whether it took the letter") from error

    def _says(self, extension: str) -> bool:
        return self._client.supports_extension(extension)

    async def _reset(self) -> None:
        try:
            await self._client.rset()
        except (SMTPException, OSError):
            self._client.close()


@asynccontextmanager
async def connected(
    server: SmtpServer, tls: ssl.SSLContext | None, *, timeout: float = TIMEOUT_SECONDS
) -> AsyncIterator[MailConnection]:
    """A conversation, encrypted and signed in as the server's URL says; raises `MailServerAway`.

    `tls` None: nothing is encrypted, which only a server on this machine is asked without.
    """
    assert tls is not None or server.may_be_plain
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.is_encrypted,
        start_tls=tls is not None and not server.is_encrypted,
        tls_context=tls,
        timeout=timeout,
    )
    try:
        await client.connect()
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        raise _away(error) from error
    try:
        yield MailConnection(client)
    finally:
        try:
            await client.quit(timeout=1.0)
        except (SMTPException, OSError):
            client.close()


def _away(error: BaseException) -> MailServerAway:
    """What the server wrote may name people: only its code is told."""
    if isinstance(error, SMTPAuthenticationError):
        return MailServerAway(f"the mail server does not take our user and password: {error.code}")
    if isinstance(error, SMTPResponseException):
        return MailServerAway(f"the mail server answered {error.code}", status=error.code)
    return MailServerAway(f"the mail server cannot be spoken to: {type(error).__name__}")
