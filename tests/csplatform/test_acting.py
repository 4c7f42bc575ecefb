"""Every row at risk says what is done about it: step, owner, due date, last touch; or what is prescribed, one click away."""

import datetime as dt
import re

import pytest
from django.db import transaction

from accounts.models import Account, Step
from health import services as health
from health.models import Score, Signal
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, rate, save_account, save_step, save_touch
from tests.csplatform.test_risk import lived
from tests.health.builders import measure
from tests.isolation.routes import all_routes


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


@pytest.fixture
def everywhere(world, scope):
    """Acme is at risk and on every list: it stood well until two days ago, fell again today, renews in 40 days, hangs on
    one person, waits for an answer to a signal, and nobody owns it. It has a late step of Lena's and a touch."""
    now = world.now
    with scope(), transaction.atomic():
        acme, buyer = lived(
            world, now, frequency=0.3, strength="okay", others="none", mood="positive",
            renewal_on=(now + 40 * DAY).date(),
        )  # fmt: skip
        rate(buyer, world.alice, at=now - 2 * DAY, strength="none", mood="negative")
        health.take_snapshots(account_ids=[acme.pk], at=now)
        measure(acme, "frequency", 0.0, at=now)
        health.rescore(account_ids=[acme.pk], at=now)
        Signal.objects.create(account=acme, at=now - DAY, kind="flag", code="buyer_left")
        Account.objects.filter(pk=acme.pk).update(owner=None)
        save_touch(acme, at=now - 5 * DAY)
        save_step(
            acme, "Call the buyer", at=now - 9 * DAY, owner_email="lena@northwind.test",
            due_on=(now - 3 * DAY).date(),
        )  # fmt: skip
    return acme


ROW = re.compile(r"<(tr|li)\b.*?</\1>", re.DOTALL)
HEADING = re.compile(r"<h[23][^>]*>(.*?)</h[23]>", re.DOTALL)
# Pages that list other accounts under another address.
QUERIES = (
    "accounts?columns=score", "risk/coverage?show=all",
    *(f"risk/monday/rows?rows={key}" for key in ("at_risk-now", "at_risk-entered", "movers", "renewals", "steps-late")),
)  # fmt: skip
LISTS = {
    ("", "Who needs you, and why"), ("", "Fell since yesterday"), ("", "Renewals in 90 days"), ("accounts", ""),
    ("accounts?columns=score", ""), ("focus", ""), ("risk", "At risk: who does what"),
    ("risk", "What moved since last week, and why"), ("risk", "Waiting longest"),
    ("risk", "Hanging on one person before a renewal"), ("risk/accounts", ""),
    ("risk/coverage", "Renewals in 90 days that hang on one person"),
    ("risk/coverage?show=all", "Every account, the nearest renewal first"), ("risk/monday", "Entered risk"),
    ("risk/monday", "What moved most, and why"), ("risk/monday", "Renewals ahead"),
    ("risk/monday/rows?rows=at_risk-now", ""), ("risk/monday/rows?rows=at_risk-entered", ""),
    ("risk/monday/rows?rows=movers", ""), ("risk/monday/rows?rows=renewals", ""), ("unowned", ""),
}  # fmt: skip
OTHERS = {
    ("rate", ""),  # people, under the names of their accounts
    ("risk", "What they do against what they feel"),  # the numbers of a chart
}


def pages():
    """Every page of the tenant that names no row, and what else is asked of some."""
    plain = {route.pattern for route in all_routes() if route.is_page and not route.names_a_row}
    return [*sorted(text.removeprefix("t/<slug:slug>/") for text in plain), *QUERIES]


def lists_of(account, page):
    """The lists of a page that have a row of this account, by what stands above them, and whether each such row says what
    is done about it. A row is about an account if its first link leads there."""
    found = {}
    for row in ROW.finditer(page):
        link = re.search(r'<a\b[^>]*href="([^"?]*)', row.group())
        if link and re.fullmatch(f"/t/northwind/accounts/{account.pk}(/people)?", link.group(1)):
            above = HEADING.findall(page, page.index("<main"), row.start())
            words = re.sub("<[^>]+>", "", above[-1]).strip() if above else ""
            says = all(part in row.group() for part in ("Call the buyer", "Lena", "late,", "last touch"))
            found[words] = found.get(words, True) and says
    return found


def test_every_list_of_every_page_names_step_owner_due_date_and_last_touch_of_an_account_at_risk(
    world, everywhere
):
    told, silent = set(), set()
    for path in pages():
        answer = world.visit.adam.get(f"/{path}")
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            for words, says in lists_of(everywhere, answer.text).items():
                (told if says else silent).add((path, words))
    assert silent == OTHERS
    assert told == LISTS


def test_on_a_phone_or_without_its_column_the_step_stands_under_the_name_of_an_account_at_risk(
    world, everywhere
):
    def under_the_name(query):
        page = world.visit.adam.get(f"/accounts{query}").text
        (name,) = (cell for cell in re.findall(r'<th scope="row".*?</th>', page, re.DOTALL) if "Acme" in cell)
        return "Call the buyer" in name, "show-small" in name

    assert under_the_name("") == (True, True)
    assert under_the_name("?columns=score") == (True, False)
    assert under_the_name("?columns=step") == (False, False)


