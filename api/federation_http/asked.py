"""A request of the social web's side: which institution it asks, by whom it comes, and in which form it is answered."""

from dataclasses import dataclass

from starlette.requests import Request

from api.federation_http.forms import Form
from api.http.caller import Origin
from federation.objects.posts import NOBODY
from federation.protocol.addresses import Addresses
from kernel.errors import ErrorCode, FediflowError
from tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who fetches: the id of the actor who signed where it is known here, else `NOBODY`."""

    actor_id: int = NOBODY
    is_signed: bool = False


class FetchRefused(FediflowError):
    """The fetch has to be signed, its signature does not hold, or its host is not dealt with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = ErrorCode.UNAUTHENTICATED if status == 401 else ErrorCode.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for something of an institution."""

    tenant: Tenant
    here: Addresses
    request: Request
    origin: Origin
    form: Form
    languages: tuple[str, ...]

    def number(self, name: str = "number") -> int:
        """An id of the path; 0, which nothing has, where it is none that can be."""
        text = str(self.request.path_params[name])
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63 else 0

    def cursor(self, first: int) -> int | None:
        """Where a page begins; None where the whole is asked for. What is no number is no cursor, so a first page."""
        query = self.request.query_params
        if "page" not in query:
            return None
        text = query.get("from", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else first
