"""Notes: who is mentioned, what is kept, and that an outdated edit changes nothing."""

import datetime as dt

import pytest
from django.db import transaction

from accounts import selectors, services
from accounts.models import Activity, Note, NoteVersion
from accounts.scope import tenant_scope
from accounts.services import Item, Mode, NotYours

DAY = dt.timedelta(days=1)


def write(actor, at, *, mode=Mode.CREATE, id=None, version=None, **values):
    (saved,) = services.save_notes(
        items=[Item(values=values, id=id, version=version)], mode=mode, actor=actor, at=at
    )
    return saved


@pytest.fixture
def account(northwind, now):
    (saved,) = services.save_accounts(
        items=[Item(values={"name": "Larkspur", "owner_email": "alice@northwind.test"})],
        mode=Mode.CREATE, actor=None, at=now - DAY,
    )  # fmt: skip
    return saved.id


@pytest.fixture
def dana(account, now):
    (saved,) = services.save_personas(
        items=[Item(values={"name": "Dana", "account": account})], mode=Mode.CREATE, actor=None, at=now - DAY
    )
    return saved.id


def mentioned(note_id):
    return {m.words: m.member.user.name for m in selectors.the_note(note_id=note_id).mentions.all()}


def test_a_note_keeps_who_wrote_it_and_whom_it_mentions(northwind, account, now):
    saved = write(
        northwind.alice, now, account=account, body="@Lena, ask @vera@northwind.test\r\nor @Nobody "
    )
    note = selectors.the_note(note_id=saved.id)
    assert note.body == "@Lena, ask @vera@northwind.test\nor @Nobody"
    assert note.author_id == northwind.alice.member_id
    assert mentioned(saved.id) == {"Lena": "Lena", "vera@northwind.test": "Vera"}


def test_a_name_that_two_members_have_mentions_nobody(northwind, account, now):
    northwind.vera.membership.user.name = "Lena"
    northwind.vera.membership.user.save()
    saved = write(northwind.alice, now, account=account, body="@Lena and @Adam and @vera")
    assert mentioned(saved.id) == {"Adam": "Adam", "vera": "Lena"}
    assert [one.words for one in selectors.nameable_members() if one.name == "Lena"] == [
        "lena@northwind.test", "vera@northwind.test",
    ]  # fmt: skip


def test_every_body_stays_as_a_version(northwind, account, now):
    id = write(northwind.alice, now, account=account, body="First").id
    write(northwind.lena, now + DAY, mode=Mode.UPDATE, id=id, body="Second @Adam")
    write(northwind.lena, now + DAY, mode=Mode.UPDATE, id=id, pinned=True)
    found = [(v.number, v.body, v.author.user.name) for v in selectors.note_versions(note_id=id)]
    assert found == [(2, "Second @Adam", "Lena"), (1, "First", "Alice")]
    assert (Note.objects.get().version, Note.objects.get().pinned) == (2, True)
    assert mentioned(id) == {"Adam": "Adam"}


def test_an_edit_of_an_outdated_body_is_refused_and_changes_nothing(northwind, account, now):
    id = write(northwind.alice, now, account=account, body="First").id
    write(northwind.lena, now, mode=Mode.UPDATE, id=id, version="1", body="Lena's")
    saved = write(northwind.alice, now, mode=Mode.UPDATE, id=id, version="1", body="Alice's")
    assert [fault.code for fault in saved.faults] == ["stale"]
    assert Note.objects.get().body == "Lena's"
    assert NoteVersion.objects.count() == 2


def test_the_log_says_who_is_newly_mentioned_and_not_what_was_written(northwind, account, dana, now):
    id = write(northwind.alice, now, account=account, persona=dana, body="Secret for @Lena").id
    write(northwind.alice, now, mode=Mode.UPDATE, id=id, body="Secret for @Lena and @Adam")
    lines = Activity.objects.filter(object_type="note").order_by("xact", "id")
    assert [line.data["mentioned"] for line in lines] == [
        [str(northwind.lena.member_id)], [str(northwind.adam.member_id)],
    ]  # fmt: skip
    assert "Secret" not in str([line.data for line in lines])
    assert {(line.account_id, line.persona_id) for line in lines} == {(account, dana)}


def test_pinned_notes_stand_first_then_the_newest(northwind, account, now):
    for n in range(4):
        write(northwind.alice, now + n * DAY, account=account, body=f"Note {n}", pinned=n == 1)
    found = selectors.account_notes(account_id=account, limit=3)
    assert [note.body for note in found] == ["Note 1", "Note 3", "Note 2"]
    last = found[-1]
    older = selectors.account_notes(account_id=account, before=(last.created_at, last.pk))
    assert [note.body for note in older] == ["Note 0"]


def test_a_list_of_notes_costs_the_same_with_one_and_with_three(
    northwind, account, now, django_assert_num_queries
):
    for count in (1, 3):
        for n in range(count):
            write(northwind.alice, now, account=account, body=f"{n} @Lena @Adam")
        with django_assert_num_queries(2):
            for note in selectors.account_notes(account_id=account):
                assert [m.member.user.name for m in note.mentions.all()]
                assert note.author.user.name


def test_erasing_a_person_blanks_the_notes_on_them_in_every_version(northwind, account, dana, now):
    id = write(northwind.alice, now, account=account, persona=dana, body="Likes tea").id
    write(northwind.alice, now, mode=Mode.UPDATE, id=id, body="Likes coffee")
    services.erase_persona(id=dana, actor=northwind.adam, at=now)
    assert Note.objects.get().body == ""
    assert {version.body for version in NoteVersion.objects.all()} == {""}


