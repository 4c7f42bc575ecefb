"""A missing value is shown as a dash; money, shares and names read the same everywhere."""

import datetime as dt
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from accounts.templatetags import show


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("180000.00"), "€180,000"),
        (0, "€0"),
        (-1234.4, "\N{MINUS SIGN}€1,234"),
        (-0.4, "€0"),
        (None, "\N{EN DASH}"),
        ("", "\N{EN DASH}"),
        (float("nan"), "\N{EN DASH}"),
    ],
)
def test_money_is_whole_and_signed(amount, shown):
    assert show.money(amount, "EUR") == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (950, "$950"),
        (999_600, "$1M"),
        (1_234_567, "$1.23M"),
        (42_000, "$42k"),
        (180_000, "$180k"),
        (2.5e9, "$2.5B"),
        (-0.4, "$0"),
    ],
)
def test_short_money_keeps_three_figures(amount, shown):
    assert show.short_money(amount, "USD") == shown


def test_a_currency_without_a_sign_is_named():
    assert show.money(5, "NOK") == "NOK 5"


@pytest.mark.parametrize(("share", "shown"), [(0.784, "78%"), (1, "100%"), (None, "\N{EN DASH}")])
def test_a_share_is_a_whole_percent(share, shown):
    assert show.percent(share) == shown


@pytest.mark.parametrize(("share", "width"), [(0.5, "17.0"), (None, "0.0"), (3, "34.0"), (-1, "0.0")])
def test_a_bar_stays_inside_its_ground(share, width):
    assert show.scale(share, 34) == width


def test_nothing_of_nothing_is_an_empty_bar():
    assert show.share_of(0, 0) == "0"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Dana Ortiz", "DO"), ("Cher", "CH"), ("", "?"), (None, "?"), ("Jan (van) Eyck", "JE"), ("- -", "?")],
)
def test_initials_are_the_first_and_the_last(name, shown):
    assert show.initials(name) == shown


def test_the_same_name_has_the_same_colour():
    assert show.hue("Larkspur") == show.hue("Larkspur")
    assert all(0 <= show.hue(name) <= 5 for name in ("Larkspur", "", None, "\ud800"))


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/t/northwind/", "today"),
        ("/t/northwind/accounts/7/people", "accounts"),
        ("/t/northwind/personas/7", "accounts"),
        ("/t/northwind/settings/keys", "settings"),
        ("/login", ""),
    ],
)
def test_the_side_bar_knows_where_a_page_belongs(path, entry):
    assert show.section(path) == entry


def test_a_line_of_the_log_reads_as_words():
    assert show.verb_words("member.role_changed") == "Member role changed"
    data = {"before": {"role": "csm"}, "after": {"role": "admin", "joined_on": None}}
    assert show.changes(data) == [("role", "csm", "admin")]
    assert show.changes({}) == []
    assert show.named({1: "Ada"}, 1) == "Ada"
    assert show.named({1: "Ada"}, None) == ""


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("scopes", ["read", "ingest"], "read, ingest"),
        ("entitlements", [], None),
        ("custom", {"a": 1, "b": [True]}, "a: 1, b: Yes"),
        ("strength", "very_good", "Very good"),
        ("role", "economic_buyer", "economic buyer"),
        ("external_id", "acme_corp", "acme_corp"),
        ("is_active", False, "No"),
        ("score", 71.61085029846626, 71.61),
        ("code", "buyer_negative", "buyer negative"),
    ],
)
def test_a_value_of_the_log_reads_as_words(field, value, words):
    changed = show.changes({"before": {field: "x"}, "after": {field: value}})
    assert [after for _name, _before, after in changed] == [words]


def test_what_is_as_it_was_is_no_change():
    data = {
        "before": {"strength": "okay", "note": ""},
        "after": {"strength": "okay", "note": None, "driver": "price"},
    }
    assert show.changes(data) == [("driver", None, "price")]


@pytest.mark.parametrize(
    ("at", "style", "words"),
    [
        (dt.date(2026, 11, 9), "", "Nov 9, 2026"),
        (dt.datetime(2026, 11, 9, 14, 3, tzinfo=dt.UTC), "date", "Nov 9, 2026"),
        (dt.datetime(2026, 11, 9, 14, 3, tzinfo=dt.UTC), "datetime", "Nov 9, 2026, 2:03 PM"),
    ],
)
def test_a_day_reads_without_a_script_as_the_script_writes_it(at, style, words):
    assert f">{words}</time>" in render_to_string("components/_when.html", {"at": at, "show": style})
