"""How other servers are seen by an institution's operators: its rules about them, and how its own deliveries went.

Of the queue only what its tables call readable is read.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    FromClause,
    Select,
    Text,
    case,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from federation.entities.actors import ID
from federation.hosts.blocklists import COLUMNS, SEVERITIES
from federation.tables.delivery import (
    DELIVERY_CLASSES,
    dead_letters,
    deliveries,
    delivery_commands,
    tenant_hosts,
)
from federation.tables.hosts import domain_policies, federation_settings
from kernel.entities import TENANT, Entity, Fact, Filter, Kind, Order, Reach, equals, to_one
from kernel.tables import readable_part
from tenants.model import Access, Permission, Scope

COUNTED_TO = 10_000
"""How many deliveries that wait for a host are counted."""

_HOSTS, _DELIVERIES = readable_part(tenant_hosts), readable_part(deliveries)
_CLASSES = range(len(DELIVERY_CLASSES))


def for_operators(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Those who operate the institution's federation."""
    return true() if access.may(Permission.OPERATE_FEDERATION) else false()


def policy_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """The institution's rules about other servers are seen by those who operate its federation, and by moderators."""
    may = access.may(Permission.OPERATE_FEDERATION) or access.may(Permission.MODERATE)
    return true() if may else false()


def _number(number: int) -> ColumnElement[Any]:
    return literal_column(str(number))


def _text(text: str) -> ColumnElement[Any]:
    return literal_column(f"'{text}'", Text())


def _of_class(row: FromClause) -> ColumnElement[Any]:
    named = ((row.c["class"] == _number(place), _text(name)) for place, name in enumerate(DELIVERY_CLASSES))
    return case(*named)


def _state(row: FromClause) -> ColumnElement[Any]:
    failed, succeeded = row.c["last_failure_at"], row.c["last_success_at"]
    never: ColumnElement[Any] = literal_column("'-infinity'::timestamptz")
    return case(
        (row.c["paused_at"].is_not(None) | (row.c["state"] == _text("paused")), _text("paused")),
        (func.coalesce(failed, never) > func.coalesce(succeeded, never), _text("failing")),
        (succeeded.is_(None), _text("untried")),
        else_=_text("working"),
    )


def _success_rate(row: FromClause) -> ColumnElement[Any]:
    tried = row.c["delivered"] + row.c["failed"]
    return cast(row.c["delivered"], Float(53)) / func.nullif(tried, _number(0))


def _waiting(row: FromClause) -> ColumnElement[Any]:
    """Class by class, as the index has them: it does not matter how much waits for other hosts."""
    one = _DELIVERIES.alias()
    some = (
        select(_number(1))
        .where(
            one.c.tenant_id == TENANT,
            one.c.host == row.c["host"],
            one.c["class"].in_([_number(place) for place in _CLASSES]),
        )
        .limit(_number(COUNTED_TO + 1))
        .correlate_except(one)
        .subquery()
    )
    counted = func.least(func.count(), _number(COUNTED_TO))
    return select(counted).select_from(some).correlate_except(some).scalar_subquery()


def _oldest_due_age(row: FromClause) -> ColumnElement[Any]:
    """Seconds. The first of each class that may go now is the oldest of its class."""
    oldest = func.least(*(_oldest(row, place) for place in _CLASSES))
    return cast(func.floor(func.date_part(_text("epoch"), func.now() - oldest)), BigInteger)


def _oldest(row: FromClause, place: int) -> ColumnElement[Any]:
    one = _DELIVERIES.alias()
    is_due = one.c.not_before.is_(None) | (one.c.not_before <= func.now())
    return (
        select(one.c.created_at)
        .where(
            one.c.tenant_id == TENANT,
            one.c.host == row.c["host"],
            one.c["class"] == _number(place),
            is_due,
        )
        .order_by(one.c.id)
        .limit(_number(1))
        .correlate_except(one)
        .scalar_subquery()
    )


def _of_host(row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Access) -> ColumnElement[bool]:
    return row.c["host"] == given["value"]


def _ids_of_host(given: Mapping[str, ColumnElement[Any]], access: Access) -> Select[Any]:
    """In the order of ids, merged out of those of each class, which the index has in it.

    OFFSET keeps them apart: the planner, who knows nothing of the host, would rather sort them all.
    """
    parts = []
    for place in _CLASSES:
        one = _DELIVERIES.alias()
        of_class = (
            select(one.c.id.label("id"))
            .where(one.c.tenant_id == TENANT, one.c.host == given["value"], one.c["class"] == _number(place))
            .order_by(one.c.id)
            .offset(_number(0))
            .subquery()
        )
        parts.append(select(of_class.c.id))
    every = union_all(*parts).subquery()
    return select(every.c.id)


