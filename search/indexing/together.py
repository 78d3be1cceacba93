"""Several things at one time, of which the first that fails ends the others and is raised as it is."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


async def gathered(works: Iterable[Coroutine[None, None, _T]]) -> Sequence[_T]:
    """What they return, in their order."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as trouble:
        raise trouble.exceptions[0] from trouble
    return [task.result() for task in tasks]
