"""Who stands how to whom, and who of ours beside whom of theirs: dated, one at a time, moving where their people move."""

import datetime as dt

import pytest

from accounts import services as accounts
from accounts.models import Activity, TouchAttendee
from health import services as health
from relationships import selectors, services
from relationships.models import Edge, Pairing
from tests.relationships.conftest import make_account, make_persona

DAY = dt.timedelta(days=1)


def save(save_many, at, *, actor=None, id=None, **values):
    """One item written; its result."""
    mode = accounts.Mode.UPDATE if id else accounts.Mode.CREATE
    (result,) = save_many(items=[accounts.Item(values, id=id)], mode=mode, actor=actor, at=at)
    return result


def edge(book, at, **values):
    given = {"persona": book.dana.pk, "target": book.eli.pk, "kind": "influences", **values}
    return save(services.save_edges, at, **given)


def codes(result):
    return [(fault.pointer, fault.code) for fault in result.faults]


def test_an_edge_begins_today_with_a_middle_strength_and_is_logged(book, now):
    made = edge(book, now)
    row = Edge.objects.get(pk=made.id)
    assert (row.strength, row.from_on, row.until_on, row.source) == (2, now.date(), None, "browser")
    line = Activity.objects.get(object_id=made.id)
    assert (line.verb, line.account_id, line.persona_id) == ("edge.created", book.larkspur.pk, book.dana.pk)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"target": "self"}, ("/target", "same")),
        ({"target": "farid"}, ("/target", "other_account")),
        ({"strength": 4}, ("/strength", "out_of_range")),
        ({"kind": None}, ("/kind", "required")),
        ({"kind": "kiss"}, ("/kind", "invalid_choice")),
        ({"until_on": dt.date(2020, 1, 1)}, ("/until_on", "before_beginning")),
    ],
)
def test_an_edge_that_cannot_be_is_refused_with_its_field(book, now, values, fault):
    people = {"self": book.dana.pk, "farid": book.farid.pk}
    result = edge(book, now, **{name: people.get(value, value) for name, value in values.items()})
    assert codes(result) == [fault]
    assert Edge.objects.count() == 0


def test_the_same_edge_holds_once_at_a_time(book, now):
    first = edge(book, now, from_on=now.date() - 9 * DAY)
    assert codes(edge(book, now)) == [("", "overlaps")]
    assert codes(edge(book, now, from_on=dt.date(2199, 12, 31))) == [("", "overlaps")]
    assert not edge(book, now, kind="sponsors").faults
    save(services.save_edges, now, id=first.id, until_on=now.date())
    assert not edge(book, now).faults
    items = [accounts.Item({"persona": book.eli.pk, "target": book.dana.pk, "kind": "sponsors"})] * 2
    both = services.save_edges(items=items, mode=accounts.Mode.CREATE, actor=None, at=now)
    assert [codes(one) for one in both] == [[], [("", "overlaps")]]


def test_whom_an_edge_is_about_never_changes(book, now):
    made = edge(book, now)
    other = make_persona(book.larkspur, "Gita", at=now)
    assert codes(save(services.save_edges, now, id=made.id, target=other.pk)) == [("/target", "fixed")]
    assert codes(save(services.save_edges, now, id=made.id, kind="sponsors")) == [("/kind", "fixed")]
    assert not save(services.save_edges, now, id=made.id, strength=3).faults


def test_another_strength_ends_the_former_edge_and_begins_one(book, now):
    made = edge(book, now, from_on=now.date() - 30 * DAY, strength=1)
    new = services.set_edge_strength(id=made.id, strength=3, actor=book.alice, at=now)
    assert new != made.id
    held = [
        [
            one.strength
            for one in selectors.account_edges(account_id=book.larkspur.pk)
            if selectors.holds_on(one, day)
        ]
        for day in (now.date() - 31 * DAY, now.date() - DAY, now.date())
    ]
    assert held == [[], [1], [3]]
    assert services.set_edge_strength(id=new, strength=2, actor=book.alice, at=now) == new


def test_only_who_may_write_the_account_writes_its_edges(book, now):
    made = edge(book, now)
    for actor in (book.vera, book.alice):
        if actor is book.alice:
            book.larkspur.owner_id = book.lena.member_id
            book.larkspur.save()
        with pytest.raises(accounts.NotYours):
            save(
                services.save_edges,
                now,
                actor=actor,
                persona=book.eli.pk,
                target=book.dana.pk,
                kind="sponsors",
            )
        with pytest.raises(accounts.NotYours):
            services.delete_edge(id=made.id, actor=actor, at=now)
    assert [row.deleted_at for row in Edge.objects.all()] == [None]


