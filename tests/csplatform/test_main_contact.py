"""The main contact of an account: whoever a member says, as long as they are there; else whom we meet most."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Account, AccountFact
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, save_person, save_touch


@pytest.fixture
def rest(world):
    return Rest(make_key(world.lena, "write")[1])


@pytest.fixture
def met(world, scope):
    """Larkspur, where we met Eli last week."""
    with scope(), transaction.atomic():
        save_touch(world.larkspur, at=world.now - 7 * DAY, people=[world.eli])
    return world


def say(world, person, who="alice"):
    path = f"/accounts/{world.larkspur.pk}/main-contact"
    return getattr(world.visit, who).post(path, main_contact=person.pk if person else "")


def contact(world, more=""):
    """Whom the chart's checks name as main contact, and how that is known."""
    page = world.visit.vera.get(f"/accounts/{world.larkspur.pk}/people{more}")
    first = page.context["org"]["checks"][0]
    assert first["label"] == "Main contact"
    return [one["name"] for one in first["people"]], first["how"]


def test_the_main_contact_is_whom_we_met_most_until_a_member_says_another(met):
    assert contact(met) == (["Eli"], "met most")
    assert say(met, met.dana).status_code == 302
    assert contact(met) == (["Dana"], "said by hand")
    say(met, None)
    assert contact(met) == (["Eli"], "met most")


def test_who_is_said_to_be_the_main_contact_and_left_makes_room_for_whom_we_met_most(met, scope):
    say(met, met.dana)
    met.visit.alice.post(f"/personas/{met.dana.pk}/left")
    assert contact(met) == (["Eli"], "met most")
    met.visit.alice.post(f"/personas/{met.dana.pk}/left", back="1")
    assert contact(met) == (["Dana"], "said by hand")
    with scope(), transaction.atomic():
        accounts.delete_persona(id=met.dana.pk, actor=None, at=met.now)
    assert contact(met) == (["Eli"], "met most")


def test_a_main_contact_that_was_merged_is_who_remains(met, scope):
    say(met, met.dana)
    with scope(), transaction.atomic():
        hedy = save_person(met.larkspur, "Hedy", at=met.now - 30 * DAY)
        accounts.merge_personas(id=met.dana.pk, into=hedy.pk, actor=None, at=met.now)
    assert contact(met) == (["Hedy"], "said by hand")
    assert contact(met, f"?on={(met.now - DAY).date()}") == (["Eli"], "met most")


def test_a_past_day_names_the_main_contact_of_then(met, scope):
    for ago, person in ((50, met.dana), (20, met.eli)):
        with scope(), transaction.atomic():
            item = accounts.Item(id=met.larkspur.pk, values={"main_contact": person.pk})
            accounts.only(
                accounts.save_accounts(
                    items=[item], mode=accounts.Mode.UPDATE, actor=None, at=met.now - ago * DAY
                )
            )
    with scope(), transaction.atomic():
        said = AccountFact.objects.filter(account=met.larkspur, key="main_contact").order_by("effective_at")
        assert [fact.value for fact in said] == [str(met.dana.pk), str(met.eli.pk)]
    assert contact(met, f"?on={(met.now - 30 * DAY).date()}") == (["Dana"], "said by hand")
    assert contact(met, f"?on={(met.now - 10 * DAY).date()}") == (["Eli"], "said by hand")


def test_a_day_before_anybody_was_rated_or_met_knows_no_main_contact(world):
    assert contact(world)[0] == ["Dana"]  # most of the relationship rests on her
    assert contact(world, f"?on={(world.now - 10 * DAY).date()}")[0] == ["Dana"]
    assert contact(world, f"?on={(world.now - 30 * DAY).date()}")[0] == []


def test_the_pages_that_name_people_mark_the_main_contact(met):
    mark = ">main contact</span>"
    alice, person = met.visit.alice, f"/personas/{met.dana.pk}"
    assert mark not in alice.get(person).content.decode()
    assert "Make main contact" in alice.get(person).content.decode()
    say(met, met.dana)
    text = alice.get(person).content.decode()
    assert (mark in text, "No longer main contact" in text) == (True, True)
    people = alice.get(f"/accounts/{met.larkspur.pk}/people").content.decode()
    row = people.split('aria-label="People"')[1].split(">Dana</a>")[1].split("</tr>")[0]
    assert mark in row
    assert "Dana, Champion, Very good · positive, rated 20 days ago, main contact" in people
    brief = alice.get(f"/accounts/{met.larkspur.pk}/brief").content.decode()
    assert mark in brief.split(">Dana</a>")[1].split("</article>")[0]


def test_the_brief_begins_with_who_is_said_to_be_the_main_contact(met, scope):
    with scope(), transaction.atomic():
        small = save_person(met.larkspur, "Zoe", at=met.now, role="end_user")
    say(met, small)
    page = met.visit.alice.get(f"/accounts/{met.larkspur.pk}/brief")
    assert page.context["people"][0][0].person.name == "Zoe"


@pytest.mark.parametrize(("who", "answer"), [("vera", 403), ("charlie", 404)])
def test_who_may_not_write_the_account_says_nothing(met, scope, who, answer):
    assert say(met, met.dana, who).status_code == answer
    with scope(), transaction.atomic():
        assert Account.objects.get(pk=met.larkspur.pk).main_contact_id is None


def test_who_works_elsewhere_is_no_main_contact_here(met, scope, rest):
    with scope(), transaction.atomic():
        other = save_person(met.plover, "Pia", at=met.now - 9 * DAY)
    assert say(met, other).status_code == 422
    answer = rest.patch(f"/accounts/{met.larkspur.pk}", {"main_contact": str(other.pk)})
    assert answer.status_code == 400
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/main_contact", "other_account")
    ]
    with scope(), transaction.atomic():
        assert Account.objects.get(pk=met.larkspur.pk).main_contact_id is None


def test_the_main_contact_is_said_and_read_over_rest(met, rest):
    url = f"/accounts/{met.larkspur.pk}"
    assert rest.get(url).json()["main_contact"] is None
    assert rest.get(f"{url}/org").json()["contact_said"] is False
    assert rest.patch(url, {"main_contact": str(met.dana.pk)}).json()["main_contact"] == str(met.dana.pk)
    chart = rest.get(f"{url}/org").json()
    assert (chart["checks"][0]["personas"], chart["contact_said"]) == ([str(met.dana.pk)], True)
    assert rest.patch(url, {"main_contact": None}).json()["main_contact"] is None
    assert rest.get(f"{url}/org").json()["checks"][0]["personas"] == [str(met.eli.pk)]
