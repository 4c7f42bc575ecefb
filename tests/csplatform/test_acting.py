"""Every row at risk says what is done about it: step, owner, due date, last touch; or what is prescribed, one click away."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.models import Account, Step
from health.models import Score
from tests.csplatform.conftest import DAY, save_account, save_step, save_touch


@pytest.fixture
def risky(world, scope):
    """Larkspur is at risk and has a late step of Lena's and a touch; Plover is at risk and has nothing."""
    with scope(), transaction.atomic():
        Score.objects.update(band="at_risk", capped=True)
        save_step(
            world.larkspur, "Call the buyer", at=world.now - 9 * DAY, owner_email="lena@northwind.test",
            due_on=(world.now - 3 * DAY).date(),
        )  # fmt: skip
        save_step(world.larkspur, "Later", at=world.now - 9 * DAY, due_on=(world.now + 3 * DAY).date())
        save_touch(world.larkspur, at=world.now - 5 * DAY, people=[world.dana])
        save_touch(world.larkspur, at=world.now - 2 * DAY, kind="mail")
    return world


def doing(acting):
    step, touch = acting.step, acting.touch
    return (step.title, step.owner, step.late, touch.kind) if step else acting.prescribed.title


def test_today_shows_what_is_done_and_what_is_prescribed(risky):
    page = risky.visit.lena.get("/?whose=all").context["page"]
    rows = {row["name"]: doing(row["acting"]) for row in page.needs}
    assert rows["Larkspur"] == ("Call the buyer", "Lena", True, "mail")
    assert rows["Plover"]
    assert page.idle_count == 1
    assert b"1 at risk without a step" in risky.visit.lena.get("/?whose=all").content


@pytest.mark.parametrize("page", ["/accounts", "/risk", "/?whose=all"])
def test_every_list_names_step_owner_and_last_touch_of_a_row_at_risk(risky, page):
    content = risky.visit.lena.get(page).content
    for words in (b"Call the buyer", b"Lena", b"late,", b"last touch", b"No step"):
        assert words in content, words
    assert b"Later" not in content.split(b'id="threads"')[0].split(b"Steps due")[0]


def test_a_new_touch_shows_on_the_risk_page_at_once(risky, scope):
    before = risky.visit.lena.get("/risk").content
    assert b"never touched" in before
    with scope(), transaction.atomic():
        save_touch(risky.plover, at=risky.now - DAY)
    assert b"never touched" not in risky.visit.lena.get("/risk").content


def test_the_export_holds_step_owner_due_and_last_touch(risky):
    head, *rows = risky.visit.lena.get("/accounts/export?format=csv").content.decode("utf-8-sig").splitlines()
    assert "Next step,Step of,Step due,Last touch" in head
    due, touched = ((risky.now - days * DAY).date() for days in (3, 2))
    assert f"Call the buyer,Lena,{due},{touched}" in rows[0]


def test_the_report_lists_scores_without_a_step_the_most_worrying_first(risky, scope):
    with scope(), transaction.atomic():
        save_account("Quiet", at=risky.now, owner_email="alice@northwind.test")
    page = risky.visit.lena.get("/without-step").context["page"]
    assert [one.row.name for one in page.rows] == ["Plover", "Quiet"]
    assert (page.bands["at_risk"], page.bands["unknown"], page.accounts) == (1, 1, 3)
    mine = risky.visit.alice.get("/without-step").context["page"]
    assert [one.row.name for one in mine.rows] == ["Quiet"]
    only = risky.visit.lena.get("/without-step?band=at_risk").context["page"]
    assert [one.row.name for one in only.rows] == ["Plover"]
    assert risky.visit.lena.get("/without-step?band=purple").status_code == 400


def test_one_click_makes_a_step_that_names_its_cause(risky, scope):
    (one,) = risky.visit.lena.get("/without-step").context["page"].rows
    cause = one.acting.prescribed.cause
    done = risky.visit.lena.post(
        f"/accounts/{risky.plover.pk}/accept", cause=cause, next="/t/northwind/without-step"
    )
    assert done["Location"] == "/t/northwind/without-step"
    with scope(), transaction.atomic():
        step = Step.objects.get(account=risky.plover)
    assert (step.cause, step.source, step.owner_id) == (cause, "prescription", risky.lena.member_id)
    assert risky.visit.lena.get("/without-step").context["page"].rows == []
    page = risky.visit.lena.get(f"/accounts/{risky.plover.pk}")
    assert b"Prescribed" in page.content
    assert page.context["prescribed"] is None
    assert page.context["steps"][0]["cause"] == one.acting.prescribed.words


def test_who_may_not_write_the_account_is_shown_no_button_and_accepts_nothing(risky, scope):
    for visitor in (risky.visit.vera, risky.visit.alice):
        assert b"/accept" not in visitor.get("/without-step?whose=all").content
        assert visitor.post(f"/accounts/{risky.plover.pk}/accept").status_code == 403
    assert risky.visit.charlie.post(f"/accounts/{risky.plover.pk}/accept").status_code == 404
    assert risky.visit.adam.post(f"/accounts/{risky.zebra.pk}/accept").status_code == 404
    with scope(), transaction.atomic():
        assert not Step.objects.filter(account=risky.plover).exists()


def test_a_step_elsewhere_is_not_a_way_out(risky):
    answer = risky.visit.lena.post(f"/accounts/{risky.plover.pk}/accept", next="https://evil.test/")
    assert answer["Location"] == f"/t/northwind/accounts/{risky.plover.pk}"


@pytest.mark.parametrize("more", [1, 3])
def test_the_report_costs_the_same_whatever_it_lists(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            save_account(f"Quiet {n}", at=world.now, owner_email="alice@northwind.test")
        Account.objects.filter(name="Plover").update(updated_at=dt.datetime.now(dt.UTC))
    assert world.visit.alice.statements("/without-step") == 15