def test_a_deleted_edge_comes_back_unless_another_took_its_place(book, now):
    made = edge(book, now)
    services.delete_edge(id=made.id, actor=book.alice, at=now)
    assert selectors.account_edges(account_id=book.larkspur.pk) == []
    services.restore_edge(id=made.id, actor=book.alice, at=now)
    services.delete_edge(id=made.id, actor=book.alice, at=now)
    edge(book, now)
    with pytest.raises(accounts.Refused):
        services.restore_edge(id=made.id, actor=book.alice, at=now)


def test_edges_of_a_merged_person_are_those_of_the_one_that_remains_and_part_again(book, now):
    twin = make_persona(book.larkspur, "D. W.", at=now)
    edge(book, now, persona=twin.pk)
    edge(book, now)
    edge(book, now, persona=twin.pk, target=book.dana.pk, kind="sponsors")
    accounts.merge_personas(id=twin.pk, into=book.dana.pk, actor=None, at=now)
    (one,) = selectors.account_edges(account_id=book.larkspur.pk)
    assert (one.source, one.target, one.kind) == (book.dana.pk, book.eli.pk, "influences")
    assert selectors.persona_edges(persona_id=book.dana.pk) == [one]
    accounts.restore_persona(id=twin.pk, actor=None, at=now)
    assert len(selectors.account_edges(account_id=book.larkspur.pk)) == 3


def test_edges_and_pairings_move_with_their_people_when_accounts_merge_and_part(book, now):
    other = make_account("Larkspur Ltd", owner=book.alice, at=now - 9 * DAY)
    ann, bob = (make_persona(other, name, at=now - 9 * DAY) for name in ("Ann", "Bob"))
    edge(book, now, persona=ann.pk, target=bob.pk)
    save(services.save_pairings, now, persona=ann.pk, member_email="lena@northwind.test")
    health.merge_accounts(id=other.pk, into=book.larkspur.pk, actor=None, at=now)
    assert len(selectors.account_edges(account_id=book.larkspur.pk)) == 1
    assert len(selectors.account_pairings(account_id=book.larkspur.pk, touched={})) == 1
    health.part_accounts(id=other.pk, actor=None, at=now + DAY)
    assert selectors.account_edges(account_id=book.larkspur.pk) == []
    assert len(selectors.account_edges(account_id=other.pk)) == 1


def test_an_erased_person_stands_in_no_chart(book, now):
    edge(book, now)
    save(services.save_pairings, now, persona=book.dana.pk, member_email="lena@northwind.test")
    accounts.erase_persona(id=book.dana.pk, actor=None, at=now)
    assert selectors.account_edges(account_id=book.larkspur.pk) == []
    assert selectors.account_pairings(account_id=book.larkspur.pk, touched={}) == []
    assert [gap for gap in gaps(book, now) if gap.persona_id == book.dana.pk] == []


def gaps(book, at, **which):
    return selectors.pairing_gaps(tenant=book.northwind, at=at, **which)


def touch(book, at, *, by, people):
    attendees = [{"persona": person.pk} for person in people]
    values = {
        "account": book.larkspur.pk,
        "kind": "call",
        "at": at,
        "attendees": attendees,
        "owner_id": by.member_id,
    }
    (result,) = accounts.save_touches(
        items=[accounts.Item(values)], mode=accounts.Mode.CREATE, actor=None, at=at
    )
    assert not result.faults


def test_an_executive_without_one_of_ours_and_a_pair_who_do_not_speak_are_gaps(book, now):
    assert [(gap.kind, gap.persona) for gap in gaps(book, now)] == [("unpaired", "Eli")]
    made = save(
        services.save_pairings, now - 200 * DAY, persona=book.eli.pk, member_email="lena@northwind.test"
    )
    assert not made.faults
    ((kind, last),) = [(gap.kind, gap.last_at) for gap in gaps(book, now)]
    assert (kind, last) == ("quiet", None)
    touch(book, now - 100 * DAY, by=book.lena, people=[book.eli])
    touch(book, now - 9 * DAY, by=book.alice, people=[book.eli])
    (gap,) = gaps(book, now)
    assert (gap.kind, gap.last_at, gap.member) == ("quiet", now - 100 * DAY, "Lena")
    touch(book, now - DAY, by=book.lena, people=[book.eli])
    assert gaps(book, now) == []
    assert gaps(book, now, owner_id=book.lena.member_id) == []
    (pair,) = selectors.account_pairings(
        account_id=book.larkspur.pk, touched=selectors.contacts(account_ids=[book.larkspur.pk], at=now)
    )
    assert (pair.last_at, pair.quiet(now)) == (now - DAY, False)
    assert TouchAttendee.objects.count() == 3


