"""Reports: somebody says that an actor, or posts of theirs, break the rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, update

from federation.activities import INTERACTIVE, Recipients, act
from federation.actors.local import instance_actor
from federation.actors.queries import actor_by_id, actor_of_user
from federation.actors.rows import ActorRow
from federation.moderation.history import Because, Done, begin, note
from federation.posts.seeing import seen_post
from federation.protocol.addresses import Addresses
from federation.protocol.writing import flag
from federation.tables.moderation import report_posts, reports
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from kernel.visible_text import is_blank
from tenants.changing import locked
from tenants.door import Transaction
from tenants.model import NotFound

LONGEST_COMPLAINT = 5_000
MOST_POSTS = 50


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a member reports: an actor, posts of its, and why. `forward`: its server is told, but not by whom."""

    actor_id: int
    post_ids: Sequence[int] = ()
    text: str = ""
    forward: bool = False


class ReportClosed(FediflowError):
    """Somebody has decided about the report."""

    code = ErrorCode.CONFLICT


async def file_report(tx: Transaction, *, report: NewReport, here: Addresses) -> int:
    """Opens a case for the viewer, who need not be on the social web; gives its id.

    One that is forwarded goes out as a Flag of the institution itself.
    """
    target = await actor_by_id(tx, report.actor_id)
    if target is None:
        raise NotFound("there is no such actor", path=["input", "actorId"])
    if target.user_id is not None and target.user_id == tx.principal.user_id:
        raise InvalidInput("one does not report oneself", path=["input", "actorId"])
    if len(report.text) > LONGEST_COMPLAINT:
        raise InvalidInput(f"a text has at most {LONGEST_COMPLAINT} characters", path=["input", "text"])
    if report.text and is_blank(report.text):
        raise InvalidInput("there is nothing to see in the text: leave it out", path=["input", "text"])
    post_ids, addresses = await _posts_of(tx, target, report.post_ids)
    reporter = await actor_of_user(tx, tx.principal.viewer_id)
    sent = None
    if report.forward and not target.is_local:
        sent = await _forward(tx, target, [target.address, *addresses], report.text, here)
    return await _open(
        tx,
        reporter_id=reporter.id if reporter is not None and reporter.status != "gone" else None,
        target_id=target.id,
        post_ids=post_ids,
        complaint=report.text,
        activity_address=sent,
        is_forwarded=sent is not None,
        is_remote=False,
    )


async def file_remote_report(
    tx: Transaction,
    *,
    reporter_id: int | None,
    target_id: int,
    post_ids: Sequence[int],
    complaint: str,
    activity_address: str,
) -> int:
    """Opens a case for what came from another server as a Flag; its id."""
    return await _open(
        tx,
        reporter_id=reporter_id,
        target_id=target_id,
        post_ids=post_ids,
        complaint=complaint,
        activity_address=activity_address,
        is_forwarded=False,
        is_remote=True,
    )


async def resolve_report(
    tx: Transaction, *, report_id: int, because: Because, expected_version: int | None = None
) -> int:
    """Closes a case about which something was done; gives its id."""
    return await _close(tx, report_id, "resolved", "resolve_report", because, expected_version)


async def dismiss_report(
    tx: Transaction, *, report_id: int, because: Because, expected_version: int | None = None
) -> int:
    """Closes a case about which nothing is to be done; gives its id."""
    return await _close(tx, report_id, "dismissed", "dismiss_report", because, expected_version)


async def _posts_of(
    tx: Transaction, target: ActorRow, post_ids: Sequence[int]
) -> tuple[list[int], list[str]]:
    """The posts' ids and addresses; they are the target's, and the viewer sees them."""
    ids = list(dict.fromkeys(post_ids))
    if len(ids) > MOST_POSTS:
        raise InvalidInput(f"a report names at most {MOST_POSTS} posts", path=["input", "postIds"])
    addresses = []
    for post_id in ids:
        post = await seen_post(tx, post_id)
        if post["actor_id"] != target.id:
            raise InvalidInput("the posts are not all of this actor", path=["input", "postIds"])
        addresses.append(str(post["address"]))
    return ids, addresses


async def _forward(
    tx: Transaction, target: ActorRow, objects: Sequence[str], text: str, here: Addresses
) -> str:
    institution = await instance_actor(tx, here)
    acted = await act(
        tx,
        here=here,
        type="Flag",
        actor_id=institution.id,
        write=lambda id: flag(
            id=id, actor=institution.address, objects=objects, content=text, to=target.address
        ),
        visibility="direct",
        recipients=Recipients(actors=(target.id,), delivery_class=INTERACTIVE),
        object_address=target.address,
        object_type="Actor",
    )
    return acted.address


async def _open(
    tx: Transaction,
    *,
    reporter_id: int | None,
    target_id: int,
    post_ids: Sequence[int],
    complaint: str,
    activity_address: str | None,
    is_forwarded: bool,
    is_remote: bool,
) -> int:
    report_id = tx.new_id()
    await tx.connection.execute(
        insert(reports).values(
            tenant_id=tx.tenant_id,
            id=report_id,
            reporter_id=reporter_id,
            target_id=target_id,
            complaint=complaint[:LONGEST_COMPLAINT],
            is_forwarded=is_forwarded,
            is_remote=is_remote,
            activity_address=activity_address,
            state="open",
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    named = [
        {"tenant_id": tx.tenant_id, "report_id": report_id, "post_id": one} for one in dict.fromkeys(post_ids)
    ]
    if named:
        await tx.connection.execute(insert(report_posts).values(named))
    await tx.announce("report.filed", "report", report_id)
    return report_id


async def _close(
    tx: Transaction,
    report_id: int,
    state: str,
    action: str,
    because: Because,
    expected_version: int | None,
) -> int:
    await begin(tx, because)
    row = await locked(tx, reports, report_id, what="report", expected_version=expected_version)
    if row["state"] != "open":
        raise ReportClosed(f"the report is {row['state']} already", current_id=report_id)
    await tx.connection.execute(
        update(reports)
        .where(reports.c.tenant_id == tx.tenant_id, reports.c.id == report_id)
        .values(
            state=state,
            handled_by_id=tx.principal.user_id,
            handled_at=tx.now,
            updated_at=tx.now,
            version=row["version"] + 1,
        )
    )
    await note(tx, Done(action, actor_id=row["target_id"]), Because(because.reason, report_id))
    return report_id
