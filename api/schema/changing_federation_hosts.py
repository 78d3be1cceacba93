"""Mutations of operators: how the institution federates, its rules about servers, and what the delivery queue is to do."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from api.schema.federation_hosts import (
    DeliveryCommand,
    DomainAction,
    DomainPolicy,
    FederationMode,
    SignedFetch,
)
from api.schema.inputs import OPTIONAL, each, filled, given_or, id_of, row, text_of
from api.schema.moderation import ModerationAction
from api.schema.mutation_fields import Changed, Run, mutation
from api.services import Services
from federation.delivery.commands import (
    cancel_delivery,
    pause_host,
    replay_dead_letters,
    resume_host,
    retry_host,
)
from federation.entities.hosts import DEAD_LETTER, DELIVERY
from federation.hosts.blocklists import read_blocklist
from federation.hosts.settings import SettingsChanges, change_settings
from federation.moderation.history import Because
from federation.moderation.hosts import import_rules, remove_rule, set_rule
from kernel.errors import below
from tenants.door import Transaction
from tenants.model import Scope


@strawberry.input
class UpdateFederationSettingsInput:
    mode: FederationMode | None = OPTIONAL
    requires_signed_fetch: SignedFetch | None = OPTIONAL
    links_of_strangers: int | None = OPTIONAL
    reason: str | None = strawberry.field(
        default=OPTIONAL, description="For the history: `moderationActions`."
    )
    expected_version: int | None = OPTIONAL


@strawberry.input
class SetDomainPolicyInput:
    domain: str
    action: DomainAction
    reason: str
    dry_run: bool | None = strawberry.field(
        default=OPTIONAL, description="Change nothing, only say how many follows would end."
    )


@strawberry.input
class RemoveDomainPolicyInput:
    domain: str
    reason: str


@strawberry.input(
    description="CSV with `#domain,#severity,…` as other servers write it, or a domain a line: `suspend` (or nothing) blocks,"
    " `silence` limits, `allow` allows, `noop` is left out."
)
class ImportDomainPoliciesInput:
    csv: str
    reason: str
    replace: bool | None = strawberry.field(
        default=OPTIONAL, description="Remove rules for domains that are not on the list."
    )
    dry_run: bool | None = strawberry.field(
        default=OPTIONAL, description="Change nothing, only say what would be changed."
    )


@strawberry.input
class DeliveryHostInput:
    host: str


@strawberry.input(description="Exactly one of these.")
class ReplayDeadLettersInput:
    host: str | None = OPTIONAL
    ids: list[strawberry.ID] | None = strawberry.field(default=OPTIONAL, description="At most 100.")


@strawberry.input
class CancelDeliveryInput:
    id: strawberry.ID


async def _settings(
    tx: Transaction, given: UpdateFederationSettingsInput, services: Services, address: str
) -> Changed:
    reason = given_or(given.reason)
    after = await change_settings(
        tx,
        changes=filled(SettingsChanges, given, {}),
        because=None if reason is None else Because(text_of(given, "reason")),
        expected_version=given_or(given.expected_version),
    )
    return Changed(
        None,
        {
            "mode": FederationMode(after.mode),
            "requires_signed_fetch": SignedFetch(after.requires_signed_fetch),
            "links_of_strangers": after.links_of_strangers,
            "version": after.version,
        },
    )


async def _set(tx: Transaction, given: SetDomainPolicyInput, services: Services, address: str) -> Changed:
    ruled = await set_rule(
        tx,
        domain=text_of(given, "domain"),
        action=str(given.action.value),
        because=Because(text_of(given, "reason")),
        dry_run=bool(given_or(given.dry_run)),
    )
    return Changed(ruled.policy_id, {"followers_ended": ruled.followers, "following_ended": ruled.following})


async def _remove(
    tx: Transaction, given: RemoveDomainPolicyInput, services: Services, address: str
) -> Changed:
    because = Because(text_of(given, "reason"))
    return Changed(await remove_rule(tx, domain=text_of(given, "domain"), because=because))


async def _import(
    tx: Transaction, given: ImportDomainPoliciesInput, services: Services, address: str
) -> Changed:
    with below("csv"):
        rules = read_blocklist(text_of(given, "csv"))
    imported = await import_rules(
        tx,
        rules=rules,
        because=Because(text_of(given, "reason")),
        replace=bool(given_or(given.replace)),
        dry_run=bool(given_or(given.dry_run)),
    )
    return Changed(
        None,
        {
            "changed": imported.changed,
            "removed": imported.removed,
            "followers_ended": imported.followers,
            "following_ended": imported.following,
        },
    )


def _asks(operation: Callable[..., Awaitable[int]]) -> Run:
    async def run(tx: Transaction, given: DeliveryHostInput, services: Services, address: str) -> Changed:
        return Changed(await operation(tx, host=text_of(given, "host")))

    return run


async def _replay(
    tx: Transaction, given: ReplayDeadLettersInput, services: Services, address: str
) -> Changed:
    host = None if given_or(given.host) is None else text_of(given, "host")
    with below("ids"):
        ids = None if given_or(given.ids) is None else each(given.ids or [], row(DEAD_LETTER))
    return Changed(await replay_dead_letters(tx, host=host, delivery_ids=ids))


async def _cancel(tx: Transaction, given: CancelDeliveryInput, services: Services, address: str) -> Changed:
    return Changed(await cancel_delivery(tx, delivery_id=id_of(given, DELIVERY)))


def _operating(name: str, run: Run, input_: Any, description: str, **more: Any) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects=more.pop("objects", {}),
        scope=Scope.FEDERATION_OPERATE,
        description=description,
        **more,
    )


def _command(name: str, run: Run, input_: Any, description: str) -> Any:
    return _operating(name, run, input_, description, objects={"delivery_command": DeliveryCommand})


_ENDED = {
    "followers_ended": (int, "How many of theirs followed actors of here."),
    "following_ended": (int, "How many of here followed actors of theirs."),
}


@strawberry.type
class FederationHostMutations:
    update_federation_settings = _operating(
        "updateFederationSettings",
        _settings,
        UpdateFederationSettingsInput,
        "Decides how the institution federates; what is not given stays.",
        extras={
            "mode": FederationMode,
            "requires_signed_fetch": SignedFetch,
            "links_of_strangers": int,
            "version": int,
        },
    )
    set_domain_policy = _operating(
        "setDomainPolicy",
        _set,
        SetDomainPolicyInput,
        "Allows, limits or blocks a domain and all below it. A block ends follows from and to them.",
        objects={"domain_policy": DomainPolicy},
        extras=_ENDED,
    )
    remove_domain_policy = _operating(
        "removeDomainPolicy",
        _remove,
        RemoveDomainPolicyInput,
        "Takes the rule for this very domain back.",
        objects={"moderation_action": ModerationAction},
    )
    import_domain_policies = _operating(
        "importDomainPolicies",
        _import,
        ImportDomainPoliciesInput,
        "Takes a list of rules over, all of it or nothing.",
        extras={
            "changed": (int, "Rules that are new or say something else now."),
            "removed": int,
            **_ENDED,
        },
    )
    retry_host = _command(
        "retryHost", _asks(retry_host), DeliveryHostInput, "Has what waits for a server tried at once."
    )
    pause_host = _command(
        "pauseHost",
        _asks(pause_host),
        DeliveryHostInput,
        "Keeps what the institution sends to a server back, until it is resumed; what is a week old is given up.",
    )
    resume_host = _command("resumeHost", _asks(resume_host), DeliveryHostInput, "Lets that go.")
    replay_dead_letters = _command(
        "replayDeadLetters",
        _replay,
        ReplayDeadLettersInput,
        "Sends what could not be delivered again, as if it were new.",
    )
    cancel_delivery = _command(
        "cancelDelivery",
        _cancel,
        CancelDeliveryInput,
        "Gives a delivery up that waits; one that is on its way may arrive.",
    )
