"""What each activity means, one function a kind. `HANDLERS` finds it."""

from collections.abc import Awaitable, Callable, Mapping

from federation.inbox.handlers.announces import announce
from federation.inbox.handlers.collections import add, remove
from federation.inbox.handlers.deletes import delete
from federation.inbox.handlers.follows import accept, follow, reject
from federation.inbox.handlers.likes import like
from federation.inbox.handlers.moderation import block, flag
from federation.inbox.handlers.moves import move
from federation.inbox.handlers.posts import create
from federation.inbox.handlers.undoing import undo
from federation.inbox.handlers.updates import update
from federation.inbox.handling import Handling
from federation.protocol.vocabulary import ActivityKind

Handler = Callable[[Handling], Awaitable[None]]

HANDLERS: Mapping[ActivityKind, Handler] = {
    ActivityKind.FOLLOW: follow,
    ActivityKind.ACCEPT: accept,
    ActivityKind.REJECT: reject,
    ActivityKind.UNDO: undo,
    ActivityKind.CREATE: create,
    ActivityKind.UPDATE: update,
    ActivityKind.DELETE: delete,
    ActivityKind.LIKE: like,
    ActivityKind.EMOJI_REACT: like,
    ActivityKind.ANNOUNCE: announce,
    ActivityKind.BLOCK: block,
    ActivityKind.FLAG: flag,
    ActivityKind.ADD: add,
    ActivityKind.REMOVE: remove,
    ActivityKind.MOVE: move,
}
