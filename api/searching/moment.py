"""What is known of the reader and the institution at the moment of a search, read in one round trip before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from api.plan.plan import Inputs
from kernel.database.wire.client import Statement
from kernel.errors import InvalidInput
from search.audiences import EVERYBODY, audience_of, held_statement
from search.indexing.waiting import read_waiting, waiting_statement
from search.model import Audience, Point, Reference
from search.readers.tuning import NOTHING, Tuning, read_tuning, tuning_statement
from search.standing import Standing
from tenants.readers import Readers

Texts = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """The reader's audience, what waits to be indexed, and what the institution says about the texts."""

    audience: Audience = EVERYBODY
    # Whether the engine's index holds what there is, and not only what there was before another's was filled.
    is_filled: bool = True
    # Changed since they were indexed; `is_complete`: these are all. `version`: as what the index stands, None: not known.
    waiting: frozenset[Reference] = frozenset()
    is_complete: bool = True
    version: str | None = None
    places: Texts = field(default_factory=dict)
    _tunings: Texts = field(default_factory=dict)

    def tuning(self, text: str, languages: Sequence[str]) -> Tuning:
        """Synonyms and pinned results for one of the texts that were read for."""
        held = self._tunings.get(text)
        return NOTHING if held is None else read_tuning(held, languages)

    def place(self, source: str) -> Point:
        """The place that the arguments of a root field name by an object; `InvalidInput` where none is seen."""
        found = self.places.get(source)
        if found is None:
            raise InvalidInput(
                "near.offering: there is no such offering, or it has no place",
                path=["near", "offering"],
                argument="near",
            )
        return Point(*orjson.loads(found))


async def read_moment(
    readers: Readers,
    standing: Standing,
    inputs: Inputs,
    *,
    texts: Sequence[str],
    of_institution: bool,
    places: Mapping[str, Statement],
) -> Moment:
    """Reads what searches for these texts need; `places` are statements by the root field they are for."""
    principal = inputs.principal
    tenant, access = principal.tenant, principal.access
    asked: dict[tuple[str, str], Statement] = {("place", source): one for source, one in places.items()}
    for text in texts:
        tuned = tuning_statement(tenant.id, text, inputs.today)
        if tuned is not None:
            asked["tuning", text] = tuned
    if access.is_member and of_institution and principal.user_id is not None:
        asked["held", ""] = held_statement(tenant.id, principal.user_id, access)
    if of_institution:
        asked["waiting", ""] = waiting_statement(tenant.id)
        asked["standing", ""], since = standing.asked(tenant.id)
    answers = await readers.fetch(tenant, list(asked.values())) if asked else []
    found = dict(zip(asked, answers, strict=True))
    audience = audience_of(access, principal.user_id, found.get(("held", "")))
    its_places, tunings = _of("place", found), _of("tuning", found)
    if not of_institution:
        return Moment(audience, places=its_places, _tunings=tunings)
    waits = read_waiting(found["waiting", ""] or b"")
    version = standing.read(tenant.id, found["standing", ""] or b"", since)
    return Moment(
        audience,
        version is not None,
        waits.references,
        waits.is_complete,
        version if waits.is_complete else None,
        its_places,
        tunings,
    )


def _of(what: str, found: Mapping[tuple[str, str], bytes | None]) -> Texts:
    return {name: text for (kind, name), text in found.items() if kind == what}
