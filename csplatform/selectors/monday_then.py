"""Steps and people of a past span as they were known at its end, as far as dated rows hold it.

A promise has the day that was agreed then, and is broken only if that had been said; whoever joined or left did so only if
it had been written down; what was removed later was still there. What keeps no dated rows reads as it stands today: the day
of a step that is no promise, until when a step is snoozed, that a step was done and opened again, and at which account
somebody works.
"""

import datetime as dt
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Persona, PersonaFact, PromiseTerm, Step

DAYS = {"joined": "joined_on", "gone": "left_on"}


def steps_then(*, end: dt.datetime, live: bool) -> QuerySet[Step]:
    """The steps that were there at the end of a span, each with ``agreed``, the day it was due, and ``unsaid``: that it is
    broken was not said yet, so that it was open."""
    if live:
        rows: QuerySet[Step] = Step.objects.filter(deleted_at=None)
        return rows.annotate(agreed=F("due_on"), unsaid=Value(False, BooleanField()))
    terms = PromiseTerm.objects.filter(step=OuterRef("pk"))
    moved = terms.filter(kind=PromiseTerm.Kind.RENEGOTIATED, recorded_at__gt=end)
    broken = terms.filter(kind=PromiseTerm.Kind.BROKEN)
    later = Q(Exists(broken.filter(recorded_at__gt=end))) & ~Q(Exists(broken.filter(recorded_at__lte=end)))
    there: QuerySet[Step] = Step.objects.filter(_there(end), created_at__lte=end)
    return there.annotate(
        agreed=Coalesce(Subquery(moved.order_by("recorded_at", "pk").values("due_on")[:1]), F("due_on")),
        unsaid=Case(When(later & Q(broken=True), then=Value(True)), default=Value(False)),
    )


def _there(end: dt.datetime) -> Q:
    return Q(deleted_at=None) | Q(deleted_at__gt=end)


def people_then(*, end: dt.datetime, live: bool) -> QuerySet[Persona]:
    """Who was known at the end of a span."""
    now = Q(deleted_at=None, merged_into=None)
    rows: QuerySet[Persona] = Persona.objects.filter(now if live else _there(end))
    return rows


def moved_then(what: str, *, first: dt.date, last: dt.date, end: dt.datetime, live: bool) -> Q:
    """Who joined or left within two days, both included, as known at the end of a span."""
    if live:
        return Q(**{f"{DAYS[what]}__gte": first, f"{DAYS[what]}__lte": last})
    said = _said(what, end).order_by("persona_id", *NEWEST).distinct("persona_id")
    within = PersonaFact.objects.filter(
        pk__in=said.values("pk"), value__gte=first.isoformat(), value__lte=last.isoformat()
    )
    return Q(pk__in=within.values("persona_id"))


def day_moved(what: str, *, end: dt.datetime, live: bool) -> Any:
    """The day on which somebody joined or left, as known at the end of a span: to annotate people with."""
    if live:
        return F(DAYS[what])
    newest = _said(what, end).filter(persona=OuterRef("pk")).order_by(*NEWEST)
    day = Func("value", template="(%(expressions)s #>> '{}')::date", output_field=DateField())
    return Subquery(newest.values(day=day)[:1])


NEWEST = ("-effective_at", "-recorded_at", "-pk")


def _said(what: str, end: dt.datetime) -> QuerySet[PersonaFact]:
    rows: QuerySet[PersonaFact] = PersonaFact.objects.filter(
        key=DAYS[what], effective_at__lte=end, recorded_at__lte=end
    )
    return rows
