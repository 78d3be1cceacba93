"""Writing an actor of another server into the institution that came to know it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import BigInteger, RowMapping, Text, case, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert

from federation.actors.queries import username_key
from federation.content.receiving import received_html
from federation.protocol.origins import host_of, is_web_uri
from federation.protocol.reading import RemoteActor
from federation.tables.actors import actors
from kernel.languages import LanguageText, choose_language
from kernel.visible_text import self_contained
from tenants.door import Transaction

LONGEST_NAME = 200
_a = actors.c


async def store_actor(tx: Transaction, actor: RemoteActor, now: datetime) -> int:
    """Inserts the actor, or brings it up to date, by its address; gives its id here.

    Of two actors with one handle (an account that was deleted and made anew) the later has it; the other keeps its posts.
    """
    values = _values(tx, actor, now)
    await _free_handle(tx, values["username_key"], values["host"], actor.id)
    known = await _known(tx, actor.id)
    given = insert(actors).values(
        tenant_id=tx.tenant_id, id=tx.new_id(), address=actor.id, is_local=False, created_at=now, **values
    )
    changed: dict[str, Any] = {name: given.excluded[name] for name in values}
    changed["status"] = case((_a.status == "gone", "active"), else_=_a.status)
    changed["version"] = _a.version + 1
    written = given.on_conflict_do_update(
        index_elements=[_a.tenant_id, _a.address], set_=changed, where=~_a.is_local
    ).returning(_a.id)
    actor_id = int((await tx.connection.execute(written)).scalar_one())
    if known is not None:
        await _tell(tx, actor_id, known, is_discoverable=values["is_discoverable"])
    return actor_id


async def _known(tx: Transaction, address: str) -> RowMapping | None:
    """What is known of the actor by now, locked."""
    query = select(_a.status, _a.is_discoverable).where(
        _a.tenant_id == tx.tenant_id, _a.address == address, ~_a.is_local
    )
    return (await tx.connection.execute(query.with_for_update())).mappings().one_or_none()


async def _tell(tx: Transaction, actor_id: int, known: RowMapping, *, is_discoverable: bool) -> None:
    """Tells the outbox what changes who finds its posts: that it is back, or wants them to be found or not."""
    differing = {
        "is_discoverable": known["is_discoverable"] != is_discoverable,
        "status": known["status"] == "gone",
    }
    changed = [name for name, differs in differing.items() if differs]
    if changed:
        await tx.announce("actor.changed", "actor", actor_id, changed=changed)


def _values(tx: Transaction, actor: RemoteActor, now: datetime) -> dict[str, Any]:
    username = actor.username or _username_of(actor.id)
    return {
        "kind": actor.kind.value.lower(),
        "host": host_of(actor.id),
        "preferred_username": username,
        "username_key": username_key(username),
        "display_name": self_contained(_text(tx, actor.name)[:LONGEST_NAME]),
        "biography": received_html(_text(tx, actor.summary)),
        "avatar_url": _web(actor.icon.url if actor.icon else None),
        "profile_url": _web(actor.url),
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "outbox": actor.outbox,
        "followers_address": actor.followers,
        "also_known_as": list(actor.also_known_as),
        "moved_to": actor.moved_to,
        "attachments": [
            {"name": self_contained(one.name), "value": received_html(one.value)} for one in actor.fields
        ],
        "is_discoverable": bool(actor.discoverable),
        "approves_followers": actor.manually_approves_followers,
        "fetched_at": now,
        "updated_at": now,
    }


async def _free_handle(tx: Transaction, key: str, host: str, address: str) -> None:
    """The handle is unique: whoever had it under another address has it no longer."""
    await tx.connection.execute(
        update(actors)
        .where(
            _a.tenant_id == tx.tenant_id,
            _a.username_key == key,
            _a.host == host,
            _a.address != address,
            ~_a.is_local,
        )
        .values(username_key=func.concat(_a.username_key, "~", cast(cast(_a.id, BigInteger), Text)))
    )


def _username_of(address: str) -> str:
    """For actors that have no name of their own: what their address ends in."""
    return urlsplit(address).path.rstrip("/").rpartition("/")[2].lstrip("@")[:100] or "actor"


def _text(tx: Transaction, texts: LanguageText) -> str:
    return texts[choose_language(list(texts), list(tx.tenant.languages))] if texts else ""


def _web(address: str | None) -> str | None:
    return address if address is not None and is_web_uri(address, allow_http=True) else None
