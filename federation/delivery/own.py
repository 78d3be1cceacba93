"""Deliveries between institutions of this platform: a row in the receiver's inbox, never a request to ourselves."""

from datetime import timedelta

from federation.delivery.bodies import Body
from federation.delivery.model import Delivery
from federation.inbox.received import received_of
from federation.inbox.receiving import Intake
from federation.local import addresses_of
from federation.protocol.addresses import Collection
from federation.protocol.reading import Unreadable, read_activity
from kernel.errors import ErrorCode, FediflowError
from tenants.directory import Directory
from tenants.model import Tenant

WHILE_SUSPENDED = timedelta(hours=1)
"""As long as what was taken in before waits, too."""


class NotReadable(FediflowError):
    """What one institution would send to another is not an activity."""


class ComeLater(FediflowError):
    """An institution takes nothing in just now; what is for it waits for so long at least."""

    code = ErrorCode.UNAVAILABLE

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


class OwnPlatform:
    """The institutions that the directory knows, at their addresses under `public_url`."""

    def __init__(self, directory: Directory, intake: Intake, public_url: str) -> None:
        self._directory = directory
        self._intake = intake
        self._public_url = public_url

    async def keep(self, delivery: Delivery, body: Body) -> bool | None:
        """Takes a delivery in where its inbox is one of ours: whether there is such an inbox; None: it is not ours.

        Returns when it is durable; known ones are left alone. Raises `Unavailable` while the directory is away, `ComeLater`
        while the institution is suspended.
        """
        tenant = await self._directory.by_host(delivery.host)
        if tenant is None or not tenant.domains:
            return None
        here = addresses_of(tenant, self._public_url)
        if delivery.host != here.domain and delivery.host not in here.also:
            return None
        return await self._keep(tenant, delivery, body)

    async def _keep(self, tenant: Tenant, delivery: Delivery, body: Body) -> bool:
        named = addresses_of(tenant, self._public_url).of(delivery.inbox)
        if tenant.is_suspended:
            raise ComeLater("the institution is suspended", WHILE_SUSPENDED)
        if named is None:
            return False
        if named.kind != "inbox" and named.part != Collection.INBOX:
            return False
        try:
            activity = read_activity(body.document, allow_http=self._public_url.startswith("http:"))
        except Unreadable as error:
            raise NotReadable("the activity cannot be read by another institution here") from error
        await self._intake.keep(received_of(tenant.id, activity, body.document))
        return True
