"""What a plan has asked of the search engine: the field's arguments, and the place that one of them names."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Text, cast, func, select

from api.plan.arguments import Argument, arguments
from api.plan.bindings import Searched, Wanted
from api.plan.coercion import row_id
from api.plan.pages import listed_by, sized_by
from api.plan.plan import Inputs, Search, Statement
from api.plan.refusals import refused
from api.plan.selection import Selected
from api.plan.sql import Parameters
from kernel.entities import TENANT, Entity
from kernel.errors import InvalidInput
from tenants.model import Access


def search_of(selected: Selected, binding: Searched, offering: Entity, access: Access) -> Search:
    """The search behind a root field; a wrong argument is found when it is read."""
    given = arguments(selected)
    path = ".".join(selected.path)
    is_for_hits = binding.wanted is Wanted.HITS
    _, size = sized_by(given, {}, path) if is_for_hits else listed_by(given, path)

    def read(inputs: Inputs) -> Mapping[str, Any]:
        try:
            return {name: one.value(inputs.variables) for name, one in given.items()}
        except InvalidInput as error:
            raise refused(error, selected) from error

    near = given.get("near")
    place = _place(near.member("offering"), offering, access) if near is not None else None
    return Search(selected.key, selected, is_for_hits, read, size, place)


def _place(argument: Argument, offering: Entity, access: Access) -> Statement | None:
    """Where an offering is that the viewer sees."""
    if offering.scope not in access.scopes:
        return None
    parameters = Parameters()
    number = parameters.new("bigint", argument.binder(lambda value: _number(value, offering)))
    row = parameters.row_of(offering.table)
    point = cast(func.json_build_array(row.c["latitude"], row.c["longitude"]), Text)
    found = select(point).where(
        row.c["tenant_id"] == TENANT,
        row.c["id"] == number,
        row.c["latitude"].is_not(None),
        offering.visible_to(access, row),
    )
    return parameters.statement(select(found.scalar_subquery()))


def _number(value: Any, offering: Entity) -> int | None:
    return None if value is None else row_id(value, offering, name="near.offering")
