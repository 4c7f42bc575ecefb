"""Raising a red flag by hand: on the account's page, on the managers' page, in the list, and over REST."""

from django.db import transaction

from health.models import ClearedFlag, RaisedFlag
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY

REASON = "Their sponsor asks other vendors"


def raise_one(world, visitor, **more):
    return visitor.post(f"/accounts/{world.larkspur.pk}/flags/new", reason=REASON, **more)


def the_flag(world, scope):
    with scope(), transaction.atomic():
        return RaisedFlag.objects.get()


def test_everybody_sees_who_raised_it_and_why_and_a_manager_is_asked(world, scope):
    page = f"/accounts/{world.larkspur.pk}"
    assert b"flags/new" in world.visit.alice.get(page).content
    assert raise_one(world, world.visit.alice).status_code == 302
    seen = world.visit.vera.get(page).content.decode()
    assert f"Alice: {REASON}" in seen
    assert "Red flag raised by hand" in seen
    assert "Clear it" not in seen
    assert "A red flag: has a manager seen it?" in seen
    rows = world.visit.lena.get("/risk/accounts").context["page"].rows
    assert [(one.row.name, one.manager.flags) for one in rows] == [("Larkspur", ("by_hand",))]
    assert b"Larkspur" in world.visit.vera.get("/accounts?flag=by_hand").content


def test_it_is_cleared_with_a_word(world, scope):
    raise_one(world, world.visit.alice)
    path = f"/accounts/{world.larkspur.pk}/flags/{the_flag(world, scope).pk}/clear"
    assert b"Clear it" in world.visit.alice.get(f"/accounts/{world.larkspur.pk}").content
    assert world.visit.alice.post(path, word=" ").status_code == 302
    assert REASON.encode() in world.visit.vera.get(f"/accounts/{world.larkspur.pk}").content
    assert world.visit.alice.post(path, word="They signed.").status_code == 302
    assert REASON.encode() not in world.visit.vera.get(f"/accounts/{world.larkspur.pk}").content
    assert world.visit.alice.post(path, word="Again.").status_code == 302
    with scope(), transaction.atomic():
        assert [one.word for one in ClearedFlag.objects.all()] == ["They signed."]


def test_without_a_reason_or_with_a_day_that_was_the_form_says_why(world, scope):
    path = f"/accounts/{world.larkspur.pk}/flags/new"
    for fields, field in (({"reason": " "}, "reason"), ({"reason": "x", "until": "2020-01-01"}, "until")):
        answer = world.visit.alice.post(path, **fields)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    with scope(), transaction.atomic():
        assert not RaisedFlag.objects.exists()


def test_a_viewer_raises_and_clears_none(world, scope):
    assert raise_one(world, world.visit.vera).status_code == 403
    raise_one(world, world.visit.alice)
    path = f"/accounts/{world.larkspur.pk}/flags/{the_flag(world, scope).pk}/clear"
    assert world.visit.vera.post(path, word="No.").status_code == 403
    other = f"/accounts/{world.plover.pk}/flags/{the_flag(world, scope).pk}/clear"
    assert world.visit.lena.post(other, word="No.").status_code == 404
    with scope(), transaction.atomic():
        assert not ClearedFlag.objects.exists()


def test_over_rest_a_flag_is_raised_listed_and_cleared(world):
    key = Rest(make_key(world.lena, "write")[1])
    until = (world.now + 30 * DAY).isoformat()
    made = key.post("/flags", {"account": str(world.larkspur.pk), "reason": REASON, "expires_at": until})
    assert made.status_code == 201, made.content
    flag = made.json()
    assert (flag["author"], flag["reason"], flag["cleared_at"]) == ("lena@northwind.test", REASON, None)
    assert [
        one["id"] for one in key.get(f"/flags?account={world.larkspur.pk}&up=true").json()["results"]
    ] == [flag["id"]]
    (shown,) = [
        one
        for one in key.get(f"/accounts/{world.larkspur.pk}").json()["health"]["flags"]
        if one["code"] == "by_hand"
    ]
    assert (shown["id"], shown["detail"], shown["cap"]) == (flag["id"], REASON, None)
    down = key.post(f"/flags/{flag['id']}/clear", {"word": "They signed."})
    assert (down.status_code, down.json()["cleared_by"], down.json()["cleared_word"]) == (
        200, "lena@northwind.test", "They signed.",
    )  # fmt: skip
    assert key.post(f"/flags/{flag['id']}/clear", {"word": "Again."}).status_code == 409
    assert key.get("/flags?up=true").json()["results"] == []
    assert [one["id"] for one in key.get("/flags?up=false").json()["results"]] == [flag["id"]]
    assert key.get(f"/flags/{flag['id']}").json()["cleared_word"] == "They signed."


