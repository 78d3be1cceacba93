"""As what an institution's index stands: a version that changes whenever something of the institution was indexed.

The index hears of the changes of all institutions of a shard in one order. A process keeps for each institution the position
that it stood at, and looks only at what was heard since: other institutions' changes leave the version as it is.
"""

from collections import OrderedDict
from pathlib import Path

import orjson

from kernel.database.named_sql import named_statements
from tenants.model import TenantId

_LOOK = 5_000  # positions: some milliseconds where none of them is the institution's
_MOST = 10_000
_SQL = named_statements(Path(__file__).with_suffix(".sql"))


def heard_statement(engine: str) -> tuple[str, list[object]]:
    """The statement whose one text is the position up to which a shard's index has heard of changes; there is none where the
    index of this engine does not hold what there is."""
    return _SQL["heard"], [engine]


class Standing:
    """The versions that a process knows, of the index of one engine."""

    def __init__(self, engine: str, *, most: int = _MOST) -> None:
        self._engine = engine
        self._most = most
        # Where the version began, and up to where nothing of the institution came since.
        self._known: OrderedDict[TenantId, tuple[int, int]] = OrderedDict()

    def asked(self, tenant_id: TenantId) -> tuple[tuple[str, list[object]], int]:
        """The statement whose one text `read` reads, with its parameters; and since when it looks, for `read`."""
        _, seen = self._known.get(tenant_id, (0, 0))
        return (_SQL["standing"], [int(tenant_id), seen, _LOOK, self._engine]), seen

    def read(self, tenant_id: TenantId, text: str | bytes, since: int) -> str | None:
        """The version, of the statement's answer; None where the engine's index does not hold what there is."""
        said = orjson.loads(text)
        if not said["is_filled"]:
            return None
        heard = int(said["heard"])
        began, seen = self._known.get(tenant_id, (0, 0))
        if said["is_changed"] or min(since, heard) < began:
            if heard <= seen and since < seen:  # others asked later, and were answered before
                return str(heard)
            began, seen = heard, heard
        self._known[tenant_id] = (began, max(seen, heard))
        self._known.move_to_end(tenant_id)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return str(began)
