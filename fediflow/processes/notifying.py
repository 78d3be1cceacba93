"""Notifications as a worker puts them together: who tells people, and who sends their letters."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.notifications.consumer import notifications_consumer
from federation.notifications.letters.sending import LetterSender, MailPace, MailWay
from federation.notifications.letters.taking import LetterBox
from fediflow.processes.services import key_encryption
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from kernel.mail.servers import smtp_server, tls_of
from kernel.outbox.complaints import Complaint
from kernel.outbox.consumers import TransactionalConsumer
from kernel.outbox.waiting import wait
from kernel.settings import Settings
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door

_PACE = MailPace()
CONNECTIONS = 1 + _PACE.conversations  # of each shard's pool
_IDLE_SECONDS = 2.0
_TROUBLE_SECONDS = 15.0

_log = structlog.get_logger(__name__)


class Notifying:
    """Tells people of the shards that a worker serves."""

    def __init__(self, directory: Directory, sender: LetterSender | None) -> None:
        self._directory = directory
        self._sender = sender

    @property
    def sends_mail(self) -> bool:
        """Whether there is a mail server, so that letters are written."""
        return self._sender is not None

    @property
    def consumer(self) -> TransactionalConsumer:
        """Who writes what people are told."""
        return notifications_consumer(self._directory.by_id, sends_mail=self.sends_mail)

    async def work(self, served: Mapping[str, AsyncEngine], over: asyncio.Event) -> None:
        """Sends the letters of these shards until `over`; those on their way are finished."""
        if self._sender is None:
            return
        async with asyncio.TaskGroup() as group:
            for shard, engine in served.items():
                group.create_task(self._send(self._sender, shard, engine, over))

    async def _send(self, sender: LetterSender, shard: str, engine: AsyncEngine, over: asyncio.Event) -> None:
        complaint = Complaint("sending letters", {"shard": shard})
        while not over.is_set():
            pause = _IDLE_SECONDS
            try:
                if await sender.send_due(engine, over):
                    pause = 0.0
                    complaint.settled()
            except (*DATABASE_TROUBLE, FediflowError, TimeoutError) as error:
                complaint.failed(error)
                pause = _TROUBLE_SECONDS
            if pause:
                await wait(over, pause)


def notifying(door: Door, directory: Directory, settings: Settings) -> Notifying:
    """What tells people; without a mail server in the settings it writes no letters."""
    if settings.smtp_url is None or settings.mail_from is None:
        _log.info("no letters are sent: FEDIFLOW_SMTP_URL is not set")
        return Notifying(directory, None)
    way = mail_way(settings.smtp_url.reveal(), settings.smtp_tls_root_cert)
    box = LetterBox(door, DataKeys(key_encryption(settings)), settings.public_url, settings.mail_from)
    return Notifying(directory, LetterSender(box, way, directory.by_id, pace=_PACE))


def mail_way(url: str, root_certificate: Path | None) -> MailWay:
    """How the server is spoken to: encrypted, but on this machine where nothing asks for it."""
    server = smtp_server(url)
    is_plain = server.may_be_plain and root_certificate is None
    return MailWay(server, None if is_plain else tls_of(root_certificate))
