"""Four goals on the pages of accounts and people: what is, why, what next, and what we do with its measured effect."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Persona, Step
from health import services as health
from relationships.services import NewRating, record_rating
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, rate, save_step
from tests.health.builders import measure

FOUR = ("What is", "Why", "What next", "What we do")


def panel_words(page):
    text = page.content.decode()
    return [words for words in FOUR if f">{words}</h2>" in text]


def done_step(world, *, days, persona=None):
    """A prescribed step that was done so many days ago."""
    step = save_step(world.larkspur, "Call the buyer", at=world.now - 60 * DAY)
    Step.objects.filter(pk=step).update(
        cause="flag:buyer_negative", done_at=world.now - days * DAY, persona=persona
    )


def lived(world, score_before, score_after, *, since):
    """Nightly scores of Larkspur, by its usage before and after a day."""
    for ago in range(80, 0, -4):
        value = score_before if ago > since else score_after
        measure(world.larkspur, "breadth", value, at=world.now - ago * DAY)
    health.take_snapshots(account_ids=[world.larkspur.pk], at=timezone.now())
    health.rescore(account_ids=[world.larkspur.pk], at=timezone.now())


def test_both_pages_have_the_four_panels_for_whoever_reads_them(world):
    for path in (
        f"/accounts/{world.larkspur.pk}",
        f"/accounts/{world.plover.pk}",
        f"/personas/{world.dana.pk}",
    ):
        assert panel_words(world.visit.vera.get(path)) == list(FOUR)
    panels = world.visit.vera.get(f"/accounts/{world.larkspur.pk}").context["panels"]
    assert (panels.people, panels.rated, panels.strong, panels.negative) == (2, 2, 1, 0)
    assert [(one.label, one.people, one.negative) for one in panels.drivers] == [("Value they get", 2, 0)]
    assert (panels.renewal_days, panels.own, panels.effect) == (40, False, None)
    empty = world.visit.vera.get(f"/accounts/{world.plover.pk}").context["panels"]
    assert (empty.people, empty.drivers, empty.done, empty.renewal_days) == (0, [], None, None)


def test_a_prospect_gets_neither_the_step_nor_the_chance_of_loss_of_a_customer(world, scope):
    read, write = (Rest(make_key(world.adam, right)[1]) for right in ("read", "write"))
    page, prescribed = f"/accounts/{world.plover.pk}", f"/accounts/{world.plover.pk}/prescription"
    panels = world.visit.lena.get(page).context["panels"]
    assert (panels.prescribed is None, panels.loss is None) == (False, False)
    with scope(), transaction.atomic():
        Account.objects.filter(pk=world.plover.pk).update(status="prospect")
    panels = world.visit.lena.get(page).context["panels"]
    assert (panels.prescribed, panels.loss) == (None, None)
    assert read.get(f"{page}/panels").json()["what_next"]["loss_rate"] is None
    assert read.get(prescribed).status_code == 404
    assert write.post(prescribed, {"cause": "flag:no_personas"}).status_code == 409
    with scope():
        assert not Step.objects.filter(account=world.plover).exists()


def test_nothing_is_prescribed_on_the_pages_of_an_account_that_churned(world, scope):
    page, person = f"/accounts/{world.larkspur.pk}", f"/personas/{world.dana.pk}"
    with scope(), transaction.atomic():
        seen = NewRating(persona_id=world.dana.pk, signs=("short_answers", "camera_off", "asks_ahead"))
        record_rating(rating=seen, actor=world.alice, at=world.now)
    assert "Prescribed" in world.visit.alice.get(page).text
    assert "Make it a step" in world.visit.alice.get(person).text
    with scope(), transaction.atomic():
        Account.objects.filter(pk=world.larkspur.pk).update(status="churned")
    assert "Prescribed" not in world.visit.alice.get(page).text
    assert "Make it a step" not in world.visit.alice.get(person).text


def test_the_effect_of_a_step_is_the_score_before_and_up_to_four_weeks_after(world, scope):
    with scope(), transaction.atomic():
        lived(world, 0.1, 0.9, since=40)
        done_step(world, days=40)
    effect = world.visit.vera.get(f"/accounts/{world.larkspur.pk}").context["panels"].effect
    assert effect.change > 1
    assert effect.until <= world.now - 12 * DAY
    body = Rest(make_key(world.adam, "read")[1]).get(f"/accounts/{world.larkspur.pk}/panels").json()
    assert body["what_we_do"]["effect"]["change"] == pytest.approx(effect.change)
    assert body["what_we_do"]["last_done"]["cause"] == "flag:buyer_negative"
    assert body["what_next"]["renewal_days"] == 40
    assert body["what_is"]["very_good"] == 1


@pytest.mark.parametrize("days", [3, 100])
def test_nothing_is_said_of_an_effect_before_a_week_or_without_a_score_before_it(world, scope, days):
    with scope(), transaction.atomic():
        lived(world, 0.1, 0.9, since=40)
        done_step(world, days=days)
    panels = world.visit.vera.get(f"/accounts/{world.larkspur.pk}").context["panels"]
    assert (panels.done.title, panels.effect) == ("Call the buyer", None)


def test_the_effect_on_a_person_is_what_was_said_before_and_after(world, scope):
    with scope(), transaction.atomic():
        done_step(world, days=10, persona=world.eli)
    path = f"/personas/{world.eli.pk}"
    assert world.visit.vera.get(path).context["panels"].effect is None
    with scope(), transaction.atomic():
        rate(world.eli, world.alice, at=world.now - dt.timedelta(days=2), strength="okay", mood="positive")
    effect = world.visit.vera.get(path).context["panels"].effect
    assert (effect.before.rating.strength, effect.before.overall) == ("weak", "neutral")
    assert (effect.after.rating.strength, effect.after.overall) == ("okay", "positive")
    read = Rest(make_key(world.adam, "read")[1])
    body = read.get(f"/personas/{world.eli.pk}/panels").json()
    assert body["what_we_do"]["effect"]["after"]["sentiment"] == "positive"
    assert body["why"]["driver"] == "Value they get"
    assert read.get(f"/personas/{world.zoe.pk}/panels").status_code == 404
    assert read.get(f"/accounts/{world.zebra.pk}/panels").status_code == 404


def test_a_step_about_a_person_begins_on_their_page_and_leads_back_there(world, scope):
    page = f"/personas/{world.dana.pk}"
    address = world.visit.alice.get(page).context["step_new"]
    assert f'href="{address.replace("&", "&amp;")}"' in world.visit.alice.get(page).content.decode()
    begun = address.removeprefix("/t/northwind")
    form = world.visit.alice.get(begun).context["form"]
    assert form["persona"].value() == str(world.dana.pk)
    answer = world.visit.alice.post(begun, title="Call Dana", side="ours", persona=str(world.dana.pk))
    assert (answer.status_code, answer["Location"]) == (302, f"/t/northwind{page}")
    assert world.visit.alice.get(page).context["panels"].step.title == "Call Dana"
    assert world.visit.vera.get(page).context["step_new"] == ""
    with scope(), transaction.atomic():
        Persona.objects.filter(pk=world.dana.pk).update(left_on=world.now.date() - DAY)
    assert world.visit.alice.get(page).context["step_new"] == ""
