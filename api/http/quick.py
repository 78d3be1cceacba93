"""The short way of a query: from one head and one body straight to the database, without a task of its own.

What a request's head says is the same for every request with the same bytes, so it is read once (`heard`). Whatever is
not known already (a token, a document, a plan, the meaning of a rare header) or goes wrong is left to the ordinary way,
which says it: the short way answers only what it is sure of, by the same functions.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from structlog.contextvars import bound_contextvars

from api.executor import Executor
from api.http.caller import Callers, Said
from api.http.compression import GZIPPED, LEAST, MOST_IN_PLACE, compressed, compressed_aside, takes_gzip
from api.http.encrypted import HSTS
from api.http.graphql import ALWAYS
from api.http.messages import Headers, Request
from api.http.negotiation import media_type
from api.http.parameters import GraphQLRequest, check_content_type, posted
from api.http.statuses import content_type_for, status_for
from api.live.event_stream import takes_events
from api.plan.carrier import Started
from kernel.errors import FediflowError
from kernel.settings import HttpStatuses
from tenants.model import Principal

# What changes how a request is read or an answer is sent: the ordinary way knows what it means.
_RARE = ("origin", "expect", "upgrade", "transfer-encoding", "content-encoding")
_KEPT = (None, "keep-alive")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a head says, as far as it does not depend on the moment."""

    said: Said
    media: str
    takes_gzip: bool
    # The answer's headers where all goes well, but for the request id and the length; plain and compressed.
    headers: bytes
    gzipped: bytes


class Reply(NamedTuple):
    """An answer to be written: status, headers as they are sent (but for date and length), body."""

    status: int
    headers: bytes
    body: bytes


Done = Callable[[Reply], None]

_log = structlog.get_logger("api.http")


class QuickAnswers:
    """Begins queries whose plans are known."""

    def __init__(
        self,
        executor: Executor,
        callers: Callers,
        *,
        path: str,
        statuses: HttpStatuses = HttpStatuses.STABLE,
        only_https: bool = False,
    ) -> None:
        self._executor = executor
        self._callers = callers
        self._path = path
        self._statuses = statuses
        self._only_https = only_https
        self._always: Headers = (*ALWAYS, *HSTS) if only_https else ALWAYS
        self._ids = (os.urandom(8).hex().encode(), itertools.count(1))
        self._reported: set[type[Exception]] = set()
        self._compressing: set[asyncio.Task[bytes]] = set()

    def heard(self, request: Request, scheme: str) -> Heard | None:
        """What the head of a request says; None where only the ordinary way may answer it."""
        if request.method != "POST" or request.path != self._path:
            return None
        if any(request.header(name) is not None for name in _RARE):
            return None
        if request.header("connection") not in _KEPT or takes_events(request.header("accept")):
            return None
        try:
            check_content_type(request.header("content-type"))
            media = media_type(request.header("accept"))
            said = self._callers.said(request, scheme)
        except FediflowError:
            return None
        if self._only_https and said.origin.scheme != "https":
            return None
        gzip = takes_gzip(request.header("accept-encoding") or "identity")
        own = ((b"content-type", content_type_for(media, 200, self._statuses)), *self._always)
        return Heard(said, media, gzip, _lines(own), _lines((*own, *GZIPPED)))

    def begin(self, heard: Heard, body: bytes, done: Done) -> Started | None:
        """Begins to answer; None, and nothing is done, where the ordinary way must."""
        started = time.perf_counter()
        try:
            principal = self._callers.known(heard.said)
            if principal is None:
                return None
            asked = posted(body)
            if not isinstance(asked, GraphQLRequest):
                return None

            def answered(outcome: bytes | BaseException) -> None:
                if isinstance(outcome, bytes):
                    self._executor.counted(started)
                    self._reply(heard, outcome, done)
                else:
                    done(self._failed(heard, principal, outcome, started))

            return self._executor.begin(asked, principal, heard.said.origin.address, answered)
        except FediflowError:
            return None  # the ordinary way meets it, too, and says it
        except Exception as error:
            self._report(error)
            return None

    def _report(self, error: Exception) -> None:
        """A defect of this way alone would only show as slowness: it is told, once for each kind."""
        if type(error) not in self._reported:
            self._reported.add(type(error))
            _log.error("the short way failed", exc_info=error)

    def _reply(self, heard: Heard, body: bytes, done: Done) -> None:
        if not heard.takes_gzip or len(body) < LEAST:
            done(Reply(200, b"%b%b" % (heard.headers, self._id_line()), body))
        elif len(body) <= MOST_IN_PLACE:
            done(Reply(200, b"%b%b" % (heard.gzipped, self._id_line()), compressed(body)))
        else:
            headers = b"%b%b" % (heard.gzipped, self._id_line())
            task = asyncio.get_running_loop().create_task(compressed_aside(body))
            self._compressing.add(task)
            task.add_done_callback(self._compressing.discard)
            task.add_done_callback(lambda made: done(Reply(200, headers, made.result())))

    def _failed(self, heard: Heard, principal: Principal, error: BaseException, started: float) -> Reply:
        line = self._id_line()
        request_id = line[len(_ID) : -len(_NEWLINE)].decode()
        with bound_contextvars(request_id=request_id, tenant=principal.tenant.slug):
            answer = self._executor.failed(error, request_id, started)
        status = status_for(heard.media, answer.codes, has_data=False, statuses=self._statuses)
        media = content_type_for(heard.media, status, self._statuses)
        return Reply(status, _lines(((b"content-type", media), *self._always)) + line, answer.body)

    def _id_line(self) -> bytes:
        own, count = self._ids
        return b"%b%b%016x%b" % (_ID, own, next(count), _NEWLINE)


def _lines(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


_ID, _NEWLINE = b"x-request-id: ", b"\r\n"
