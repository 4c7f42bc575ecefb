"""Observations that a client sends: one by one or in bulk, known by the client's own ids, and withdrawn."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts import selectors as directory
from accounts import services as accounts
from accounts.models import Actor
from accounts.services.items import Fault, Item, Mode, Saved, Status, body_digest, refused, settle_repeats
from health.models import Observation, ObservationKey
from health.selectors.scorecards import scorecard_versions
from health.services.observations import (
    NewObservation,
    observation_errors,
    observe,
    withdraw_observations,
)

REQUIRED = ("measure", "value", "observed_at")


def record_observations(
    *, items: Sequence[Item], mode: Mode, actor: Actor | None, at: dt.datetime
) -> list[Saved]:
    """Write observations, one result per item: account or persona, measure, facet, value, observed_at, source.

    The same external_id with the same body is unchanged, with another body taken.
    """
    keys = [item.external_id for item in items if item.external_id is not None]
    stored = ObservationKey.objects.filter(external_id__in=keys)
    known = {
        key: (id, digest) for key, id, digest in stored.values_list("external_id", "observation_id", "digest")
    }
    results, new = settle_repeats(items=items, known=known)
    made: list[tuple[Item, NewObservation]] = []
    for index, found in zip(new, _read([items[i] for i in new], actor, at), strict=True):
        if isinstance(found, NewObservation):
            made.append((items[index], found))
            results[index] = Saved(Status.CREATED, id=found.id)
        else:
            results[index] = refused(*found)
    _write(made, actor, at)
    return [result for result in results if result is not None]


def _write(made: Sequence[tuple[Item, NewObservation]], actor: Actor | None, at: dt.datetime) -> None:
    accounts.require_write(actor=actor, account_ids={one.account_id for _, one in made})
    observe(observations=[one for _, one in made], at=at)
    ObservationKey.objects.bulk_create(
        [
            ObservationKey(external_id=item.external_id, observation_id=one.id, digest=body_digest(item))
            for item, one in made
            if item.external_id is not None
        ]
    )
    accounts.record_activities(
        activities=[
            accounts.NewActivity(
                verb="observation.recorded",
                object_id=one.id,
                account_id=one.account_id,
                persona_id=one.persona_id,
                data={"after": {"measure": one.measure, "value": one.value}, "historical": item.historical},
            )
            for item, one in made
        ],
        actor=actor,
        at=at,
    )


def _read(items: Sequence[Item], actor: Actor | None, at: dt.datetime) -> list[NewObservation | list[Fault]]:
    """Items as observations, or what is wrong with each."""
    given = [item.values for item in items]
    found_accounts = directory.find_accounts(
        ids={one["account"] for one in given if one.get("account")},
        external_ids={one["account_external_id"] for one in given if one.get("account_external_id")},
    )
    found_personas = directory.find_personas(
        ids={one["persona"] for one in given if one.get("persona")},
        external_ids={one["persona_external_id"] for one in given if one.get("persona_external_id")},
    )
    measures = {row["key"] for version in scorecard_versions() for row in version.body["measures"]}
    return [_one(item, found_accounts, found_personas, measures, actor, at) for item in items]


def _one(
    item: Item,
    found_accounts: directory.Found,
    found_personas: directory.Found,
    measures: set[str],
    actor: Actor | None,
    at: dt.datetime,
) -> NewObservation | list[Fault]:
    values = item.values
    faults = [
        Fault(f"/{name}", "required", "This field is required.") for name in REQUIRED if name not in values
    ]
    account, account_faults = _named(values, "account", found_accounts)
    persona, persona_faults = _named(values, "persona", found_personas)
    faults += account_faults + persona_faults
    if account is None and persona is None and not faults:
        faults.append(Fault("/account", "required", "This field is required."))
    if account is not None and persona is not None and account.account_id != persona.account_id:
        faults.append(Fault("/persona", "other_account", "The persona works at another account."))
    if "measure" in values and values["measure"] not in measures:
        faults.append(Fault("/measure", "unknown", "is not a measure of the scorecard"))
    home = account or persona
    if faults or home is None:
        return faults
    observation = NewObservation(
        account_id=home.account_id,
        persona_id=persona.id if persona else None,
        measure=values["measure"],
        facet=values.get("facet") or "",
        value=values["value"],
        observed_at=values["observed_at"],
        source=values.get("source") or "api",
        author_id=actor.member_id if actor else None,
        recorded_at=min(values["observed_at"], at) if item.historical else at,
    )
    return [
        Fault(error["pointer"], error["code"], error["detail"])
        for error in observation_errors(observation, at=at)
    ] or observation


def _named(
    values: Mapping[str, Any], name: str, found: directory.Found
) -> tuple[directory.Target | None, list[Fault]]:
    """The object that an item names by id or external id, or that it does not exist."""
    for key, table in ((name, found.by_id), (f"{name}_external_id", found.by_external_id)):
        if values.get(key) is not None:
            target = table.get(values[key])
            return target, [] if target else [Fault(f"/{key}", "missing", "There is no such object.")]
    return None, []


def withdraw_observation(*, id: UUID, actor: Actor | None, at: dt.datetime) -> None:
    """Take one observation back from now on. Raises Observation.DoesNotExist, NotYours."""
    row = Observation.objects.get(pk=id)
    accounts.require_write(actor=actor, account_ids=[row.account_id])
    author_id = actor.member_id if actor else None
    withdraw_observations(observation_ids=[id], account_ids=[row.account_id], author_id=author_id, at=at)
    activity = accounts.NewActivity("observation.withdrawn", id, row.account_id, row.persona_id)
    accounts.record_activity(activity=activity, actor=actor, at=at)
