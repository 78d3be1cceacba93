"""Mutations of reports, of what moderators decide, and of whom a person blocks and mutes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import strawberry

from api.schema.actors import Actor
from api.schema.inputs import OPTIONAL, ChangeInput, each, given_or, id_of, optional_id_of, row, text_of
from api.schema.moderation import ModerationAction, Report
from api.schema.mutation_fields import Changed, Repeatable, Run, mutation
from api.schema.posts import Post
from api.schema.social_calls import does, here
from api.services import Services
from federation.entities.actors import ACTOR
from federation.entities.moderation import REPORT
from federation.entities.posts import POST
from federation.moderation.actors import limit_actor, restore_actor, suspend_actor
from federation.moderation.blocking import block, unblock
from federation.moderation.history import Because
from federation.moderation.hosts import remove_rule, set_rule
from federation.moderation.muting import mute, mute_domain, unmute, unmute_domain
from federation.moderation.posts import release_post, remove_post
from federation.moderation.reports import NewReport, dismiss_report, file_report, resolve_report
from kernel.errors import below
from tenants.door import Transaction
from tenants.model import Scope


@strawberry.input(description="A report; of posts, those of this actor that the viewer sees.")
class ReportInput:
    actor_id: strawberry.ID
    post_ids: list[strawberry.ID] | None = OPTIONAL
    text: str | None = OPTIONAL
    forward: bool | None = strawberry.field(
        default=OPTIONAL,
        description="Tell the server of an actor from elsewhere, too; it is not told who reports.",
    )
    idempotency_key: str | None = OPTIONAL


@strawberry.input(description="`reportId`: the report that led to it.")
class ModerateActorInput:
    actor_id: strawberry.ID
    reason: str
    report_id: strawberry.ID | None = OPTIONAL


@strawberry.input(description="`reportId`: the report that led to it.")
class ModeratePostInput:
    id: strawberry.ID
    reason: str
    report_id: strawberry.ID | None = OPTIONAL


@strawberry.input(
    description="A domain stands for itself and all below it. `reportId`: the report that led to it."
)
class ModerateHostInput:
    domain: str
    reason: str
    report_id: strawberry.ID | None = OPTIONAL


@strawberry.input
class BlockHostInput(ModerateHostInput):
    dry_run: bool | None = strawberry.field(
        default=OPTIONAL, description="Change nothing, only say how many follows would end."
    )


@strawberry.input
class CloseReportInput(ChangeInput):
    reason: str


@strawberry.input
class PersonalActorInput:
    actor_id: strawberry.ID


@strawberry.input
class MuteInput:
    actor_id: strawberry.ID
    for_seconds: int | None = strawberry.field(
        default=OPTIONAL, description="At most a year; else until it is taken back."
    )


@strawberry.input(description="A domain stands for itself and all below it.")
class MuteDomainInput:
    domain: str


def _new_report(given: ReportInput) -> Mapping[str, Any]:
    with below("postIds"):
        post_ids = tuple(each(given_or(given.post_ids) or [], row(POST)))
    text = "" if given_or(given.text) is None else text_of(given, "text")
    return {
        "report": NewReport(id_of(given, ACTOR, "actor_id"), post_ids, text, bool(given_or(given.forward)))
    }


async def _file(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    return Changed(await file_report(tx, here=here(tx.tenant, services), **values))


def _because(given: Any) -> Because:
    return Because(text_of(given, "reason"), optional_id_of(given, REPORT, "report_id"))


def _decides_about_actor(operation: Callable[..., Awaitable[int]]) -> Run:
    async def run(tx: Transaction, given: ModerateActorInput, services: Services, address: str) -> Changed:
        actor_id = id_of(given, ACTOR, "actor_id")
        return Changed(await operation(tx, actor_id=actor_id, because=_because(given)))

    return run


async def _remove(tx: Transaction, given: ModeratePostInput, services: Services, address: str) -> Changed:
    at = here(tx.tenant, services)
    return Changed(await remove_post(tx, post_id=id_of(given, POST), because=_because(given), here=at))


async def _release(tx: Transaction, given: ModeratePostInput, services: Services, address: str) -> Changed:
    return Changed(await release_post(tx, post_id=id_of(given, POST), because=_because(given)))


def _closes(operation: Callable[..., Awaitable[int]]) -> Run:
    async def run(tx: Transaction, given: CloseReportInput, services: Services, address: str) -> Changed:
        closed = await operation(
            tx,
            report_id=id_of(given, REPORT),
            because=Because(text_of(given, "reason")),
            expected_version=given_or(given.expected_version),
        )
        return Changed(closed)

    return run


async def _limit_host(tx: Transaction, given: ModerateHostInput, services: Services, address: str) -> Changed:
    ruled = await set_rule(tx, domain=text_of(given, "domain"), action="limit", because=_because(given))
    return Changed(ruled.action_id)


async def _block_host(tx: Transaction, given: BlockHostInput, services: Services, address: str) -> Changed:
    ruled = await set_rule(
        tx,
        domain=text_of(given, "domain"),
        action="block",
        because=_because(given),
        dry_run=bool(given_or(given.dry_run)),
    )
    return Changed(ruled.action_id, {"followers_ended": ruled.followers, "following_ended": ruled.following})


async def _restore_host(
    tx: Transaction, given: ModerateHostInput, services: Services, address: str
) -> Changed:
    return Changed(await remove_rule(tx, domain=text_of(given, "domain"), because=_because(given)))


async def _mute(tx: Transaction, given: MuteInput, services: Services, address: str) -> Changed:
    actor_id = id_of(given, ACTOR, "actor_id")
    return Changed(await mute(tx, actor_id=actor_id, seconds=given_or(given.for_seconds)))


async def _unmute(tx: Transaction, given: PersonalActorInput, services: Services, address: str) -> Changed:
    return Changed(await unmute(tx, actor_id=id_of(given, ACTOR, "actor_id")))


def _about_domain(operation: Callable[..., Awaitable[str]]) -> Run:
    async def run(tx: Transaction, given: MuteDomainInput, services: Services, address: str) -> Changed:
        return Changed(None, {"domain": await operation(tx, domain=text_of(given, "domain"))})

    return run


def _moderating(name: str, run: Run, input_: Any, objects: Any, description: str, **more: Any) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects=objects,
        scope=Scope.MODERATION_WRITE,
        description=description,
        **more,
    )


def _about_actor(name: str, operation: Any, description: str) -> Any:
    return _moderating(
        name, _decides_about_actor(operation), ModerateActorInput, {"actor": Actor}, description
    )


def _closing(name: str, operation: Any, description: str) -> Any:
    return _moderating(name, _closes(operation), CloseReportInput, {"report": Report}, description)


def _personal(name: str, run: Run, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"actor": Actor},
        scope=Scope.FOLLOWS_WRITE,
        description=description,
    )


def _muting_domain(name: str, operation: Any, description: str) -> Any:
    return mutation(
        name,
        _about_domain(operation),
        input=MuteDomainInput,
        objects={},
        extras={"domain": (str, "As it is stored.")},
        scope=Scope.FOLLOWS_WRITE,
        description=description,
    )


_ACTION = {"moderation_action": ModerationAction}


@strawberry.type
class ModerationMutations:
    report = mutation(
        "report",
        Repeatable(_new_report, _file),
        input=ReportInput,
        objects={"report": Report},
        scope=Scope.POSTS_WRITE,
        description="Reports an actor to the institution's moderators. Who is not on the social web gets no `report` to see.",
    )
    resolve_report = _closing("resolveReport", resolve_report, "Closes a report: something was done.")
    dismiss_report = _closing("dismissReport", dismiss_report, "Closes a report: nothing is to be done.")
    limit_actor = _about_actor("limitActor", limit_actor, "Shows an actor to its followers alone.")
    suspend_actor = _about_actor(
        "suspendActor",
        suspend_actor,
        "Shows nothing of an actor, takes nothing from it and sends it nothing. A person of here stays signed in.",
    )
    restore_actor = _about_actor("restoreActor", restore_actor, "Takes a limit or a suspension back.")
    remove_post = _moderating(
        "removePost",
        _remove,
        ModeratePostInput,
        {"post": Post},
        "Deletes a post for good, which cannot be taken back; of one of here other servers are told.",
    )
    release_post = _moderating(
        "releasePost", _release, ModeratePostInput, {"post": Post}, "Publishes a post that was held back."
    )
    limit_host = _moderating(
        "limitHost",
        _limit_host,
        ModerateHostInput,
        _ACTION,
        "Holds posts of servers back, unless somebody of here follows their author.",
    )
    block_host = _moderating(
        "blockHost",
        _block_host,
        BlockHostInput,
        _ACTION,
        "Takes nothing from servers and sends them nothing; follows from and to them end.",
        extras={
            "followers_ended": (int, "How many of theirs followed actors of here."),
            "following_ended": (int, "How many of here followed actors of theirs."),
        },
    )
    restore_host = _moderating(
        "restoreHost",
        _restore_host,
        ModerateHostInput,
        _ACTION,
        "Takes the rule for this very domain back; follows that ended do not come back.",
    )
    block = _personal(
        "block",
        does(block, "actor_id", ACTOR, "actor_id"),
        PersonalActorInput,
        "Neither sees the other any more, and follows between them end. The actor's server is told.",
    )
    unblock = _personal(
        "unblock", does(unblock, "actor_id", ACTOR, "actor_id"), PersonalActorInput, "Takes a block back."
    )
    mute = _personal(
        "mute", _mute, MuteInput, "Leaves an actor out of the viewer's timelines and notifications."
    )
    unmute = _personal("unmute", _unmute, PersonalActorInput, "Takes a mute back.")
    mute_domain = _muting_domain("muteDomain", mute_domain, "Mutes all actors of a domain.")
    unmute_domain = _muting_domain("unmuteDomain", unmute_domain, "Takes that back.")
