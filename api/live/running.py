"""What runs on one connection that has many operations, by the names that its client gives them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from api.http.parameters import GraphQLRequest
from api.live.operations import Live, Refused, errors_of
from api.live.outlet import Member, Outlet
from api.live.sessions import Session
from api.plan.documents import Operation


class Operations:
    """The operations of one connection, subscriptions and others.

    Each has a `Member` from its beginning to its end. A name may be taken again as soon as it is free, while a task of
    the operation that had it before still ends: whatever such a task does, it does to its own member.
    """

    __slots__ = ("_live", "_members", "_outlet", "_tasks")

    def __init__(self, live: Live, outlet: Outlet) -> None:
        self._live = live
        self._outlet = outlet
        self._members: dict[str, Member] = {}
        self._tasks: dict[Member, asyncio.Task[None]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __len__(self) -> int:
        return len(self._members)

    @property
    def members(self) -> tuple[Member, ...]:
        """All that are under way."""
        return tuple(self._members.values())

    def enter(self, name: str) -> Member:
        """Takes a free name for an operation that is about to begin."""
        assert name not in self._members
        member = self._members[name] = Member(name, self._outlet)
        return member

    async def run(
        self, member: Member, request: GraphQLRequest, operation: Operation, session: Session
    ) -> None:
        """Answers a query or mutation, or lets a subscription hear; after `Refused` it is to be freed."""
        if member.is_over:
            return
        if operation.kind == "subscription":
            await self._live.subscribe(request, operation, session, member)
            return
        await self._live.answer(request, session, self._outlet, member.name, session.address)
        self.free(member)

    def spawn(self, member: Member, work: Coroutine[Any, Any, None]) -> None:
        """Does the work of an operation in a task; what it raises is told to the client."""
        task = self._tasks[member] = asyncio.create_task(work)
        task.add_done_callback(lambda done: self._ran(member, done))

    def free(self, member: Member) -> None:
        """The operation is over; its name may be taken again."""
        member.end()
        if self._members.get(member.name) is member:
            del self._members[member.name]

    def forget(self, name: str) -> None:
        """Nobody wants any more of it; what it asked a database is not waited for."""
        member = self._members.get(name)
        if member is None:
            return
        self.free(member)
        task = self._tasks.get(member)
        if task is not None:
            task.cancel()

    def forget_all(self) -> None:
        """The connection ends."""
        for name in tuple(self._members):
            self.forget(name)

    def _ran(self, member: Member, done: "asyncio.Task[None]") -> None:
        del self._tasks[member]
        error = None if done.cancelled() else done.exception()
        if error is None:
            return
        is_own = self._members.get(member.name) is member
        self.free(member)
        if is_own:
            errors = error.errors if isinstance(error, Refused) else errors_of(error)
            self._outlet.refuse(member.name, errors)
