"""The ASGI applications of connections that stay open, put together."""

from graphql import GraphQLSchema

from api.executor import Executor
from api.http.caller import Callers
from api.http.cross_origin import CrossOrigin
from api.http.messages import Receive, Scope, Send
from api.live.event_stream import MEDIA
from api.live.graphql_transport_ws import WebSockets
from api.live.hub import Hub
from api.live.operations import Live
from api.live.single_stream import SingleStreams
from api.live.sse import EventStreams, StreamDoor
from api.schema.subscription_fields import Watched

_EVENTS = MEDIA.encode()


class LiveApp:
    """WebSockets and streams of events at the GraphQL endpoint, single streams below it."""

    def __init__(
        self, websockets: WebSockets, streams: EventStreams, single: SingleStreams, path: str
    ) -> None:
        self._websockets = websockets
        self._streams = streams
        self._single = single
        self._path = path
        self._single_path = f"{path}/stream"

    def wants(self, scope: Scope) -> bool:
        """Whether the request is for us."""
        if scope["type"] == "websocket":
            return True
        path = scope["path"]
        if path == self._path:
            return any(name == b"accept" and _EVENTS in value.lower() for name, value in scope["headers"])
        return bool(path == self._single_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
        elif scope["path"] == self._path:
            await self._streams(scope, receive, send)
        else:
            await self._single(scope, receive, send)


def live_app(
    hub: Hub, executor: Executor, callers: Callers, cross_origin: CrossOrigin, *, path: str
) -> LiveApp:
    """The application over a hub, which from then on tells of what the schema's subscriptions watch."""
    live = Live(executor, hub)
    hub.serve(callers, watched_events(executor.planner.schema))
    return LiveApp(
        WebSockets(live, callers, cross_origin, path=path),
        EventStreams(live, callers, cross_origin),
        SingleStreams(live, StreamDoor(live, callers, cross_origin)),
        path,
    )


def watched_events(schema: GraphQLSchema) -> list[str]:
    """The events of the outbox that anybody can subscribe to."""
    root = schema.subscription_type
    assert root is not None
    found: dict[str, None] = {}
    for name, field in root.fields.items():
        watched = field.extensions["strawberry-definition"].metadata["bind"]
        assert isinstance(watched, Watched), f"Subscription.{name} is bound to nothing"
        found |= dict.fromkeys(watched.events)
    return list(found)