def test_over_rest_bad_flags_are_refused_by_name(world):
    key = Rest(make_key(world.lena, "write")[1])
    account = str(world.larkspur.pk)
    for body, pointer in (
        ({"account": account, "reason": ""}, "/reason"),
        ({"account": account, "reason": "x", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"account": str(world.zebra.pk), "reason": "x"}, "/account"),
        ({"reason": "x"}, "/account"),
        (
            {"account": str(world.plover.pk), "account_external_id": "lark-1", "reason": "x"},
            "/account_external_id",
        ),
    ):
        answer = key.post("/flags", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert (
        Rest(make_key(world.vera, "read")[1]).post("/flags", {"account": account, "reason": "x"}).status_code
        == 403
    )


def test_the_flag_of_a_merged_account_is_shown_and_cleared_at_the_one_that_remains(world, scope):
    raise_one(world, world.visit.alice)
    key = Rest(make_key(world.adam, "write")[1])
    into = str(world.plover.pk)
    assert key.post(f"/accounts/{world.larkspur.pk}/merge", {"into": into}).status_code == 200
    (flag,) = key.get(f"/flags?account={into}&up=true").json()["results"]
    assert (flag["account"], flag["reason"]) == (into, REASON)
    another = key.post("/flags", {"account_external_id": "lark-1", "reason": "By its former name"})
    assert (another.status_code, another.json()["account"]) == (201, into)
    assert key.get(f"/flags?account={world.larkspur.pk}").json()["results"] == []
    path = f"/accounts/{into}/flags/{flag['id']}/clear"
    assert world.visit.lena.post(path, word="They signed.").status_code == 302
    assert key.get(f"/flags/{flag['id']}").json()["cleared_word"] == "They signed."


def told(world, account):
    entries = world.visit.vera.get(f"/accounts/{account.pk}/timeline?kind=flag").context["entries"]
    return [(one["text"], one["actor"], one["detail"]) for one in entries]


def test_the_timeline_tells_who_raised_a_flag_and_who_cleared_it_and_why(world, scope):
    raise_one(world, world.visit.alice)
    path = f"/accounts/{world.larkspur.pk}/flags/{the_flag(world, scope).pk}/clear"
    assert told(world, world.larkspur) == [("A red flag was raised", "Alice", REASON)]
    world.visit.lena.post(path, word="They signed.")
    assert told(world, world.larkspur) == [
        ("A red flag was cleared", "Lena", "They signed."),
        ("A red flag was raised", "Alice", REASON),
    ]
    page = world.visit.vera.get(f"/accounts/{world.larkspur.pk}/timeline").content
    assert page.count(REASON.encode()) == 2


def test_the_timeline_tells_of_a_flag_that_came_to_its_end_once_it_has(world, scope):
    with scope(), transaction.atomic():
        raised = {
            "account": world.larkspur,
            "author": world.alice.membership,
            "recorded_at": world.now - 3 * DAY,
        }
        RaisedFlag.objects.create(reason="They merge.", expires_at=world.now - DAY, **raised)
        RaisedFlag.objects.create(reason="They move.", expires_at=world.now + DAY, **raised)
    assert told(world, world.larkspur)[0] == ("A red flag came to its end", "", "")
    assert len(told(world, world.larkspur)) == 3


def test_the_timeline_of_the_account_that_remains_tells_of_the_flags_of_the_merged_one(world):
    raise_one(world, world.visit.alice)
    key = Rest(make_key(world.adam, "write")[1])
    key.post(f"/accounts/{world.larkspur.pk}/merge", {"into": str(world.plover.pk)})
    assert told(world, world.plover) == [("A red flag was raised", "Alice", REASON)]