@pytest.mark.parametrize("page", ["/accounts", "/risk", "/?whose=all"])
def test_every_list_names_step_owner_and_last_touch_of_a_row_at_risk(risky, page):
    content = risky.visit.lena.get(page).content
    for words in (b"Call the buyer", b"Lena", b"late,", b"last touch", b"No step"):
        assert words in content, words
    assert b"Later" not in content.split(b'id="threads"')[0].split(b"Steps due")[0]


@pytest.fixture
def rest(risky):
    _key, token = make_key(risky.adam, "write")
    return Rest(token)


def test_over_rest_an_account_at_risk_has_its_step_and_last_touch_and_any_other_has_neither(
    risky, rest, scope
):
    with scope(), transaction.atomic():
        save_account("Quiet", at=risky.now)
    larkspur, plover, quiet = rest.get("/accounts?ordering=name").json()["results"]
    step = larkspur["next_step"]
    assert (step["title"], step["owner"], step["owner_email"]) == (
        "Call the buyer",
        "Lena",
        "lena@northwind.test",
    )
    assert (step["side"], step["due_on"]) == ("ours", f"{(risky.now - 3 * DAY).date()}")
    assert larkspur["last_touch_at"][:10] == f"{(risky.now - 2 * DAY).date()}"
    assert (plover["next_step"], plover["last_touch_at"]) == (None, None)
    assert not {"next_step", "last_touch_at"} & quiet.keys()
    alone = rest.get(f"/accounts/{risky.larkspur.pk}").json()
    assert alone["next_step"] == step
    assert rest.patch(f"/accounts/{risky.larkspur.pk}", alone | {"tier": "A"}).status_code == 200


def test_over_rest_the_focus_list_has_the_last_touch_of_every_account(risky, rest):
    rows = {row["name"]: row for row in rest.get("/focus").json()["results"]}
    assert rows["Larkspur"]["last_touch_at"][:10] == f"{(risky.now - 2 * DAY).date()}"
    assert rows["Larkspur"]["next_step"]["owner_email"] == "lena@northwind.test"
    assert rows["Plover"]["last_touch_at"] is None


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


def test_over_rest_accounts_without_a_step_are_a_filter_whatever_their_band(risky, rest, scope):
    with scope(), transaction.atomic():
        quiet = save_account("Quiet", at=risky.now)
        save_step(quiet, "Done", at=risky.now, done_at=risky.now)

    def names(query):
        return [row["name"] for row in rest.get(f"/accounts?ordering=name&{query}").json()["results"]]

    assert names("no_step=true") == ["Plover", "Quiet"]
    assert names("no_step=false") == ["Larkspur"]
    assert names("no_step=true&owner_email=lena@northwind.test") == ["Plover"]
    refused = rest.get("/accounts?no_step=maybe")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "?no_step")


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


def test_an_accepted_step_leads_to_the_flag_that_it_answers_until_that_is_down(risky, scope):
    risky.visit.lena.post(f"/accounts/{risky.plover.pk}/accept")
    page = risky.visit.lena.get(f"/accounts/{risky.plover.pk}")
    (step,) = page.context["steps"]
    assert step["cause_href"].startswith("#flag-")
    assert f'href="{step["cause_href"]}"' in page.text
    assert f'id="{step["cause_href"][1:]}"' in page.text
    with scope(), transaction.atomic():
        Score.objects.filter(account=risky.plover).update(flags=[])
    page = risky.visit.lena.get(f"/accounts/{risky.plover.pk}")
    assert page.context["steps"][0]["cause_href"] == ""
    assert step["cause"] in page.text


@pytest.mark.parametrize(
    ("cause", "leads_to"),
    [
        ("drop:relationship", "#measure-relationship"), ("quadrant:captive", "#quadrant"), ("drop:gone", ""),
        ("person:diverged", "/t/northwind/personas/{dana}"),
        ("situation:{dana}", "/t/northwind/accounts/{larkspur}/situations/{dana}"),
    ],
)  # fmt: skip
def test_a_step_leads_to_its_cause_whatever_that_is(risky, scope, cause, leads_to):
    ids = {"dana": risky.dana.pk, "larkspur": risky.larkspur.pk}
    with scope(), transaction.atomic():
        Step.objects.filter(account=risky.larkspur, title="Later").update(deleted_at=risky.now)
        Step.objects.filter(account=risky.larkspur).update(cause=cause.format(**ids), persona=risky.dana)
    page = risky.visit.alice.get(f"/accounts/{risky.larkspur.pk}")
    (step,) = page.context["steps"]
    assert step["cause_href"] == leads_to.format(**ids)
    if leads_to.startswith("#"):
        assert f'id="{leads_to[1:]}"' in page.text


def test_a_step_for_a_fall_of_this_week_leads_to_what_changed(world, scope):
    with scope(), transaction.atomic():
        acme, _buyer = lived(world, world.now)
        measure(acme, "frequency", 0.9, at=world.now)
        health.rescore(account_ids=[acme.pk], at=world.now)
        save_step(acme, at=world.now)
        Step.objects.filter(account=acme).update(cause="drop:frequency")
    page = world.visit.lena.get(f"/accounts/{acme.pk}")
    assert page.context["steps"][0]["cause_href"] == "#changed"
    assert 'id="changed"' in page.text


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