def test_a_pairing_names_an_active_member_and_holds_once(book, now):
    nobody = save(services.save_pairings, now, persona=book.eli.pk, member_email="nobody@northwind.test")
    assert codes(nobody) == [("/member_email", "unknown_member")]
    assert codes(save(services.save_pairings, now, persona=book.eli.pk)) == [("/member_email", "required")]
    first = save(services.save_pairings, now, persona=book.eli.pk, member_email="lena@northwind.test")
    again = save(services.save_pairings, now, persona=book.eli.pk, member_email="LENA@northwind.test")
    assert codes(again) == [("", "overlaps")]
    save(services.save_pairings, now, id=first.id, until_on=now.date())
    services.delete_pairing(id=first.id, actor=book.alice, at=now)
    services.restore_pairing(id=first.id, actor=book.alice, at=now)
    assert Pairing.objects.get().until_on == now.date()


@pytest.fixture
def people(rest):
    """Larkspur with Dana and Eli, by their own ids."""
    rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"})
    for name in ("dana", "eli"):
        rest.write.post("/personas", {"external_id": name, "account_external_id": "L1", "name": name.title()})


EDGE = {"persona_external_id": "dana", "target_external_id": "eli", "kind": "sponsors"}


def test_an_edge_over_rest_lives_as_every_resource_does(rest, people):
    made = rest.write.post("/org-edges", {**EDGE, "external_id": "e1", "strength": 3}).json()
    assert (made["kind"], made["strength"], made["until_on"], made["source"]) == ("sponsors", 3, None, "api")
    again = rest.write.put("/org-edges/by-external-id/e1", {**EDGE, "strength": 1})
    assert (again.status_code, again.json()["strength"]) == (200, 1)
    listed = rest.read.get(f"/org-edges?account={made['account']}&open=true&persona={made['target']}").json()
    assert [one["id"] for one in listed["results"]] == [made["id"]]
    assert rest.write.post("/org-edges", EDGE).status_code == 400
    assert rest.write.delete(f"/org-edges/{made['id']}").status_code == 204
    assert rest.write.post(f"/org-edges/{made['id']}/restore").json()["deleted_at"] is None
    assert rest.globex.get(f"/org-edges/{made['id']}").status_code == 404
    assert rest.read.post("/org-edges", EDGE).status_code == 403


def test_edges_in_bulk_answer_one_by_one_and_cost_the_same_for_many(
    rest, people, django_assert_max_num_queries
):
    items = [{"external_id": f"p{n}", "account_external_id": "L1", "name": f"P{n}"} for n in range(40)]
    rest.write.post("/personas/bulk", {"items": items})
    edges = [{**EDGE, "external_id": f"e{n}", "target_external_id": f"p{n}"} for n in range(40)]
    with django_assert_max_num_queries(45):
        answer = rest.write.post("/org-edges/bulk", {"items": [*edges, {**EDGE, "target_external_id": "no"}]})
    assert answer.status_code == 207
    assert answer.json()["summary"] == {"created": 40, "updated": 0, "unchanged": 0, "failed": 1}
    assert answer.json()["results"][40]["errors"][0]["pointer"] == "/target_external_id"
    same = rest.write.post("/org-edges/bulk", {"items": edges})
    assert same.json()["summary"]["unchanged"] == 40


def test_pairings_over_rest_show_the_last_contact_and_the_gaps(rest, people):
    body = {"persona_external_id": "eli", "member_email": "lena@northwind.test", "from_on": "2025-01-01"}
    made = rest.write.post("/pairings", body).json()
    assert (made["member_email"], made["from_on"], made["last_contact_at"]) == (
        "lena@northwind.test", "2025-01-01", None,
    )  # fmt: skip
    call = {
        "account_external_id": "L1", "kind": "call", "at": "2026-01-05T10:00:00Z", "owner_email": "lena@northwind.test",
        "attendees": [{"persona_external_id": "eli"}],
    }  # fmt: skip
    assert rest.write.post("/touches", call).status_code == 201
    (shown,) = rest.read.get("/pairings?open=true&member_email=lena@northwind.test").json()["results"]
    assert shown["last_contact_at"] == "2026-01-05T10:00:00Z"
    (gap,) = rest.read.get(f"/pairings/gaps?account={made['account']}").json()
    assert (gap["kind"], gap["persona"]) == ("quiet", made["persona"])
    assert rest.read.get("/pairings/gaps?owner=nobody@northwind.test").status_code == 400
    assert rest.read.get("/pairings/gaps?account=x").status_code == 400
    assert rest.globex.get("/pairings/gaps").json() == []
