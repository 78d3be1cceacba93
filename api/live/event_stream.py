"""Server-Sent Events: how they are written, and the answer that goes on until somebody has had enough.

Sources: the HTML standard, "Server-sent events"; "GraphQL over Server-Sent Events Protocol" (the PROTOCOL document of the
npm package graphql-sse). Of our own are the ids of events and `extensions.eventId`. A sign of life is an id without data:
it moves what a browser sends as `Last-Event-ID` and wakes no listener.
"""

import asyncio
from collections.abc import Sequence

import orjson

from api.http.messages import Headers, Receive, Send
from api.live.outlet import Outlet

MEDIA = "text/event-stream"
_HEADERS: Headers = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that waits for the end waits for ever
    (b"x-content-type-options", b"nosniff"),
)


def takes_events(accept: str | None) -> bool:
    """Whether a request wants its answer as a stream of events."""
    if accept is None or MEDIA not in accept.lower():
        return False
    return any(one.partition(";")[0].strip().lower() == MEDIA for one in accept.split(","))


class OneOperation:
    """Framing of a stream that is the answer to one operation."""

    def result(self, name: str, payload: str, event_id: str | None) -> str:
        """An execution result; of an event with its id."""
        return f"{_id(event_id)}event: next\ndata: {payload}\n\n"

    def refusal(self, name: str, errors: str) -> str:
        """Errors come as a result, for a browser shows its page nothing of an HTTP error."""
        return f'event: next\ndata: {{"errors":{errors}}}\n\n{self.completion(name)}'

    def completion(self, name: str) -> str:
        """The operation ended well."""
        return "event: complete\ndata:\n\n"

    def pulse(self, event_id: str | None) -> str:
        """A sign of life."""
        return ":\n\n" if event_id is None else f"{_id(event_id)}\n"


class ManyOperations:
    """Framing of a stream of the single connection mode: every event says which operation it is of."""

    def result(self, name: str, payload: str, event_id: str | None) -> str:
        """An execution result; of an event with its id."""
        return f'{_id(event_id)}event: next\ndata: {{"id":{_quoted(name)},"payload":{payload}}}\n\n'

    def refusal(self, name: str, errors: str) -> str:
        """Errors come as a result."""
        return self.result(name, f'{{"errors":{errors}}}', None) + self.completion(name)

    def completion(self, name: str) -> str:
        """The operation ended well."""
        return f'event: complete\ndata: {{"id":{_quoted(name)}}}\n\n'

    def pulse(self, event_id: str | None) -> str:
        """A sign of life."""
        return ":\n\n" if event_id is None else f"{_id(event_id)}\n"


async def stream(
    outlet: Outlet, receive: Receive, send: Send, headers: Sequence[tuple[bytes, bytes]]
) -> None:
    """Answers with what comes out of the outlet, until it ends or the client is gone."""
    await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *headers]})
    outlet.put(":\n\n")  # some clients take an answer for begun with its first byte

    async def write(text: str) -> None:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def pour() -> None:
        await outlet.pour(write)
        await send({"type": "http.response.body", "body": b""})

    pouring = asyncio.create_task(pour())
    leaving = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait((pouring, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        pouring.cancel()
        leaving.cancel()
    error = pouring.exception() if pouring.done() and not pouring.cancelled() else None
    if error is not None and not isinstance(error, OSError):  # which says that the client is gone
        raise error


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _id(event_id: str | None) -> str:
    return f"id: {event_id}\n" if event_id is not None else ""


def _quoted(name: str) -> str:
    return orjson.dumps(name).decode()
