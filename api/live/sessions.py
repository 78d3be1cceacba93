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
from kernel.errors import ErrorCode, FediflowError, Unavailable
from tenants.model import Principal, TenantSuspended
from tenants.signin.authenticator import Authenticator
from tenants.signin.limits import subscriber

LOOKED_AT_EVERY = 5.0  # seconds


class Ending(Enum):
    """Why we end a connection: a WebSocket close code, a word for programs, a sentence for people."""

    GOING_AWAY = (1001, "GOING_AWAY", "this server is being replaced: connect again")
    MOVED = (1012, "UNAVAILABLE", "this institution's data was moved: connect again")
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
    def is_passing(self) -> bool:
        """Whether the same connection may be made again at once: then nothing is told to be complete."""
        return self in (Ending.GOING_AWAY, Ending.MOVED)

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


class SessionOver(FediflowError):
    """The connection has ended, or is about to: nothing more is begun on it."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.sentence)
        known = ending.code in ErrorCode.__members__
        self.code = ErrorCode(ending.code) if known else ErrorCode.UNAVAILABLE


class Session:
    """One connection's caller. `end` is called at most once.

    It keeps the head of the request that began it, with its token, for as long as the connection lasts: whether a token
    still holds is asked by showing it.
    """

    __slots__ = (
        "_end",
        "_ending",
        "_looked_at",
        "_position",
        "_request",
        "_scheme",
        "address",
        "caller",
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
        self._ending: Ending | None = None
        # Whose connections are counted together: a person's, or of nobody those of one subscriber's addresses; by tenant.
        self.caller = _caller(principal, address)

    @property
    def is_over(self) -> bool:
        """Whether it was ended."""
        return self._ending is not None

    def require(self) -> None:
        """Raises `SessionOver` where it was ended."""
        if self._ending is not None:
            raise SessionOver(self._ending)

    def is_doubtful(self, authenticator: Authenticator) -> bool:
        """Whether a revocation may have ended it since it was last looked at."""
        position = authenticator.position
        if position == self._position or self.principal is None:
            return False
        if authenticator.may_be_revoked(self.principal, self._position):
            return True
        self._position = position
        return False

    @property
    def is_fixed(self) -> bool:
        """Whether its token cannot be read anew, so that a revocation which concerns it has ended it."""
        return self.principal is not None and self.principal.session_id is not None

    def is_due(self) -> bool:
        """Whether it was not looked at for long."""
        return self._ending is None and monotonic() - self._looked_at >= LOOKED_AT_EVERY

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
            if _has_moved(self.principal, now):
                self.end(Ending.MOVED)
            elif _who(now) != _who(self.principal):
                self.end(Ending.RIGHTS_CHANGED)

    def end(self, ending: Ending) -> None:
        """Ends the connection, unless it is ending."""
        if self._ending is None:
            self._ending = ending
            self._end(ending)


def _caller(principal: Principal | None, address: str) -> tuple[int, object]:
    if principal is None:
        return 0, subscriber(address)
    return principal.tenant.id, principal.user_id or subscriber(address)


def _has_moved(before: Principal | None, now: Principal | None) -> bool:
    if before is None or now is None or before.tenant.id != now.tenant.id:
        return False
    return before.tenant.shard != now.tenant.shard


def _who(principal: Principal | None) -> object:
    return principal and (principal.tenant.id, principal.user_id, principal.access)
