"""Getting one ActivityPub document of another server, and being sure that it is the one that was asked for.

It is asked for without a signature first, and with one of ours where the server answers 401 or 403 (cavage, then RFC 9421).
"""

from collections import Counter
from collections.abc import Callable
from urllib.parse import urldefrag

from federation.protocol.origins import host_of, same_origin
from federation.protocol.reading import Document, Unreadable, read_document
from federation.protocol.vocabulary import ACTIVITY_JSON, LD_JSON
from federation.remote.away import HostsAway
from federation.remote.failures import FetchFailure, NotFetched
from federation.remote.own import OwnDocuments
from federation.remote.signing import SignerSource, signed_get
from federation.signatures.claims import Kind
from kernel.clock import Clock, system_clock
from kernel.http import (
    CertificateRefused,
    ConnectTimeout,
    HttpClient,
    HttpError,
    HttpResponse,
    HttpRules,
    HttpTimeout,
    HttpUnavailable,
    ResponseTooLarge,
    parse_url,
)

ACCEPT = f"{ACTIVITY_JSON}, {LD_JSON}"
MOST_BYTES = 1_000_000
MOST_PENDING = 16
"""Documents of one host that are waited for at one time: whoever wants more comes again soon."""

SECONDS = 8.0

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class Documents:
    """Gets documents; one per process. Raises only `NotFetched`."""

    def __init__(
        self,
        http: HttpClient,
        rules: HttpRules,
        own: OwnDocuments,
        *,
        clock: Clock = system_clock,
        away: HostsAway | None = None,
        allow_http: bool | None = None,
    ) -> None:
        self._http = http
        self._rules = rules
        self._own = own
        self._clock = clock
        self._away = away or HostsAway()
        # Actors and objects may be named by http: where loopback is spoken to so, or where we ourselves are reached so.
        self.allow_http = rules.allow_loopback_http if allow_http is None else allow_http
        self._pending: Counter[str] = Counter()
        self._is_blocked: Callable[[str], bool] = lambda host: False
        self.fetches = 0  # requests sent

    def leave_alone(self, is_blocked: Callable[[str], bool]) -> None:
        """Nothing is asked any more of hosts that the platform has nothing to do with."""
        self._is_blocked = is_blocked

    async def get(
        self, address: str, signer: SignerSource | None, *, most_bytes: int = MOST_BYTES
    ) -> Document:
        """The document whose `id` is `address`, or which has that fragment in it.

        What names another id of the same origin (a page's address was asked for) is asked for once more under that id.
        """
        wanted = urldefrag(address).url
        if await self._own.is_ours(host_of(wanted)):
            return await self._ours(wanted)
        document = await self._read(wanted, signer, most_bytes)
        named = _id(document)
        if named in (wanted, address):
            return document
        if named is None or not same_origin(named, wanted):
            raise NotFetched(
                FetchFailure.WRONG_ID, f"{host_of(wanted)} answered with the document of another"
            )
        document = await self._read(urldefrag(named).url, signer, most_bytes)
        if _id(document) != named:
            raise NotFetched(
                FetchFailure.WRONG_ID, f"{host_of(wanted)} does not keep to one id of a document"
            )
        return document

    async def text(self, url: str, *, accept: str, most_bytes: int) -> bytes:
        """The body of a plain answer, for what is not ActivityPub: WebFinger, NodeInfo."""
        response = await self._ask(url, accept=accept, most_bytes=most_bytes, headers={})
        if response.status != 200:
            raise _failed(response)
        return response.body

    async def _ours(self, address: str) -> Document:
        document = await self._own.document(address)
        if document is None:
            raise NotFetched(FetchFailure.GONE, "there is no such public document at this institution")
        return document

    async def _read(self, url: str, signer: SignerSource | None, most_bytes: int) -> Document:
        response = await self._ask(url, accept=ACCEPT, most_bytes=most_bytes, headers={})
        if response.status in (401, 403) and signer is not None:
            response = await self._signed(url, signer, most_bytes)
        if response.status != 200:
            raise _failed(response)
        if not _is_activity_json(response.headers.get("content-type", "")):
            raise NotFetched(
                FetchFailure.WRONG_TYPE, f"{response.target.host} answered with another type of document"
            )
        try:
            return read_document(response.body, most_bytes=most_bytes)
        except Unreadable as error:
            raise NotFetched(FetchFailure.UNREADABLE, f"{response.target.host}: {error.message}") from error

    async def _signed(self, url: str, source: SignerSource, most_bytes: int) -> HttpResponse:
        signer, target = await source(), parse_url(url, self._rules)
        for kind in (Kind.CAVAGE, Kind.RFC9421):
            headers = dict(signed_get(target, signer, kind, self._clock()))
            response = await self._ask(url, accept=ACCEPT, most_bytes=most_bytes, headers=headers)
            if response.status not in (401, 403):
                break
        return response

    async def _ask(self, url: str, *, accept: str, most_bytes: int, headers: dict[str, str]) -> HttpResponse:
        host = host_of(url)
        if self._is_blocked(host):
            raise NotFetched(FetchFailure.REFUSED, f"this platform has nothing to do with {host}")
        if self._away.is_away(host, url):
            raise NotFetched(FetchFailure.AWAY, f"{host} did not answer lately")
        if self._pending[host] >= MOST_PENDING:
            raise NotFetched(FetchFailure.BUSY, f"{host} has enough to answer us")
        self.fetches += 1
        self._pending[host] += 1
        try:
            response = await self._http.get(
                url, accept=accept, max_bytes=most_bytes, deadline=SECONDS, headers=headers
            )
        except (ConnectTimeout, HttpUnavailable, CertificateRefused) as error:
            self._away.failed(host)
            raise NotFetched(FetchFailure.AWAY, error.message) from error
        except HttpTimeout as error:
            self._away.was_slow(host, url)
            raise NotFetched(FetchFailure.AWAY, error.message) from error
        except ResponseTooLarge as error:
            raise NotFetched(FetchFailure.TOO_LARGE, error.message) from error
        except HttpError as error:
            raise NotFetched(FetchFailure.REFUSED, error.message) from error
        finally:
            self._pending[host] -= 1
            if not self._pending[host]:
                del self._pending[host]
        self._away.answered(host, url)
        return response


def scheme_of(host: str, documents: Documents) -> str:
    """The scheme of a host of which only the name is known: only the demo's and the tests' servers speak http."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    is_loopback = (
        name == "localhost" or name.endswith(".localhost") or name.startswith("127.") or name == "[::1]"
    )
    return "http" if documents.allow_http and is_loopback else "https"


def _id(document: Document) -> str | None:
    named = document.get("id")
    return named if isinstance(named, str) else None


def _failed(response: HttpResponse) -> NotFetched:
    host, status = response.target.host, response.status
    if status in (404, 410):
        return NotFetched(FetchFailure.GONE, f"{host} has no such document ({status})")
    if status in (401, 403):
        return NotFetched(FetchFailure.FORBIDDEN, f"{host} does not show it to us ({status})")
    if status in _LATER:
        return NotFetched(FetchFailure.AWAY, f"{host} says to ask later ({status})")
    return NotFetched(FetchFailure.REFUSED, f"{host} answered with status {status}")


def _is_activity_json(content_type: str) -> bool:
    """Only these are what a server means as its own documents: a file that somebody uploaded comes as another type."""
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() == ACTIVITY_JSON:
        return True
    return kind.strip().lower() == "application/ld+json" and "www.w3.org/ns/activitystreams" in parameters
