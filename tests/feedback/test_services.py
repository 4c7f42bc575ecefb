"""Recording what customers answered, and taking it back."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Activity
from accounts.scope import tenant_scope
from accounts.services import NotYours
from feedback import services
from feedback.models import Response, ResponseWithdrawal
from feedback.services import NewResponse
from health.models import Observation, ObservationWithdrawal
from tests.conftest import make_key

DAY = dt.timedelta(days=1)


def record(book, at, actor=None, **fields):
    fields = {"kind": "nps", "answer": 8, "persona_id": book.dana.pk, **fields}
    new = NewResponse(**fields)
    return services.record_response(response=new, actor=actor or book.alice, at=at).response


def test_an_answer_of_a_person_is_observed_under_its_kind(book, now):
    response = record(book, now, kind="csat", answer=4.2, why="quick help", answered_at=now - 30 * DAY)
    seen = Observation.objects.get(pk=response.observation_id)
    assert (seen.measure, seen.value, seen.persona_id, seen.observed_at) == (
        "csat",
        4.2,
        book.dana.pk,
        now - 30 * DAY,
    )
    assert (response.account_id, response.why) == (book.larkspur.pk, "quick help")


def test_an_answer_without_a_person_counts_in_survey_metrics_only(book, now):
    response = record(book, now, persona_id=None, account_id=book.larkspur.pk)
    assert response.observation_id is None
    assert not Observation.objects.exists()


def test_goodwill_is_scored_from_its_items_and_keeps_them(book, now):
    response = record(book, now, kind="goodwill", answer=[6, 5, 7, 4])
    assert (response.answer, response.items) == (75, [6, 5, 7, 4])
    assert record(book, now, kind="goodwill", answer=[7, None, 7, 7]).answer == 100


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"answer": 11}, "answer", "out_of_range"),
        ({"answer": -1}, "answer", "out_of_range"),
        ({"answer": 8.5}, "answer", "out_of_range"),
        ({"answer": "8"}, "answer", "out_of_range"),
        ({"answer": True}, "answer", "out_of_range"),
        ({"answer": float("nan")}, "answer", "out_of_range"),
        ({"kind": "csat", "answer": 0.9}, "answer", "out_of_range"),
        ({"kind": "csat", "answer": 6}, "answer", "out_of_range"),
        ({"kind": "ces", "answer": 8}, "answer", "out_of_range"),
        ({"kind": "goodwill", "answer": 5}, "answer", "too_few_items"),
        ({"kind": "goodwill", "answer": [7, 7, None, None]}, "answer", "too_few_items"),
        ({"kind": "goodwill", "answer": [7, 7, 7, 8]}, "answer", "out_of_range"),
        ({"kind": "mood", "answer": 5}, "kind", "invalid_choice"),
        ({"persona_id": uuid.uuid4()}, "persona", "missing"),
        ({"persona_id": None}, "account", "missing"),
        ({"persona_id": None, "account_id": uuid.uuid4()}, "account", "missing"),
    ],
)
def test_a_wrong_answer_is_refused_by_field_and_writes_nothing(book, now, wrong, field, code):
    with pytest.raises(services.ResponseRefused) as refusal:
        record(book, now, **wrong)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert not Response.objects.exists()


def test_a_person_of_another_account_is_refused(book, now):
    with pytest.raises(services.Missing):
        record(book, now, account_id=book.larkspur.pk, persona_id=book.farid.pk, actor=book.lena)
    assert not Response.objects.exists()


@pytest.mark.parametrize(("answered", "asked"), [(2, None), (-2600, None), (-1, 0)])
def test_an_answer_lies_in_the_past_and_after_its_question(book, now, answered, asked):
    asked_at = None if asked is None else now + asked * DAY
    with pytest.raises(services.WrongMoment):
        record(book, now, answered_at=now + answered * DAY, asked_at=asked_at)
    assert not Response.objects.exists()


def test_a_csm_records_answers_of_their_accounts_only(book, now):
    with pytest.raises(NotYours):
        record(book, now, persona_id=book.farid.pk)
    with tenant_scope(book.globex.pk), pytest.raises(services.Missing):
        record(book, now, actor=book.charlie)
    assert not Response.objects.exists()


def test_history_is_known_since_it_was_answered_and_for_admin_keys_only(book, now):
    past = {"answered_at": now - 90 * DAY, "historical": True}
    with pytest.raises(services.NotAllowedToBackdate):
        record(book, now, actor=make_key(book.lena, "write")[0], **past)
    response = record(book, now, actor=make_key(book.adam, "admin")[0], **past)
    assert response.recorded_at == now - 90 * DAY
    assert Activity.objects.get(verb="response.recorded").data["historical"] is True


def test_a_withdrawal_takes_the_answer_and_its_observation_back_once(book, now):
    response = record(book, now)
    for _ in range(2):
        services.withdraw_response(response_id=response.pk, actor=book.alice, at=now)
    assert ResponseWithdrawal.objects.get().response_id == response.pk
    assert ObservationWithdrawal.objects.get().observation_id == response.observation_id
    assert Activity.objects.filter(verb="response.withdrawn").count() == 1


def test_the_same_external_id_is_unchanged_with_the_same_body_and_taken_with_another(book, now):
    def new(answer):
        return NewResponse(kind="nps", answer=answer, persona_id=book.dana.pk, external_id="s-1")

    results = services.record_responses(responses=[new(8), new(8), new(3)], actor=book.alice, at=now)
    assert [getattr(result, "created", None) for result in results] == [True, False, None]
    assert isinstance(results[2], services.Taken)
    assert Response.objects.count() == 1


def test_a_batch_costs_the_same_queries_whatever_its_size(book, now):
    counts = []
    for size in (1, 3):
        new = [NewResponse(kind="nps", answer=8, persona_id=book.dana.pk) for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            services.record_responses(responses=new, actor=book.alice, at=now)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_log_holds_no_free_text(book, now):
    record(book, now, why="Eli is leaving")
    assert "Eli" not in str(Activity.objects.get(verb="response.recorded").data)
