"""Posts of other servers, as the inbox stores them."""

from typing import Any

from federation.posts.fields import PostFields, PostTexts
from federation.posts.storing import store_post
from tenants.door import Transaction


async def arrive(tx: Transaction, actor_id: int, *, address: str | None = None, **given: Any) -> int:
    """Stores a post; `fields` are those of `PostFields` that matter."""
    fields = {"visibility": "public", "published_at": tx.now, **given.pop("fields", {})}
    stored = await store_post(
        tx,
        actor_id=actor_id,
        address=address or f"https://far.example/notes/{tx.new_id()}",
        is_local=False,
        fields=PostFields(PostTexts("<p>Hi</p>"), **fields),
        **given,
    )
    assert stored is not None
    return stored
