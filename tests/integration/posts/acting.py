"""What tests have people do, in a line."""

from typing import Any

from federation.follows.operations import follow
from federation.posts.model import NewPost
from federation.posts.operations import delete_post, post, reply
from federation.reactions.operations import announce, like, unannounce, unlike
from tests.fediverse import Person, here


async def posts(someone: Person, text: str = "Hello", **given: Any) -> int:
    """Publishes a post."""
    async with someone.acting() as tx:
        return await post(tx, post=NewPost(text, **given), here=_here(someone))


async def answers(someone: Person, to: int, text: str = "Yes", **given: Any) -> int:
    """Answers a post."""
    async with someone.acting() as tx:
        return await reply(tx, to_id=to, post=NewPost(text, **given), here=_here(someone))


async def deletes(someone: Person, post_id: int) -> None:
    """Deletes a post."""
    async with someone.acting() as tx:
        await delete_post(tx, post_id=post_id, here=_here(someone))


async def likes(someone: Person, post_id: int) -> None:
    """Likes a post."""
    async with someone.acting() as tx:
        await like(tx, post_id=post_id, here=_here(someone))


async def unlikes(someone: Person, post_id: int) -> None:
    """Takes a like back."""
    async with someone.acting() as tx:
        await unlike(tx, post_id=post_id, here=_here(someone))


async def announces(someone: Person, post_id: int, **given: Any) -> None:
    """Announces a post."""
    async with someone.acting() as tx:
        await announce(tx, post_id=post_id, here=_here(someone), **given)


async def unannounces(someone: Person, post_id: int) -> None:
    """Takes an announce back."""
    async with someone.acting() as tx:
        await unannounce(tx, post_id=post_id, here=_here(someone))


async def follows(someone: Person, actor_id: int) -> int:
    """Follows an actor."""
    async with someone.acting() as tx:
        return await follow(tx, actor_id=actor_id, here=_here(someone))


def _here(someone: Person) -> Any:
    return here(someone.world, someone.principal.tenant.slug)
