"""Quick jump: what it finds, in which order, and who may see it."""

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse

from accounts import services as accounts
from accounts.scope import tenant_scope
from csplatform.selectors.search import PAGES
from tests.csplatform.conftest import save_account, save_person


def found(response):
    assert response.status_code == 200
    return response.context["found"]


def titles(hits):
    return [hit.title for hit in hits]


def jump(visitor, query):
    """The list inside the dialog, as a script asks for it."""
    return visitor.client.get(f"/t/{visitor.slug}/search{query}", headers={"HX-Request": "true"})


def test_the_search_page_needs_no_script_and_lists_accounts_people_and_pages(world):
    response = world.visit.alice.get("/search?q=da")
    assert titles(found(response).people) == ["Dana"]
    assert b"<h1>Search</h1>" in response.content
    assert f'href="/t/northwind/personas/{world.dana.pk}"'.encode() in response.content


def test_a_script_gets_the_list_alone(world):
    response = jump(world.visit.alice, "?q=lark")
    assert b"<html" not in response.content
    assert b'role="option"' in response.content
    assert "HX-Request" in response["Vary"]
    assert [(hit.title, hit.more, hit.band) for hit in found(response).accounts] == [
        ("Larkspur", "Enterprise", "unknown")
    ]


def test_an_address_and_an_external_id_find_their_owner(world):
    assert titles(found(jump(world.visit.alice, "?q=dana@larkspur.test")).people) == ["Dana"]
    assert titles(found(jump(world.visit.alice, "?q=lark-1")).accounts) == ["Larkspur"]


def test_another_tenants_rows_are_never_found(world):
    for query in ("?q=zebra", "?q=zoe", f"?recent={world.zebra.pk},{world.zoe.pk}"):
        response = jump(world.visit.lena, query)
        assert b"of Globex" not in response.content
        assert not found(response).accounts + found(response).people + found(response).recent
    assert world.visit.charlie.get("/search?q=lark").status_code == 404


def test_without_words_what_was_opened_last_comes_first_then_every_page(world):
    response = jump(world.visit.alice, f"?recent={world.eli.pk},nonsense,{world.plover.pk}")
    assert titles(found(response).recent) == ["Eli", "Plover"]
    assert titles(found(response).pages)[:3] == ["Today", "Rate", "Accounts"]


def test_what_was_opened_last_comes_first_among_what_is_found(world, scope):
    with scope(), transaction.atomic():
        save_account("Lark", at=world.now)
    assert titles(found(jump(world.visit.alice, "?q=lark")).accounts) == ["Lark", "Larkspur"]
    seen = jump(world.visit.alice, f"?q=lark&recent={world.larkspur.pk}")
    assert titles(found(seen).accounts) == ["Larkspur", "Lark"]


def test_live_accounts_and_people_who_are_there_come_before_the_others(world, scope):
    with scope(), transaction.atomic():
        save_account("Larch", at=world.now, status="churned")
        save_person(world.plover, "Damian", at=world.now, left_on=world.now.date())
    assert titles(found(jump(world.visit.alice, "?q=lar")).accounts) == ["Larkspur", "Larch"]
    people = found(jump(world.visit.alice, "?q=da")).people
    assert titles(people) == ["Dana", "Damian"]
    assert people[1].more.endswith("left")


@pytest.mark.parametrize(("who", "expected"), [("alice", []), ("vera", []), ("adam", ["API keys"])])
def test_pages_of_admins_are_offered_to_admins_only(world, who, expected):
    assert titles(found(jump(getattr(world.visit, who), "?q=api+ke")).pages) == expected


def test_a_page_is_found_by_another_word_for_it(world):
    assert titles(found(jump(world.visit.alice, "?q=colleag")).pages) == ["Members"]


# Addresses that need nothing but the tenant and are no place to go, each with the reason.
NO_PLACE = {
    "search": "the quick jump itself",
    "settings": "leads to the first page of the settings",
    "edit_many": "needs the accounts that are to change",
    "export_accounts": "a file",
    "export_segment": "a file",
    "monday_slide": "a file",
    "monday_rows": "the rows behind a number of the Monday view",
    "connect_tail": "a part of Connect that a script asks for again",
    "scorecard_preview": "needs the scorecard that is to be looked at",
    "read_notifications": "is only posted to",
    "cadence": "is only posted to",
    "connect_group": "is only posted to",
    "connect_owner": "is only posted to",
    "exchange_rate": "is only posted to",
    "add_view": "is only posted to",
}


def standing_alone(patterns, before=""):
    """The names of the addresses under a tenant that need nothing else."""
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from standing_alone(pattern.url_patterns, address)
        elif address.startswith("t/<slug:slug>/") and address.count("<") == 1:
            yield pattern.name


def test_every_page_that_needs_no_argument_can_be_jumped_to():
    names = set(standing_alone(get_resolver().url_patterns))
    offered = {route for route, *_ in PAGES}
    assert names - offered - NO_PLACE.keys() == set()
    assert NO_PLACE.keys() - names == set()
    assert offered & NO_PLACE.keys() == set()


@pytest.mark.parametrize("route", [name for name, why in NO_PLACE.items() if why == "is only posted to"])
def test_what_is_said_to_be_only_posted_to_is_no_page(world, route):
    assert world.visit.adam.client.get(reverse(route, args=["northwind"])).status_code == 405


def test_every_page_offered_opens(world):
    for hit in found(jump(world.visit.adam, "")).pages:
        assert world.visit.adam.client.get(hit.href, follow=True).status_code == 200, hit.href


def test_more_than_fits_says_so_and_leads_to_the_page(world, scope):
    with scope(), transaction.atomic():
        for number in range(9):
            save_account(f"Heron {number}", at=world.now)
    response = jump(world.visit.alice, "?q=heron")
    assert (len(found(response).accounts), found(response).more_accounts) == (7, 2)
    assert b"/t/northwind/search?q=heron" in response.content
    assert len(found(world.visit.alice.get("/search?q=heron")).accounts) == 9


@pytest.mark.parametrize("query", ["?q=%00", "?q=" + "x" * 201, "?recent=" + "x" * 1001])
def test_what_cannot_be_read_is_a_bad_request(world, query):
    assert world.visit.alice.get(f"/search{query}").status_code == 400


def test_a_search_costs_the_same_for_one_and_three_results(world, scope):
    one = world.visit.alice.statements("/search?q=la")
    with scope(), transaction.atomic():
        for name in ("Lapwing", "Lanner"):
            other = save_account(name, at=world.now)
            save_person(other, "Lana", at=world.now)
        save_person(world.plover, "Lara", at=world.now)
    three = world.visit.alice.statements("/search?q=la")
    assert (one, three) == (10, 10)


def test_a_deleted_account_and_its_people_are_not_offered(world, scope):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        accounts.delete_account(id=world.larkspur.pk, actor=world.adam, at=world.now)
    response = jump(world.visit.alice, f"?q=la&recent={world.larkspur.pk},{world.dana.pk}")
    assert not found(response).accounts
    assert not found(jump(world.visit.alice, "?q=dana")).people