def test_the_notes_on_a_merged_person_are_shown_with_the_one_who_stays(northwind, account, dana, now):
    (other,) = services.save_personas(
        items=[Item(values={"name": "Dana W", "account": account})], mode=Mode.CREATE, actor=None, at=now
    )
    write(northwind.alice, now, account=account, persona=dana, body="Likes tea")
    services.merge_personas(id=dana, into=other.id, actor=northwind.alice, at=now)
    assert [note.body for note in selectors.persona_notes(persona_id=other.id)] == ["Likes tea"]


@pytest.mark.parametrize("who", ["vera", "bob"])
def test_who_may_not_write_the_account_writes_no_note(northwind, account, now, who):
    actor = northwind.vera if who == "vera" else northwind.alice
    if who == "bob":  # an account of somebody else's
        services.save_accounts(
            items=[Item(id=account, values={"owner_email": "lena@northwind.test"})],
            mode=Mode.UPDATE, actor=None, at=now,
        )  # fmt: skip
    with pytest.raises(NotYours), transaction.atomic():
        write(actor, now, account=account, body="Hello")
    assert not Note.objects.exists()


def test_a_note_stays_where_it_was_written(northwind, account, dana, now):
    id = write(northwind.alice, now, account=account, body="Hello").id
    saved = write(northwind.alice, now, mode=Mode.UPDATE, id=id, persona=dana)
    assert [fault.code for fault in saved.faults] == ["fixed"]


# Over REST


@pytest.fixture
def larkspur(rest):
    return rest.write.post("/accounts", {"external_id": "L1", "name": "Larkspur"}).json()


def test_a_note_goes_in_and_comes_out_with_its_mentions_and_version(rest, larkspur):
    made = rest.write.post(
        "/notes", {"account_external_id": "L1", "external_id": "n1", "body": "Ask @Lena <b>", "pinned": True}
    )
    assert made.status_code == 201, made.content
    note = made.json()
    assert (note["mentions"], note["version"], note["author"]) == (
        ["lena@northwind.test"], 1, "adam@northwind.test",
    )  # fmt: skip
    assert rest.read.get(f"/notes/{note['id']}").json() == note
    assert rest.read.get("/notes?pinned=true&account_external_id=L1").json()["results"] == [note]
    assert rest.read.get("/notes?pinned=false").json()["results"] == []


def test_saving_an_outdated_version_is_412_and_changes_nothing(rest, larkspur):
    made = rest.write.post("/notes", {"account": larkspur["id"], "body": "First"})
    address, tag = f"/notes/{made.json()['id']}", made.headers["ETag"]
    assert rest.write.patch(address, {"body": "Mine"}, **{"If-Match": tag}).status_code == 200
    refused = rest.write.patch(address, {"body": "Also mine"}, **{"If-Match": tag})
    assert (refused.status_code, refused.json()["type"]) == (412, "/api/v1/docs#stale")
    assert rest.read.get(address).json()["body"] == "Mine"


def test_versions_are_listed_the_newest_first(rest, larkspur):
    made = rest.write.post("/notes", {"account": larkspur["id"], "body": "First"}).json()
    rest.write.patch(f"/notes/{made['id']}", {"body": "Second"})
    found = rest.read.get(f"/notes/{made['id']}/versions").json()["results"]
    assert [(one["number"], one["body"]) for one in found] == [(2, "Second"), (1, "First")]


def test_a_deleted_note_leaves_a_tombstone_and_comes_back(rest, larkspur):
    made = rest.write.post("/notes", {"account": larkspur["id"], "body": "First"}).json()
    assert rest.write.delete(f"/notes/{made['id']}").status_code == 204
    assert rest.read.get(f"/notes/{made['id']}").status_code == 404
    assert rest.read.get(f"/notes/{made['id']}/versions").status_code == 404
    assert rest.write.post(f"/notes/{made['id']}/restore", {}).json()["body"] == "First"


@pytest.mark.parametrize(
    ("body", "code"),
    [({"body": ""}, "blank"), ({"body": None}, "null"), ({"body": "x" * 10_001}, "max_length")],
)
def test_a_note_says_something_and_not_too_much(rest, larkspur, body, code):
    refused = rest.write.post("/notes", {"account": larkspur["id"], **body})
    assert refused.status_code == 400
    assert [error["code"] for error in refused.json()["errors"]] == [code]


def test_a_thousand_notes_go_in_with_a_few_statements(rest, larkspur, django_assert_max_num_queries):
    items = [{"external_id": f"n{n}", "account_external_id": "L1", "body": f"{n} @Lena"} for n in range(1000)]
    with django_assert_max_num_queries(40):
        answer = rest.write.post("/notes/bulk", {"items": items}).json()
    assert answer["summary"] == {"created": 1000, "updated": 0, "unchanged": 0, "failed": 0}
    again = rest.write.post("/notes/bulk", {"items": items}).json()
    assert again["summary"]["unchanged"] == 1000


def test_another_tenant_s_note_does_not_exist(rest, cast, larkspur):
    made = rest.write.post("/notes", {"account": larkspur["id"], "body": "Ours"}).json()
    assert rest.globex.patch(f"/notes/{made['id']}", {"body": "Theirs"}).status_code == 404
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        assert Note.objects.get().body == "Ours"
