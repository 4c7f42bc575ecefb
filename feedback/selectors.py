"""What customers told us: the answers themselves, and what a set of them says, never without its n and interval."""

import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Account
from accounts.selectors import joined_accounts
from accounts.tenancy import TenantQuerySet
from feedback.models import Response, ResponseWithdrawal
from health.formulas import survey

SMALL_SAMPLE = survey.SMALL_SAMPLE
# An answer below this is a bad one, by its kind.
BAD_BELOW = {"nps": survey.UNDECIDED, "csat": survey.CSAT_CUT, "ces": survey.CES_CUT, "goodwill": 50}


@dataclass(frozen=True)
class SurveyMetric:
    """One kind of question over a set of answers.

    ``value`` is NPS (-100..100), the satisfied share in percent (csat, ces) or the mean goodwill (0..100), with its
    interval ``low``..``high`` where it has one; None where nobody answered. ``groups`` are NPS's promoters, undecided
    and detractors; ``alpha`` is goodwill's reliability; ``listed`` the answers themselves below 20 of them.
    """

    kind: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    groups: tuple[int, int, int] | None = None
    alpha: float | None = None
    listed: tuple[float, ...] = ()


def response_list() -> TenantQuerySet:
    """Every response, with ``withdrawn_at``."""
    withdrawn = ResponseWithdrawal.objects.filter(response=OuterRef("pk")).values("recorded_at")[:1]
    found: TenantQuerySet = Response.objects.annotate(withdrawn_at=Subquery(withdrawn))
    return found


def standing_responses(*, at: datetime) -> TenantQuerySet:
    """Responses that count at ``at``: answered, recorded and not withdrawn by then."""
    withdrawn = Q(withdrawals__recorded_at__lte=at)
    found: TenantQuerySet = Response.objects.filter(recorded_at__lte=at, answered_at__lte=at).exclude(
        withdrawn
    )
    return found


def account_responses(*, account_id: UUID, at: datetime) -> TenantQuerySet:
    """The answers of one account, newest first, with the person who gave them."""
    found: TenantQuerySet = (
        standing_responses(at=at)
        .filter(account_id__in=joined_accounts(account_id, at=at))
        .select_related("persona")
        .order_by("-answered_at", "-recorded_at", "-pk")
    )
    return found


def is_bad(response: Response) -> bool:
    """Whether an answer tells of somebody who is not satisfied: a detractor (nps), below the cut of who is (csat, ces), or
    on the lower half of goodwill."""
    return bool(response.answer < BAD_BELOW[response.kind])


def last_answers(
    *, account_id: UUID, persona_ids: Collection[UUID], since: datetime, at: datetime
) -> dict[UUID, list[Response]]:
    """The last answer of each kind that these people of an account gave since then, newest first; who was merged into one
    of them by then answered for that one. One statement, two where accounts were merged."""
    merged = Q(persona__merged_into_id__in=persona_ids, persona__deleted_at__lte=at)
    rows = account_responses(account_id=account_id, at=at).filter(
        Q(persona_id__in=persona_ids) | merged, answered_at__gte=since
    )
    found: dict[UUID, dict[str, Response]] = {}
    for row in rows[:200]:
        of = row.persona_id if row.persona_id in persona_ids else row.persona.merged_into_id
        found.setdefault(of, {}).setdefault(row.kind, row)
    return {persona_id: list(kinds.values()) for persona_id, kinds in found.items()}


def persona_responses(*, persona_id: UUID, at: datetime) -> TenantQuerySet:
    """What one person answered, newest first."""
    found: TenantQuerySet = (
        standing_responses(at=at)
        .filter(Q(persona_id=persona_id) | Q(persona__merged_into_id=persona_id, persona__deleted_at__lte=at))
        .order_by("-answered_at", "-recorded_at", "-pk")
    )
    return found


def survey_metrics(
    *,
    at: datetime,
    account_ids: Collection[UUID] | None = None,
    since: datetime | None = None,
) -> dict[str, SurveyMetric]:
    """Each kind over these accounts (None: every live one), answers since a moment; one query."""
    answers = _answers(at=at, account_ids=account_ids, since=since)
    return {kind: metric_of(kind, answers.get(kind, [])) for kind in Response.Kind.values}


def survey_metrics_by_account(
    *, at: datetime, account_ids: Collection[UUID], since: datetime | None = None
) -> dict[UUID, dict[str, SurveyMetric]]:
    """Each kind that somebody answered, per account; one query."""
    grouped: dict[UUID, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for account_id, kind, answer, items in _rows(at=at, account_ids=account_ids, since=since):
        grouped[account_id][kind].append((answer, items))
    return {
        account_id: {kind: metric_of(kind, answers) for kind, answers in kinds.items()}
        for account_id, kinds in grouped.items()
    }


def _answers(
    *, at: datetime, account_ids: Collection[UUID] | None, since: datetime | None
) -> dict[str, list[tuple[float, Any]]]:
    answers: dict[str, list[tuple[float, Any]]] = defaultdict(list)
    for _account, kind, answer, items in _rows(at=at, account_ids=account_ids, since=since):
        answers[kind].append((answer, items))
    return answers


def _rows(*, at: datetime, account_ids: Collection[UUID] | None, since: datetime | None) -> QuerySet:
    """(account, kind, answer, items) of each that counts; of a merged account they are the answers of the other."""
    chosen: QuerySet = standing_responses(at=at)
    if account_ids is None:
        live = [Account.Status.ACTIVE, Account.Status.TRIAL]
        its_own = Q(account__deleted_at=None, account__status__in=live)
        chosen = chosen.filter(
            its_own | Q(account__merged_into__deleted_at=None, account__merged_into__status__in=live)
        )
    else:
        there = Q(account__deleted_at=None) | Q(
            account__merged_into__deleted_at=None, account__merged_into__isnull=False
        )
        chosen = chosen.filter(there, account_id__in=joined_accounts(account_ids, at=at))
    if since is not None:
        chosen = chosen.filter(answered_at__gte=since)
    of = Coalesce("account__merged_into_id", "account_id")
    rows: QuerySet = chosen.order_by("answered_at", "pk").values_list(of, "kind", "answer", "items")
    return rows


def metric_of(kind: str, answers: list[tuple[float, Any]]) -> SurveyMetric:
    """What these (answer, items) of one kind say together."""
    numbers = [answer for answer, _items in answers]
    n = len(numbers)
    listed = tuple(numbers) if n < SMALL_SAMPLE else ()
    if n == 0:
        return SurveyMetric(kind=kind, n=0, value=None)
    if kind == Response.Kind.NPS:
        groups = survey.nps_counts(numbers)
        result = survey.nps(*groups)
        mean = None
    elif kind == Response.Kind.GOODWILL:
        rows = [[math.nan if item is None else item for item in items] for _answer, items in answers if items]
        alpha = _number(survey.cronbach_alpha(rows)) if rows else None
        mean = sum(numbers) / n
        return SurveyMetric(kind=kind, n=n, value=mean, mean=mean, alpha=alpha, listed=listed)
    else:
        groups = None
        cut = survey.CSAT_CUT if kind == Response.Kind.CSAT else survey.CES_CUT
        result, mean = survey.satisfaction(numbers, cut)
    return SurveyMetric(
        kind=kind,
        n=n,
        value=_number(result.value),
        low=_number(result.low),
        high=_number(result.high),
        mean=mean,
        groups=groups,
        listed=listed,
    )


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number
