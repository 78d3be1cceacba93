"""Who is on the other end of an open connection, and whether that still holds.

A request is over before a token ends; a connection is not. It is asked about again and again what every request is asked
about, and at once after a revocation, before the next event is told.
"""

from collections.abc import Callable
from enum import Enum
from time import monotonic
from typing import Any

from api.http.caller import Callers
from api.http.messages import Request
from kernel.errors import FediflowError, Unavailable
from tenants.model import Principal, TenantSuspended
from tenants.signin.authenticator import Authenticator

LOOKED_AT_EVERY = 5.0  # seconds


class Ending(Enum):
    """Why we end a connection: a WebSocket close code, a word for programs, a sentence for people."""

    GOING_AWAY = (1001, "GOING_AWAY", "this server is being replaced: connect again")
    AWAY = (1013, "UNAVAILABLE", "tokens cannot be checked now: connect again in a moment")
    TOKEN_ENDED = (4403, "UNAUTHENTICATED", "the token has ended or was revoked: connect with a new one")
    RIGHTS_CHANGED = (4403, "UNAUTHENTICATED", "what you may do has changed: connect again")
    SUSPENDED = (4403, "TENANT_SUSPENDED", "this institution's service is switched off")
    STUCK = (1008, "LIMIT_EXCEEDED", "nothing of what was sent is being read")

    @property
    def close_code(self) -> int:
        """RFC 6455, section 7.4; from 4000 on those of graphql-transport-ws."""
        return self.value[0]

    @property
    def code(self) -> str:
        """`extensions.code`, or for a server that goes a word of its own."""
        return self.value[1]

    def as_error(self) -> dict[str, Any]:
        """As GraphQL says it."""
        return {"message": self.sentence, "extensions": {"code": self.code}}

    @property
    def sentence(self) -> str:
        """Short enough for a close frame (123 bytes)."""
        return self.value[2]


class Session:
    """One connection's caller. `end` is called at most once."""

    __slots__ = (
        "_end",
        "_is_over",
        "_looked_at",
        "_position",
        "_request",
        "_scheme",
        "address",
        "principal",
    )

    def __init__(
        self,
        principal: Principal | None,
        request: Request,
        scheme: str,
        address: str,
        position: int,
        end: Callable[[Ending], None],
    ) -> None:
        self.principal = principal
        self._request = request
        self._scheme = scheme
        self.address = address
        self._position = position  # of the revocations, as they were when we asked
        self._looked_at = monotonic()
        self._end = end
        self._is_over = False

    @property
    def caller(self) -> tuple[int, object]:
        """Whose connections are counted together: a person's, or of nobody those of an address; by tenant."""
        if self.principal is None:
            return 0, self.address
        return self.principal.tenant.id, self.principal.user_id or self.address

    def is_doubtful(self, authenticator: Authenticator) -> bool:
        """Whether a revocation may have ended it since it was last looked at."""
        position = authenticator.position
        if position == self._position or self.principal is None:
            return False
        if authenticator.may_be_revoked(self.principal, self._position):
            return True
        self._position = position
        return False

    def is_due(self) -> bool:
        """Whether it was not looked at for long."""
        return monotonic() - self._looked_at >= LOOKED_AT_EVERY

    async def look(self, callers: Callers, authenticator: Authenticator) -> None:
        """Asks again who this is; ends the connection where it is nobody, or somebody else, any more."""
        self._looked_at = monotonic()
        position = authenticator.position
        try:
            now, _ = await callers.principal(self._request, self._scheme)
        except TenantSuspended:
            self.end(Ending.SUSPENDED)
        except Unavailable:
            self.end(Ending.AWAY)
        except FediflowError:
            self.end(Ending.TOKEN_ENDED)
        else:
            self._position = position
            if _who(now) != _who(self.principal):
                self.end(Ending.RIGHTS_CHANGED)

    def end(self, ending: Ending) -> None:
        """Ends the connection, unless it is ending."""
        if not self._is_over:
            self._is_over = True
            self._end(ending)


def _who(principal: Principal | None) -> object:
    return principal and (principal.tenant.id, principal.user_id, principal.access)
