"""Accounts that were entered twice: merged with all that hangs on them, and parted again without a loss."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import selectors as directory
from accounts import services as accounts
from accounts.models import Account, AccountFact, Activity, Case, CaseFact, Persona, PersonaFact, Step
from accounts.scope import tenant_scope
from accounts.services.items import Item, Mode, Refused
from health import services as health
from health.models import Score, UsageDay, UsageEvent
from tests.conftest import make_key
from tests.health.tracking import Library, message, work

URL = "/t/northwind/settings/connect"
HOUR = dt.timedelta(hours=1)


def save(saver, actor, **values):
    (saved,) = saver(items=[Item(values)], mode=Mode.CREATE, actor=actor, at=timezone.now())
    return saved.id


@pytest.fixture
def twins(northwind):
    """Acme, entered twice: the older with Dana, the newer with Eli, a step and an open critical escalation."""
    actor = northwind.adam
    old = save(accounts.save_accounts, actor, external_id="crm-1", name="Acme", domain="acme.test")
    new = save(accounts.save_accounts, actor, external_id="app-1", name="ACME", domain="acme.test")
    dana = save(accounts.save_personas, actor, account=old, name="Dana", email="dana@acme.test")
    eli = save(accounts.save_personas, actor, account=new, name="Eli", email="eli@acme.test", role="champion")
    step = save(accounts.save_steps, actor, account=new, title="Call", persona=eli)
    case = save(
        accounts.save_cases, actor, account=new, kind="escalation", severity="critical",
        opened_at=timezone.now() - HOUR,
    )  # fmt: skip
    made = {"old": old, "new": new, "dana": dana, "eli": eli, "step": step, "case": case}
    return northwind, made


def homes(made):
    return {
        name: model.objects.get(pk=made[name]).account_id
        for name, model in (("dana", Persona), ("eli", Persona), ("step", Step), ("case", Case))
    }


def use(account_id, count, user="u1"):
    UsageDay.objects.create(
        account_id=account_id, day=timezone.now().date() - dt.timedelta(days=3), user_key=user, feature="plan",
        count=count, recorded_at=timezone.now() - HOUR,
    )  # fmt: skip


def used(account_id):
    return sorted(UsageDay.objects.filter(account_id=account_id).values_list("user_key", "count"))


def merge(cast, made, actor=None):
    health.merge_accounts(id=made["new"], into=made["old"], actor=actor or cast.adam, at=timezone.now())


def part(cast, made, actor=None):
    health.part_accounts(id=made["new"], actor=actor or cast.adam, at=timezone.now())


def test_people_and_work_move_and_come_back(twins):
    cast, made = twins
    before = homes(made)
    merge(cast, made)
    assert set(homes(made).values()) == {made["old"]}
    gone = Account.objects.get(pk=made["new"])
    assert (gone.merged_into_id, gone.deleted_at is None) == (made["old"], False)
    part(cast, made)
    assert homes(made) == before
    back = Account.objects.get(pk=made["new"])
    assert (back.merged_into_id, back.deleted_at) == (None, None)


def test_facts_are_added_and_none_is_rewritten(twins):
    cast, made = twins
    before = set(PersonaFact.objects.values_list("pk", "value")), set(AccountFact.objects.values_list("pk"))
    merge(cast, made)
    part(cast, made)
    assert before[0] <= set(PersonaFact.objects.values_list("pk", "value"))
    assert before[1] <= set(AccountFact.objects.values_list("pk"))
    where = PersonaFact.objects.filter(persona_id=made["eli"], key="account").order_by("recorded_at")
    assert list(where.values_list("value", flat=True)) == [
        str(made["new"]),
        str(made["old"]),
        str(made["new"]),
    ]


def test_an_open_escalation_is_raised_where_it_went(twins):
    cast, made = twins
    merge(cast, made)
    facts = CaseFact.objects.filter(case_id=made["case"]).order_by("recorded_at", "pk")
    assert list(facts.values_list("account_id", "value")) == [
        (made["new"], True), (made["new"], False), (made["old"], True),
    ]  # fmt: skip


def test_usage_counts_for_the_one_that_remains_and_goes_back_when_parted(twins):
    cast, made = twins
    use(made["old"], 2)
    use(made["new"], 3)
    use(made["new"], 5, user="u2")
    merge(cast, made)
    assert used(made["old"]) == [("u1", 5), ("u2", 5)]
    part(cast, made)
    assert (used(made["old"]), used(made["new"])) == ([("u1", 2)], [("u1", 3), ("u2", 5)])


def test_the_other_id_means_the_one_that_remains(twins):
    cast, made = twins
    merge(cast, made)
    library = Library(make_key(cast.adam, "ingest")[1])
    library.batch(message("track", groupId="app-1"), message("group", groupId="app-1", traits={"plan": "x"}))
    assert UsageEvent.objects.get().account_id == made["old"]
    assert Account.objects.get(pk=made["old"]).custom == {"plan": "x"}
    found = directory.find_accounts(external_ids=["app-1"])
    assert found.by_external_id["app-1"].id == made["old"]
    item = Item({"external_id": "app-1", "segment": "large"})
    (saved,) = accounts.save_accounts(items=[item], mode=Mode.UPSERT, actor=cast.adam, at=timezone.now())
    kept = Account.objects.get(pk=made["old"])
    assert (saved.id, kept.segment, kept.external_id) == (made["old"], "large", "crm-1")


def counts_in_score(made):
    """Whether the newer account's champion counts in the older one's coverage."""
    health.drain_dirty(at=timezone.now())
    people = Score.objects.get(account_id=made["old"]).coverage["people"]
    return str(made["eli"]) in str(people)


def test_who_came_along_counts_in_the_score_until_they_go_back(twins):
    cast, made = twins
    work()
    assert not counts_in_score(made)
    merge(cast, made)
    work()
    assert counts_in_score(made)
    part(cast, made)
    work()
    assert not counts_in_score(made)


def test_what_went_elsewhere_meanwhile_stays_there(twins):
    cast, made = twins
    merge(cast, made)
    third = save(accounts.save_accounts, cast.adam, name="Third")
    accounts.save_personas(
        items=[Item({"account": third}, id=made["eli"])], mode=Mode.UPDATE, actor=cast.adam, at=timezone.now()
    )
    part(cast, made)
    assert homes(made)["eli"] == third
    assert homes(made)["step"] == made["new"]


def test_an_account_is_merged_into_another_that_is_there(twins):
    cast, made = twins
    for into, code in ((made["new"], "same"), (made["dana"], "missing")):
        with pytest.raises(Refused) as refused:
            health.merge_accounts(id=made["new"], into=into, actor=cast.adam, at=timezone.now())
        assert refused.value.faults[0].code == code
    with pytest.raises(Account.DoesNotExist):
        part(cast, made)
    assert Account.objects.get(pk=made["new"]).deleted_at is None


def test_a_merged_account_is_not_restored_but_parted(twins):
    cast, made = twins
    merge(cast, made)
    with pytest.raises(Refused):
        accounts.restore_account(id=made["new"], actor=cast.adam, at=timezone.now())
    assert Account.objects.get(pk=made["new"]).merged_into_id == made["old"]


def test_who_may_write_only_one_of_them_merges_nothing(twins):
    cast, made = twins
    Account.objects.filter(pk=made["old"]).update(owner=cast.lena.membership)
    with pytest.raises(accounts.NotYours):
        merge(cast, made, actor=cast.alice)
    assert homes(made)["eli"] == made["new"]


def test_a_merge_over_rest_redirects_and_is_parted(rest, cast):
    old = rest.write.post("/accounts", {"external_id": "crm-1", "name": "Acme"}).json()
    new = rest.write.post("/accounts", {"external_id": "app-1", "name": "ACME"}).json()
    answer = rest.write.post(f"/accounts/{new['id']}/merge", {"into_external_id": "crm-1"})
    assert (answer.status_code, answer.json()["id"]) == (200, old["id"])
    moved = rest.read.get(f"/accounts/{new['id']}")
    assert (moved.status_code, moved["Location"].endswith(old["id"])) == (308, True)
    assert rest.write.post(f"/accounts/{new['id']}/restore").status_code == 400
    assert rest.write.post(f"/accounts/{new['id']}/part").json()["external_id"] == "app-1"
    assert rest.read.get(f"/accounts/{new['id']}").status_code == 200
    assert rest.globex.post(f"/accounts/{new['id']}/merge", {"into": old["id"]}).status_code == 404


@pytest.fixture
def three(twins):
    """The twins merged, and what they became merged into a third; each with usage of one user, and Eli of the newest."""
    cast, made = twins
    made["third"] = save(accounts.save_accounts, cast.adam, name="Acme Holding")
    for name, count in (("third", 1), ("old", 2), ("new", 4)):
        use(made[name], count)
    health.merge_accounts(id=made["new"], into=made["old"], actor=cast.adam, at=timezone.now() - HOUR)
    health.merge_accounts(id=made["old"], into=made["third"], actor=cast.adam, at=timezone.now())
    return cast, made


def stand(made):
    """Where Eli, Dana, the step and the case are, and how much each account used."""
    counts = {name: sum(n for _user, n in used(made[name])) for name in ("third", "old", "new")}
    return set(homes(made).values()), counts


def into(made):
    rows = Account.objects.filter(pk__in=[made["old"], made["new"]]).values_list("pk", "merged_into_id")
    return dict(rows)


def test_all_of_an_account_that_was_merged_twice_is_where_it_is_now(three):
    _cast, made = three
    where, counts = stand(made)
    assert (where, counts["third"]) == ({made["third"]}, 7)
    assert into(made) == {made["old"]: made["third"], made["new"]: made["third"]}


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_three_that_were_merged_one_into_the_next_are_parted_in_any_order(three, order):
    cast, made = three
    for name in order:
        health.part_accounts(id=made[name], actor=cast.adam, at=timezone.now())
    _where, counts = stand(made)
    assert counts == {"third": 1, "old": 2, "new": 4}
    assert into(made) == {made["old"]: None, made["new"]: None}
    assert homes(made) == {"dana": made["old"], "eli": made["new"], "step": made["new"], "case": made["new"]}


def test_what_was_merged_before_goes_back_with_the_account_that_it_is_one_with(three):
    cast, made = three
    since = Activity.objects.get(verb="account.merged", object_id=made["new"]).at
    health.part_accounts(id=made["old"], actor=cast.adam, at=timezone.now())
    assert into(made) == {made["old"]: None, made["new"]: made["old"]}
    assert homes(made) == dict.fromkeys(("dana", "eli", "step", "case"), made["old"])
    assert Account.objects.get(pk=made["new"]).deleted_at == since


def test_the_third_is_one_with_the_first_only_since_both_were_merged_into_it(three):
    _cast, made = three
    earlier = timezone.now() - HOUR / 2
    joined = directory.joined_accounts(made["third"], at=earlier).values_list("pk", flat=True)
    assert list(joined) == [made["third"]]


def test_who_was_merged_anew_since_stays_where_it_is(three):
    cast, made = three
    health.part_accounts(id=made["new"], actor=cast.adam, at=timezone.now())
    health.merge_accounts(id=made["new"], into=made["third"], actor=cast.adam, at=timezone.now())
    health.part_accounts(id=made["old"], actor=cast.adam, at=timezone.now())
    assert into(made) == {made["old"]: None, made["new"]: made["third"]}
    assert stand(made)[1] == {"third": 5, "old": 2, "new": 4}


@pytest.fixture
def twice(cast):
    """Two accounts and two people that look like one, committed for the page."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        made = {
            "old": save(accounts.save_accounts, cast.adam, name="Acme", domain="acme.test"),
            "new": save(accounts.save_accounts, cast.adam, name="Acme Corp", domain="ACME.test"),
        }
        for name in ("Dana", "Dana B."):
            made[name] = save(
                accounts.save_personas, cast.adam, account=made["old"], name=name, email="dana@acme.test"
            )
    return made


def test_the_page_merges_and_parts_what_was_entered_twice(client, cast, twice):
    client.force_login(cast.adam.membership.user)
    page = client.get(URL).content.decode()
    assert "Merge Acme Corp into the older Acme" in page
    assert "Merge Dana B. into the older Dana" in page
    for kind, other, kept in (("accounts", "new", "old"), ("personas", "Dana B.", "Dana")):
        address = f"{URL}/{kind}/{twice[other]}"
        assert client.post(f"{address}/merge", {"into": twice[kept]}).status_code == 302
        assert "Part " in client.get(URL).content.decode()
        assert client.post(f"{address}/part").status_code == 302
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert not Account.objects.filter(merged_into__isnull=False).exists()
        assert not Persona.objects.filter(merged_into__isnull=False).exists()
        assert Activity.objects.filter(verb__in=["account.merged", "persona.merged"]).count() == 2


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_only_an_admin_merges_on_the_page(client, cast, twice, who):
    client.force_login(getattr(cast, who).membership.user)
    answer = client.post(f"{URL}/accounts/{twice['new']}/merge", {"into": twice["old"]})
    assert answer.status_code == 403
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Account.objects.get(pk=twice["new"]).merged_into_id is None
