"""What stands in people's home timelines: an entry per person and post, written in one statement for all of them.

An entry's id is its place: the post's id, or that of the announce that brought it. Only people of the institution have
timelines, and nothing is written for whoever blocked or muted its author, the announcer, or their server. Everything here
runs on a connection that is the tenant's.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg

from federation.timelines.statements import statements
from tenants.model import TenantId

KEPT = 800
"""So many of the newest entries a person keeps at least, and seldom many more."""
BACKFILLED = 40
"""So many of the newest things of somebody stand in the timeline of who begins to follow them."""

_CUT_ONE_IN = 50  # by lot at each entry: what cutting costs is spread over all of them
_SQL = statements("entries")


@dataclass(frozen=True, slots=True)
class Timelines:
    """The timelines of an institution, on a transaction of the worker that is set to it."""

    driver: "asyncpg.Connection[Any]"
    tenant_id: TenantId

    async def enter_post(self, post_id: int) -> None:
        """A new post into the timelines of its author and their followers; a direct or held back one into none.

        Who follows the author of an answer sees it where they also follow whom it answers.
        """
        about = await self._row("subject", post=post_id)
        if about is not None:
            await self._enter(
                entry=post_id,
                post=post_id,
                source=about["actor_id"],
                announcer=None,
                parent_author=about["parent_author_id"],
                avoided=[str(about["actor_id"])],
                avoided_hosts=[about["host"]],
            )

    async def enter_announce(self, announce_id: int) -> None:
        """A post into the timelines of those who follow who announced it, unless it stands there already."""
        by = await self._row("announced", announce=announce_id)
        about = await self._row("subject", post=by["post_id"]) if by is not None else None
        if by is not None and about is not None:
            await self._enter(
                entry=announce_id,
                post=by["post_id"],
                source=by["actor_id"],
                announcer=by["actor_id"],
                parent_author=0,
                avoided=[str(about["actor_id"]), str(by["actor_id"])],
                avoided_hosts=[about["host"], by["host"]],
            )

    async def enter_past(self, follower_id: int, followed_id: int) -> None:
        """The newest of what somebody wrote and announced into the timeline of who begins to follow them."""
        await self._run("enter_past", follower=follower_id, followed=followed_id, most=BACKFILLED)

    async def remove_post(self, post_id: int) -> None:
        """Takes a post out of all timelines."""
        await self._run("remove_post", post=post_id)

    async def remove_announce(self, post_id: int, announcer_id: int) -> None:
        """Takes a post out of the timelines where this announce had brought it."""
        await self._run("remove_announce", post=post_id, announcer=announcer_id)

    async def remove_followed(self, follower_id: int, followed_id: int) -> None:
        """Takes what somebody wrote or announced out of the timeline of who no longer follows them.

        What stands there also because of somebody else whom they follow stays.
        """
        await self._run("remove_followed", follower=follower_id, followed=followed_id)

    async def _enter(self, **values: Any) -> None:
        """The entries; and of those who got one, some timelines are cut."""
        to_cut = await self._run("enter", cut_one_in=_CUT_ONE_IN, **values)
        if to_cut:
            await self._run("cut", readers=[str(row["user_id"]) for row in to_cut], kept=KEPT)

    async def _row(self, name: str, **values: Any) -> Any:
        return await _SQL[name].row(self.driver, tenant=self.tenant_id, **values)

    async def _run(self, name: str, **values: Any) -> list[Any]:
        return await _SQL[name].rows(self.driver, tenant=self.tenant_id, **values)