def _policies_csv(row: FromClause) -> ColumnElement[Any]:
    """As `federation.hosts.blocklists` writes it; it looks at no settings."""
    one, quote = domain_policies.alias(), _text('"')
    severity = case(*((one.c.action == _text(action), _text(word)) for action, word in SEVERITIES.items()))
    is_block = case((one.c.action == _text("block"), _text("true")), else_=_text("false"))
    why = func.coalesce(one.c.policy_reason, _text(""))
    signs = [_text(sign) for sign in "=+-@"]
    plain = case((func.left(why, _number(1)).in_(signs), _text("''").concat(why)), else_=why)
    in_quotes = quote.concat(func.replace(plain, quote, _text('""'))).concat(quote)
    comment = case((plain.op("~")(_text('[",\r\n]')), in_quotes), else_=plain)
    line = func.concat_ws(_text(","), one.c.domain, severity, is_block, is_block, comment, _text("false"))
    newline = func.chr(_number(10))
    lines = func.string_agg(line.concat(newline), aggregate_order_by(_text(""), one.c.domain))
    whole = _text(",".join(COLUMNS)).concat(newline).concat(func.coalesce(lines, _text("")))
    return select(whole).where(one.c.tenant_id == TENANT).correlate_except(one).scalar_subquery()


FEDERATION_SETTINGS = Entity(
    name="FederationSettings",
    table=federation_settings,
    key=(),
    visible_to=policy_visible,
    scope=Scope.FEDERATION_OPERATE,
    facts=(Fact("domain_policies_csv", Kind.TEXT, _policies_csv),),
)
DOMAIN_POLICY = Entity(
    name="DomainPolicy",
    table=domain_policies,
    prefix="domain",
    key=("domain",),
    visible_to=policy_visible,
    scope=Scope.FEDERATION_OPERATE,
    relations=(to_one("set_by", "User", "set_by_id"),),
    orders=(Order("DOMAIN", ()),),
    filters=(equals("domain", few=True), equals("action", Kind.ENUM)),
)
FEDERATION_HOST = Entity(
    name="FederationHost",
    table=_HOSTS,
    key=("host",),
    visible_to=for_operators,
    scope=Scope.FEDERATION_OPERATE,
    facts=(
        Fact("state", Kind.ENUM, _state),
        Fact("success_rate", Kind.FLOAT, _success_rate),
        Fact("waiting", Kind.INTEGER, _waiting),
        Fact("oldest_due_age", Kind.INTEGER, _oldest_due_age),
    ),
    orders=(Order("HOST", ()),),
    filters=(equals("host", few=True),),
)
DELIVERY = Entity(
    name="Delivery",
    table=_DELIVERIES,
    prefix="delivery",
    visible_to=for_operators,
    scope=Scope.FEDERATION_OPERATE,
    relations=(to_one("activity", "Activity", "activity_id"), to_one("sender", "Actor", "signer_id")),
    facts=(Fact("delivery_class", Kind.ENUM, _of_class),),
    orders=(ID,),
    filters=(Filter("host", _of_host, {"value": Kind.TEXT}, reach=Reach.LISTED, source=_ids_of_host),),
)
DEAD_LETTER = Entity(
    name="DeadLetter",
    table=readable_part(dead_letters),
    prefix="letter",
    visible_to=for_operators,
    scope=Scope.FEDERATION_OPERATE,
    newest_first=True,
    relations=(to_one("activity", "Activity", "activity_id"), to_one("sender", "Actor", "signer_id")),
    facts=(Fact("delivery_class", Kind.ENUM, _of_class),),
    orders=(ID,),
    filters=(equals("host"),),
)
DELIVERY_COMMAND = Entity(
    name="DeliveryCommand",
    table=readable_part(delivery_commands),
    prefix="command",
    visible_to=for_operators,
    scope=Scope.FEDERATION_OPERATE,
    newest_first=True,
    relations=(to_one("requested_by", "User", "requested_by_id"),),
    orders=(ID,),
)
ENTITIES = (
    FEDERATION_SETTINGS,
    DOMAIN_POLICY,
    FEDERATION_HOST,
    DELIVERY,
    DEAD_LETTER,
    DELIVERY_COMMAND,
)
