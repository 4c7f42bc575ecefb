"""The Accounts page: filters, order, columns, sums, pages and export."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import transaction
from openpyxl import load_workbook

from accounts import services as accounts
from accounts.models import Account, Step
from accounts.scope import tenant_scope
from csplatform import reports
from health import services as health
from journeys import services as journeys
from tests.csplatform.conftest import DAY, rate, save_account, save_person


def names(response):
    """The accounts a page lists, in order."""
    return [row.name for row in response.context["page"]["rows"]]


def listed(world, query=""):
    response = world.visit.lena.get(f"/accounts{query}")
    assert response.status_code == 200
    return names(response)


def test_the_list_shows_live_accounts_by_name_with_their_health(world):
    response = world.visit.alice.get("/accounts")
    assert names(response) == ["Larkspur", "Plover"]
    larkspur = response.context["page"]["rows"][0]
    assert (larkspur.owner, larkspur.segment, larkspur.renewal_days) == ("Alice", "Enterprise", 40)
    assert larkspur.score > 50
    assert b"Enterprise" in response.content


def test_another_tenants_accounts_are_never_listed(world):
    response = world.visit.lena.get("/accounts?status=all&q=Zebra")
    assert names(response) == []
    assert b"of Globex" not in response.content


def test_a_stranger_gets_the_answer_of_a_tenant_that_does_not_exist(world):
    assert world.visit.charlie.get("/accounts").status_code == 404


def test_an_anonymous_visitor_is_sent_to_the_login(world, client):
    response = client.get("/t/northwind/accounts?band=watch")
    assert response.status_code == 302
    assert response["Location"].startswith("/login?next=")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=lark", ["Larkspur"]),
        ("?q=LARK-1", ["Larkspur"]),
        ("?segment=Enterprise", ["Larkspur"]),
        ("?region=Europe", ["Larkspur"]),
        ("?tier=Gold", []),
        ("?owner=none", []),
        ("?owner=me", ["Plover"]),
        ("?cell=very_good:positive", ["Larkspur"]),
        ("?cell=weak:neutral", ["Larkspur"]),
        ("?cell=weak:positive", []),
        ("?cell=unrated", ["Plover"]),
        ("?flag=no_personas", ["Plover"]),
        ("?band=unknown", ["Plover", "Larkspur"]),
        ("?stage=none", ["Larkspur", "Plover"]),
        ("?no_step=1", ["Larkspur", "Plover"]),
        ("?status=churned", []),
        ("?sort=-arr", ["Larkspur", "Plover"]),
        ("?sort=arr", ["Plover", "Larkspur"]),
        ("?sort=-name", ["Plover", "Larkspur"]),
        ("?sort=renewal", ["Larkspur", "Plover"]),
        ("?sort=-renewal", ["Larkspur", "Plover"]),
    ],
)
def test_each_filter_and_order_of_the_address_is_kept(world, query, expected):
    found = listed(world, query)
    assert found == expected if "sort" in query or len(expected) < 2 else sorted(found) == sorted(expected)


def test_a_renewal_window_ends_on_its_day(world):
    renewal = (world.now + 40 * DAY).date()
    assert listed(world, f"?renews_before={renewal + dt.timedelta(days=1)}") == ["Larkspur"]
    assert listed(world, f"?renews_before={renewal}") == []


def test_a_team_filter_finds_the_accounts_whose_team_a_member_is_on(world, scope):
    with scope(), transaction.atomic():
        item = accounts.Item(id=world.plover.pk, values={"team": ["alice@northwind.test"]})
        accounts.save_accounts(items=[item], mode=accounts.Mode.UPDATE, actor=None, at=world.now)
    assert listed(world, f"?team={world.alice.member_id}") == ["Plover"]
    assert listed(world, f"?owner={world.alice.member_id}") == ["Larkspur"]


def test_a_stage_filter_finds_who_stands_there(world, scope):
    with scope(), transaction.atomic():
        stage = journeys.save_stage(values={"name": "Value"}, actor=world.adam, at=world.now)
        placement = journeys.NewPlacement(account_id=world.plover.pk, stage_id=stage.pk)
        journeys.move_to_stage(placement=placement, actor=world.adam, at=world.now)
    assert listed(world, f"?stage={stage.pk}") == ["Plover"]
    assert listed(world, "?stage=none") == ["Larkspur"]
    assert listed(world, "?sort=stage") == ["Plover", "Larkspur"]


def test_an_open_step_takes_an_account_out_of_those_without(world, scope):
    with scope(), transaction.atomic():
        Step.objects.create(account=world.plover, title="Call", created_at=world.now, updated_at=world.now)
    assert listed(world, "?no_step=1") == ["Larkspur"]


def test_sums_are_in_the_tenants_currency_and_leave_out_what_has_no_rate(world, scope):
    with scope(), transaction.atomic():
        save_account("Dollar", at=world.now, arr=Decimal("1000"), currency="USD")
        save_account("Yen", at=world.now, arr=Decimal("1000"), currency="JPY")
        accounts.set_exchange_rate(currency="USD", rate=Decimal("0.5"), actor=world.adam, at=world.now)
    totals = world.visit.lena.get("/accounts").context["totals"]
    assert (totals.accounts, totals.arr, totals.without_rate) == (4, 105500, 1)


def test_the_chips_count_every_band_under_the_other_filters(world):
    response = world.visit.lena.get("/accounts?band=healthy")
    counts = {str(chip["label"]): chip["count"] for chip in response.context["chips"]}
    assert counts["All"] == 2
    assert sum(count for label, count in counts.items() if label != "All") == 2


def test_nonsense_in_the_address_is_named_and_left_out(world):
    response = world.visit.lena.get("/accounts?band=purple&owner=somebody&sort=luck")
    assert response.status_code == 400
    assert names(response) == ["Larkspur", "Plover"]
    said = " ".join(response.context["problems"])
    assert [word for word in ("band", "owner", "sort") if word not in said] == []


def test_columns_are_kept_in_the_address_and_unknown_ones_ignored(world):
    response = world.visit.lena.get("/accounts?columns=arr,coverage&columns=nonsense")
    assert [column["key"] for column in response.context["columns"]] == ["name", "arr", "coverage"]


def test_a_page_holds_fifty_accounts(world, scope):
    with scope(), transaction.atomic():
        items = [accounts.Item(values={"name": f"Account {n:03}"}) for n in range(60)]
        accounts.save_accounts(items=items, mode=accounts.Mode.CREATE, actor=None, at=world.now)
    first, second = world.visit.lena.get("/accounts"), world.visit.lena.get("/accounts?page=2")
    assert (len(names(first)), len(names(second))) == (50, 12)
    assert not set(names(first)) & set(names(second))
    assert first.context["page"]["previous"] == ""
    assert second.context["page"]["next"] == ""


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_statements_whatever_its_length(world, scope, more):
    with scope(), transaction.atomic():
        for n in range(more):
            account = save_account(f"More {n}", at=world.now - 30 * DAY, owner_email="alice@northwind.test")
            person = save_person(account, f"Person {n}", at=world.now - 30 * DAY, role="champion")
            rate(person, world.alice, at=world.now - DAY, strength="okay", mood="positive")
            health.rescore(account_ids=[account.pk], at=world.now)
    assert world.visit.alice.statements("/accounts") == 18


def test_an_export_holds_every_row_and_the_columns_shown(world):
    response = world.visit.vera.get("/accounts/export?format=csv&columns=arr,owner&sort=-arr")
    assert response["Content-Disposition"].startswith('attachment; filename="accounts-')
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows == [
        ["Account", "ARR", "Currency", "Owner"],
        ["Larkspur", "100000.00", "EUR", "Alice"],
        ["Plover", "5000.00", "EUR", "Lena"],
    ]


def test_a_name_that_looks_like_a_formula_leaves_as_text(world, scope):
    with scope(), transaction.atomic():
        save_account("=2+2", at=world.now, segment="@home", domain="-x")
    asked = "/accounts/export?columns=segment,domain&q=2%2B2&format="
    sheet = list(csv.reader(io.StringIO(world.visit.lena.get(asked + "csv").content.decode("utf-8-sig"))))
    assert sheet[1] == ["'=2+2", "'@home", "'-x"]
    book = load_workbook(io.BytesIO(world.visit.lena.get(asked + "xlsx").content))
    assert [cell.value for cell in list(book.active.rows)[1]] == ["'=2+2", "'@home", "'-x"]
    assert {cell.data_type for cell in list(book.active.rows)[1]} == {"s"}


def test_numbers_stay_numbers_in_a_workbook():
    content, media = reports.sheet(
        heads=[("n", "Number"), ("d", "Day")], rows=[{"n": -4, "d": None}], kind="xlsx"
    )
    assert media.endswith("spreadsheetml.sheet")
    assert [cell.value for cell in list(load_workbook(io.BytesIO(content)).active.rows)[1]] == [-4, None]


def test_a_csm_adds_an_account_and_owns_it(world, scope):
    response = world.visit.alice.post(
        "/accounts/new", name="Finch", status="active", owner_email="alice@northwind.test", currency="usd",
        arr="12000", entitlements="reports, export, reports",
    )  # fmt: skip
    with scope(), transaction.atomic():
        finch = Account.objects.get(name="Finch")
    assert response["Location"] == f"/t/northwind/accounts/{finch.pk}/people"
    assert (finch.owner_id, finch.currency, finch.entitlements) == (
        world.alice.member_id, "USD", ["reports", "export"],
    )  # fmt: skip


def test_what_is_wrong_with_a_new_account_stands_at_its_field(world, scope):
    response = world.visit.alice.post(
        "/accounts/new", name="", status="active", arr="-1", currency="EURO", external_id="lark-1"
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "arr", "currency"}
    taken = world.visit.alice.post("/accounts/new", name="Twin", status="active", external_id="lark-1")
    assert set(taken.context["form"].errors) == {"external_id"}
    with scope(), transaction.atomic():
        assert Account.objects.count() == 2


def test_a_viewer_is_shown_no_button_and_may_not_add(world, scope):
    assert b"accounts/new" not in world.visit.vera.get("/accounts").content
    assert world.visit.vera.get("/accounts/new").status_code == 403
    assert world.visit.vera.post("/accounts/new", name="Mine", status="active").status_code == 403
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert not Account.objects.filter(name="Mine").exists()


def test_an_export_that_would_be_cut_off_is_left_to_a_worker(world, monkeypatch):
    monkeypatch.setattr("csplatform.views.accounts.EXPORT_ROWS", 1)
    answer = world.visit.lena.get("/accounts/export")
    assert (answer.status_code, answer["Location"]) == (302, "/t/northwind/settings/exports")
    assert b"more than 1 accounts" in world.visit.lena.get("/settings/exports").content
