"""What a set of answers says."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scope import tenant_scope
from feedback import selectors, services
from feedback.services import NewResponse

DAY = dt.timedelta(days=1)


@pytest.fixture
def answer(book, now):
    """Record answers of one kind at one account, without naming a person."""

    def record(kind, answers, account=None, at=None):
        new = [
            NewResponse(kind=kind, answer=given, account_id=(account or book.larkspur).pk, answered_at=at)
            for given in answers
        ]
        return [
            result.response
            for result in services.record_responses(responses=new, actor=book.lena, at=at or now)
        ]

    return record


def test_nps_comes_with_its_interval_groups_and_n(book, answer, now):
    answer("nps", [9] * 50 + [7] * 30 + [3] * 20)
    nps = selectors.survey_metrics(at=now)["nps"]
    assert (nps.value, nps.n, nps.groups, nps.listed) == (30, 100, (50, 30, 20), ())
    assert (nps.low, nps.high) == (pytest.approx(14.05, abs=0.01), pytest.approx(44.20, abs=0.01))


def test_csat_is_the_share_of_the_satisfied_with_mean_and_interval(book, answer, now):
    answer("csat", [5, 5, 4, 4, 3, 2, 5, 4, 1, 5])
    csat = selectors.survey_metrics(at=now)["csat"]
    assert (csat.mean, csat.value, csat.n) == (3.8, 70, 10)
    assert (csat.low, csat.high) == (pytest.approx(39.7, abs=0.05), pytest.approx(89.2, abs=0.05))


def test_below_twenty_answers_the_answers_themselves_are_listed(book, answer, now):
    answer("ces", [7, 2])
    assert selectors.survey_metrics(at=now)["ces"].listed == (7, 2)


def test_goodwill_has_its_mean_and_its_reliability(book, answer, now):
    answer("goodwill", [[6, 5, 7, 4]])
    goodwill = selectors.survey_metrics(at=now)["goodwill"]
    assert (goodwill.value, goodwill.alpha) == (75, None)
    answer("goodwill", [[1, 2, 2, 1], [4, 4, None, 4]])
    assert 0 < selectors.survey_metrics(at=now)["goodwill"].alpha <= 1


def test_nothing_answered_has_no_value(book, now):
    metrics = selectors.survey_metrics(at=now)
    assert {kind: (metric.n, metric.value) for kind, metric in metrics.items()} == dict.fromkeys(
        ("nps", "csat", "ces", "goodwill"), (0, None)
    )


def test_metrics_are_kept_apart_by_account_and_by_time(book, answer, now):
    answer("nps", [9], at=now - 100 * DAY)
    answer("nps", [3], account=book.plover)
    ids = [book.larkspur.pk, book.plover.pk]
    by_account = selectors.survey_metrics_by_account(at=now, account_ids=ids)
    assert {key: metrics["nps"].value for key, metrics in by_account.items()} == {ids[0]: 100, ids[1]: -100}
    assert selectors.survey_metrics(at=now, account_ids=ids[:1])["nps"].n == 1
    assert selectors.survey_metrics(at=now, since=now - 30 * DAY)["nps"].value == -100
    assert selectors.survey_metrics(at=now - DAY)["nps"].value == 100


def test_a_withdrawn_answer_counts_until_its_withdrawal(book, answer, now):
    (response,) = answer("nps", [9], at=now - 10 * DAY)
    services.withdraw_response(response_id=response.pk, actor=book.lena, at=now)
    assert selectors.survey_metrics(at=now)["nps"].n == 0
    assert selectors.survey_metrics(at=now - DAY)["nps"].n == 1
    assert not selectors.account_responses(account_id=book.larkspur.pk, at=now).exists()


def test_a_neighbour_counts_none_of_them(book, answer, now):
    answer("nps", [9])
    with tenant_scope(book.globex.pk):
        assert selectors.survey_metrics(at=now)["nps"].n == 0


def test_metrics_of_a_book_cost_one_query(book, answer, now):
    answer("nps", [9, 3, 7])
    answer("csat", [5])
    for read in (
        lambda: selectors.survey_metrics(at=now),
        lambda: selectors.survey_metrics_by_account(at=now, account_ids=[book.larkspur.pk, book.plover.pk]),
    ):
        with CaptureQueriesContext(connection) as queries:
            read()
        assert len(queries) == 1
