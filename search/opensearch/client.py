"""Requests to OpenSearch, each within a deadline; whatever goes wrong is a `SearchUnavailable`."""

import asyncio
import io
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from opensearchpy import AIOHttpConnection, AsyncOpenSearch, JSONSerializer
from opensearchpy.exceptions import (
    ConnectionError,
    ConnectionTimeout,
    OpenSearchException,
    SerializationError,
    TransportError,
)

from kernel.errors import InvalidInput
from search.engine import NoIndex, SearchUnavailable
from search.opensearch.analysis import Json

_CONNECTIONS = 50
_PIECE = 512 * 1024
_TRIES = 4
_FIRST_PAUSE_SECONDS = 0.1
# Too many requests, and what a proxy or a node says that has lost the others.
_AGAIN = frozenset({429, 502, 503, 504})
_FULL = "cluster_block_exception"
# What a search meets in an index that is dropped at that moment: by now another one has its name.
_DROPPED = frozenset({"already_closed_exception", "index_shard_closed_exception"})


class Declined(SearchUnavailable):
    """The server understood and says no, and will say so again. `kind` is what it calls that; `why` may quote texts."""

    def __init__(self, where: str, status: int, kind: str, why: str) -> None:
        super().__init__(
            f"search does not answer: OpenSearch at {where} declines ({kind})", engine="opensearch"
        )
        self.status = status
        self.kind = kind
        self.why = why


class Client:
    """One per process. Nothing is connected before the first request."""

    def __init__(self, url: str, *, timeout: float, write_timeout: float, ca_file: str | None = None) -> None:
        """`timeout` and `write_timeout` are seconds that a request may take with all its tries."""
        self.timeout = timeout
        self.write_timeout = write_timeout
        self._where = urlsplit(url).hostname or "the server"
        self._client = AsyncOpenSearch(
            hosts=[_host(url)],
            connection_class=_Connection,
            serializer=_Serializer(),
            maxsize=_CONNECTIONS,
            max_retries=0,
            ssl_context=ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else None,
        )

    async def ask(
        self, method: str, path: str, body: object = None, *, timeout: float | None = None, **params: Any
    ) -> Json:
        """The server's answer. Asks again where that may help and the deadline allows it.

        Whatever is asked may be done twice. Raises `SearchUnavailable`, or `Declined` where it is the request.
        """
        seconds = timeout or self.timeout
        failure: Exception | None = None
        try:
            async with asyncio.timeout(seconds):
                for attempt in range(_TRIES):
                    if attempt:
                        await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
                    try:
                        return await self._once(method, path, body, params, seconds)
                    except TransportError as error:
                        if not _is_passing(error):
                            raise
                        failure = error
        except TimeoutError as error:
            raise self.unavailable(_why(failure) or f"no answer within {seconds:g} s") from error
        except TransportError as error:
            raise self._said_no(error) from error
        except (OpenSearchException, ValueError) as error:
            raise self.unavailable("what it answers is not OpenSearch's") from error
        raise self.unavailable(_why(failure)) from failure

    def unavailable(self, why: str) -> SearchUnavailable:
        """The error that says which server does not answer, and why."""
        return SearchUnavailable(self._saying(why), engine="opensearch")

    def no_index(self) -> NoIndex:
        """The error that says there is nothing to ask or to write to yet."""
        why = "it has no index yet: a worker makes it, or `fediflow search reindex`"
        return NoIndex(self._saying(why), engine="opensearch")

    def _saying(self, why: str) -> str:
        return f"search does not answer: OpenSearch at {self._where}: {why}"

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _once(
        self, method: str, path: str, body: object, params: Mapping[str, Any], seconds: float
    ) -> Json:
        answer = await self._client.transport.perform_request(
            method, path, params={**params, "request_timeout": seconds}, body=body
        )
        return answer if isinstance(answer, dict) else {"answer": answer}

    def _said_no(self, error: TransportError) -> Exception:
        if isinstance(error, ConnectionError):
            return self.unavailable(_why(error))
        status, kind, why = _reason(error)
        if kind == _FULL:
            return self.unavailable(
                "it takes nothing more (its disk is full, or an operator blocked writing)"
            )
        if kind == "index_not_found_exception":
            return self.no_index()
        if status in (401, 403):
            return self.unavailable("it does not let us in: check user and password in its address")
        if status >= 500:
            return self.unavailable(f"it answered {status} ({kind})")
        return Declined(self._where, status, kind, why)


def _is_passing(error: TransportError) -> bool:
    if isinstance(error, ConnectionTimeout):
        return False  # the deadline is over
    if isinstance(error, ConnectionError):
        return True
    if error.status_code in _AGAIN:
        return _reason(error)[1] != _FULL
    return not _DROPPED.isdisjoint(_kinds(error.info))


def _kinds(info: object) -> Iterator[str]:
    """What an error and its causes are called."""
    match info:
        case {"type": str(kind), **more}:
            yield kind
            yield from _kinds(more)
        case dict():
            for inner in info.values():
                yield from _kinds(inner)
        case list():
            for inner in info:
                yield from _kinds(inner)


def _why(error: Exception | None) -> str:
    """In words, without what was asked: that may hold what people searched for."""
    if isinstance(error, ConnectionTimeout):
        return "no answer in time"
    if isinstance(error, ConnectionError):
        cause = error.info
        return f"it cannot be reached ({type(cause).__name__})"
    if isinstance(error, TransportError):
        return "it has too much to do" if error.status_code == 429 else f"it answered {error.status_code}"
    return ""


def _reason(error: TransportError) -> tuple[int, str, str]:
    status = error.status_code if isinstance(error.status_code, int) else 0
    info = error.info if isinstance(error.info, dict) else {}
    cause = info.get("error")
    if not isinstance(cause, dict):
        return status, str(error.error)[:80], ""
    return status, str(cause.get("type")), str(cause.get("reason"))


def _host(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("the address of OpenSearch begins with http:// or https:// and names a host")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return {
        "host": parts.hostname,
        "port": parts.port or (443 if parts.scheme == "https" else 9200),
        "use_ssl": parts.scheme == "https",
        "url_prefix": parts.path,
        "http_auth": login,
    }


class _Connection(AIOHttpConnection):
    """Says nothing to the log: requests hold what people write and search for."""

    async def perform_request(self, *args: Any, **given: Any) -> Any:
        """The server's answer; a large body is sent in pieces, between which others have their turn."""
        given["body"] = args[3] if len(args) > 3 else given.get("body")
        if given["body"] and len(given["body"]) > _PIECE:
            given["body"] = io.BytesIO(given["body"])
        return await super().perform_request(*args[:3], **given)

    def log_request_success(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    def log_request_fail(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    def _raise_warnings(self, warning_headers: Any) -> None:
        """Nothing: they are for who made the index, and come with every answer."""


class _Serializer(JSONSerializer):
    """JSON by orjson."""

    def dumps(self, data: Any) -> Any:
        """The bytes to send. What somebody typed that is not Unicode has U+FFFD in its place."""
        if isinstance(data, bytes | str):
            return data
        try:
            return orjson.dumps(data)
        except TypeError:
            return orjson.dumps(_of_unicode(data))

    def loads(self, s: Any) -> Any:
        """What the server said."""
        try:
            return orjson.loads(s)
        except orjson.JSONDecodeError as error:
            raise SerializationError(s[:0], error) from error


def _of_unicode(data: Any) -> Any:
    match data:
        case str():
            return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_of_unicode(key): _of_unicode(value) for key, value in data.items()}
        case list() | tuple():
            return [_of_unicode(value) for value in data]
        case _:
            return data
