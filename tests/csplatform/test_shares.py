"""Shares: the page that a customer opens without a login shows promises and what was shared, and nothing else."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import services as accounts
from accounts.models import Activity, Case, IdempotentReply, Share, Step
from accounts.scope import tenant_scope
from accounts.views.shared import GUESSES
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import DAY, Visitor, rate, save_case, save_note, save_one, save_step

STATEMENTS = 10  # the link, its count, promises, steps, cases; and the throttle


@pytest.fixture(autouse=True)
def forgotten_guesses(world):
    cache.clear()


def promise(account, title, *, at, days=3, **values):
    given = {"account": account.pk, "title": title, "due_on": (at + days * DAY).date(), **values}
    return save_one(accounts.save_promises, given, at=at)


def link(world, scope, account=None, **values):
    """A new link's path, made by Lena."""
    with scope(), transaction.atomic():
        share, token = accounts.make_share(
            account_id=(account or world.larkspur).pk, actor=world.lena, today=world.now.date(), at=world.now,
            **values,
        )  # fmt: skip
    return share, f"/shared/{token}"


def opened(path):
    answer = Client().get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def change(save, id, world, **values):
    (saved,) = save(
        items=[accounts.Item(values=values, id=id)], mode=accounts.Mode.UPDATE, actor=None, at=world.now
    )
    assert not saved.faults, saved.faults


@pytest.fixture
def told(world, scope):
    """Larkspur with one of everything that its customer may see, and all around it what they may not."""
    now, secret = world.now, "CANARY"
    with scope(), transaction.atomic():
        moved = promise(world.larkspur, "Fix the export", at=now, persona=world.dana.pk)
        change(accounts.save_promises, moved, world, due_on=(now + 9 * DAY).date(), reason=f"{secret} why")
        promise(world.larkspur, "Send the figures", at=now, days=-2, owner_email="alice@northwind.test")
        kept = promise(world.larkspur, "Train the planners", at=now)
        change(accounts.save_promises, kept, world, state="kept")
        broken = promise(world.larkspur, "Come in March", at=now)
        change(accounts.save_promises, broken, world, state="broken", reason=f"{secret} broken")
        promise(world.larkspur, f"{secret} in confidence", at=now, shared=False)
        save_step(world.larkspur, "Review the plan", at=now, shared=True, waiting_on=f"{secret} budget")
        save_step(world.larkspur, "Name your team", at=now, shared=True, side="theirs", persona=world.eli.pk)
        save_step(world.larkspur, f"{secret} find a successor for the champion", at=now)
        save_case(world.larkspur, at=now - DAY, subject="Import fails")
        save_case(world.larkspur, at=now - DAY, kind="escalation", subject=f"{secret} escalation")
        save_case(world.larkspur, at=now - 9 * DAY, subject=f"{secret} solved", resolved_at=now - 8 * DAY)
        save_note(world.larkspur, f"{secret} note", at=now)
        rate(world.dana, world.alice, at=now, strength="weak", mood="negative", note=f"{secret} rating")
        promise(world.plover, f"{secret} other account", at=now)
        save_step(world.plover, f"{secret} other step", at=now, shared=True)
    with tenant_scope(world.globex.pk), transaction.atomic():
        promise(world.zebra, f"{secret} other tenant", at=now)
    return world


def test_the_customer_sees_promises_what_was_shared_and_what_they_asked(told, scope):
    _share, path = link(told, scope, title="Our word", greeting="Hello & welcome")
    page = opened(path)
    for words in (
        "Our word", "For Larkspur", "Hello &amp; welcome", "Northwind", "Alice", "alice@northwind.test", "Fix the export",
        "Moved", "first promised for", "Send the figures", "was due",
        "Train the planners", "Kept,", "Come in March", "Not kept",
        "Review the plan", "We wait for you", "Name your team", "Import fails", "Waits for our answer",
    ):  # fmt: skip
        assert words in page, words


NEVER = ("CANARY", "Dana", "Eli", "Plover", "Zebra", "100000", "100,000", "Enterprise", "score", "weak", "negative",
         "at_risk", "watch", "csplatform")  # fmt: skip


def test_the_customer_never_sees_a_score_a_rating_a_note_money_people_or_another_account(told, scope):
    _share, path = link(told, scope)
    page = re.sub(r'"[^"]*/static/[^"]*"', "", opened(path))
    assert [leak for leak in NEVER if leak in page] == []


def test_a_list_that_ends_before_it_is_whole_says_so(told, scope, monkeypatch):
    monkeypatch.setattr("accounts.selectors.shares.MOST", 1)
    _share, path = link(told, scope)
    page = opened(path)
    assert page.count("The first 1 of 4.") == 1  # promises
    assert page.count("The first 1 of 2.") == 1  # steps; of cases there is but one
    whole = told.visit.lena.get(f"/accounts/{told.larkspur.pk}/shares").content.decode()
    assert "1 to 1 of 5." in whole
    assert "1 to 1 of 3." in whole


def test_what_stands_after_the_first_page_is_shown_and_hidden_there(told, scope, monkeypatch):
    monkeypatch.setattr("accounts.selectors.shares.MOST", 1)
    path = f"/accounts/{told.larkspur.pk}/shares"
    last = told.visit.lena.get(f"{path}?page=3")
    (step,) = last.context["shown"].steps
    assert not step.shown
    assert b"3 to 3 of 3." in last.content
    assert b"Page 3 of 5" in last.content
    assert f'action="/t/northwind{path}/show?page=3"' in last.content.decode()
    answer = told.visit.lena.post(f"{path}/show?page=3", listed=[str(step.id), "x"], shown=[str(step.id)])
    assert answer["Location"] == f"/t/northwind{path}?page=3"
    assert told.visit.lena.get(f"{path}?page=3").context["shown"].steps[0].shown
    for nowhere in ("6", "0", "x"):
        assert told.visit.lena.get(f"{path}?page={nowhere}").status_code == 404


def test_the_page_is_kept_by_nobody_found_by_nobody_and_sets_no_cookie(told, scope):
    _share, path = link(told, scope)
    answer = told.visit.charlie.client.get(path)  # whoever is signed in elsewhere is nobody here
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert (answer["Referrer-Policy"], answer["X-Frame-Options"]) == ("no-referrer", "DENY")
    assert "noindex" in answer["X-Robots-Tag"]
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert Client().post(path).status_code == 405


def test_a_page_costs_the_same_whatever_it_shows_and_opening_it_is_counted(world, scope):
    share, path = link(world, scope)
    costs = []
    for rows in (1, 3):
        with scope(), transaction.atomic():
            for n in range(rows):
                promise(world.larkspur, f"Promise {n}", at=world.now)
                save_step(world.larkspur, f"Step {n}", at=world.now, shared=True)
                save_case(world.larkspur, at=world.now, subject=f"Case {n}")
        with CaptureQueriesContext(connection) as found:
            opened(path)
        costs.append(len([q for q in found if "set_config" not in q["sql"] and "SAVEPOINT" not in q["sql"]]))
    assert costs == [STATEMENTS, STATEMENTS]
    Client().head(path)
    with scope(), transaction.atomic():
        share.refresh_from_db()
        assert (share.opened, share.last_opened_at is not None) == (2, True)


def test_every_token_that_opens_nothing_is_answered_alike(world, scope):
    now, today = world.now, world.now.date()
    _share, good = link(world, scope)
    expired, old = link(world, scope)
    revoked, ended = link(world, scope)
    _share, deleted = link(world, scope, world.plover)
    with scope(), transaction.atomic():
        Share.objects.filter(pk=expired.pk).update(expires_on=today - DAY)
        accounts.revoke_share(account_id=world.larkspur.pk, share_id=revoked.pk, actor=world.alice, at=now)
        accounts.delete_account(id=world.plover.pk, actor=world.lena, at=now)
        stored = Share.objects.order_by("pk").first().token_digest
    secret = good.partition("-")[2]
    answers = []
    for path in (
        old, ended, deleted, good[:-1], f"/shared/{world.northwind.pk}-{'x' * 43}", f"/shared/{world.globex.pk}-{secret}",
        f"/shared/{stored}", "/shared/x", "/shared/999999999999-x", "/shared/%00", "/shared/%ED%A0%80",
    ):  # fmt: skip
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            answer = Client().get(path)
        shapes = [re.sub(r"'[^']*'|\d+", "?", q["sql"]) for q in found if "accounts_share" in q["sql"]]
        answers.append((answer.status_code, answer.content, sorted(answer.headers), len(found), shapes))
    assert [answer[0] for answer in answers] == [404] * len(answers)
    assert all(answer == answers[0] for answer in answers)
    assert opened(good)


def test_who_guesses_is_stopped_and_whoever_opens_a_link_is_not(world, scope, monkeypatch):
    monkeypatch.setitem(GUESSES, "share", "2/m/key")
    _share, path = link(world, scope)
    assert {Client().get(path).status_code for _ in range(4)} == {200}
    assert [Client().get("/shared/x").status_code for _ in range(3)] == [404, 404, 429]
    assert Client().get(path).status_code == 429


def test_a_link_is_made_by_who_may_write_the_account_and_its_token_is_kept_nowhere(world, scope):
    path, day = f"/accounts/{world.larkspur.pk}/shares", (world.now + 30 * DAY).date().isoformat()
    assert world.visit.vera.get(path).status_code == 200
    for visitor, where in (
        (world.visit.vera, path),
        (world.visit.alice, f"/accounts/{world.plover.pk}/shares"),
    ):
        assert visitor.post(where, expires_on=day).status_code == 403
    assert world.visit.alice.get(f"/accounts/{world.zebra.pk}/shares").status_code == 404
    assert Visitor(world.charlie).post(path, expires_on=day).status_code == 404
    with scope(), transaction.atomic():
        assert not Share.objects.exists()
    answer = world.visit.alice.post(path, title="Our word", expires_on=day)
    url = answer.context["url"]
    assert opened(url[url.index("/shared/") :])
    assert url not in world.visit.alice.get(path).content.decode()
    timeline = world.visit.alice.get(f"/accounts/{world.larkspur.pk}/timeline")
    assert b"A link for the customer was made" in timeline.content
    with scope(), transaction.atomic():
        (share,) = Share.objects.all()
        (line,) = Activity.objects.filter(verb="share.created")
    token = url.rpartition("/")[2]
    assert token not in str(vars(share)) + str(line.data)
    assert (share.created_by_id, share.expires_on.isoformat()) == (world.alice.member_id, day)
    assert world.visit.vera.post(f"{path}/{share.pk}/revoke").status_code == 403
    assert world.visit.alice.post(f"{path}/{share.pk}/revoke").status_code == 302
    assert Client().get(f"/shared/{token}").status_code == 404


def test_a_link_ends_within_a_year(world):
    path = f"/accounts/{world.larkspur.pk}/shares"
    for days in (-2, 367):
        day = (world.now + days * DAY).date().isoformat()
        refused = world.visit.alice.post(path, expires_on=day)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["expires_on"])
    assert list(world.visit.alice.post(path, title="x").context["form"].errors) == ["expires_on"]


def test_what_is_ticked_is_shown_and_what_came_since_stays_as_it_is(told, scope):
    path = f"/accounts/{told.larkspur.pk}/shares"
    with scope(), transaction.atomic():
        rows = {step.title: step for step in Step.objects.filter(account=told.larkspur)}
        case = Case.objects.get(subject__contains="escalation")
        step, given = rows["CANARY find a successor for the champion"], rows["Fix the export"]
    listed = [str(row.pk) for row in (step, given, case)]
    for visitor in (told.visit.vera, told.visit.alice):
        assert b"find a successor" in visitor.get(path).content  # who tends it sees what is kept from them
    assert told.visit.vera.post(f"{path}/show", listed=listed, shown=[]).status_code == 403
    told.visit.alice.post(f"{path}/show", listed=listed, shown=[listed[0], listed[2]])
    preview = told.visit.vera.get(f"{path}/preview").content.decode()
    assert "find a successor" in preview
    assert "CANARY escalation" in preview
    assert "Fix the export" not in preview
    assert "Send the figures" in preview  # was not on the list
    with scope(), transaction.atomic():
        assert not Share.objects.exists()  # looking needs no link


def test_a_shared_step_that_moves_to_another_account_is_shared_no_more(told, scope):
    with scope(), transaction.atomic():
        step = Step.objects.get(title="Review the plan")
        kept = Step.objects.get(title__contains="in confidence")
        change(accounts.save_steps, step.pk, told, account=told.plover.pk)
        change(accounts.save_promises, kept.pk, told, account=told.plover.pk)
    _share, path = link(told, scope, told.plover)
    page = opened(path)
    assert "Review the plan" not in page
    assert "in confidence" not in page


def test_the_links_of_an_account_end_when_it_is_deleted_or_merged_and_stay_so(world, scope):
    _share, one = link(world, scope)
    with scope(), transaction.atomic():
        accounts.delete_account(id=world.larkspur.pk, actor=world.lena, at=world.now)
        accounts.restore_account(id=world.larkspur.pk, actor=world.lena, at=world.now)
    _share, two = link(world, scope)
    _share, other = link(world, scope, world.plover)
    with scope(), transaction.atomic():
        accounts.merge_accounts(
            id=world.larkspur.pk, into=world.plover.pk, actor=world.lena, at=world.now + dt.timedelta(hours=1)
        )
        accounts.part_accounts(id=world.larkspur.pk, actor=world.lena, at=world.now + dt.timedelta(hours=2))
    assert [Client().get(path).status_code for path in (one, two, other)] == [404, 404, 200]


def test_over_rest_links_are_made_listed_and_revoked_and_what_they_show_is_read(told, scope):
    write, read = Rest(make_key(told.adam, "write")[1]), Rest(make_key(told.adam, "read")[1])
    path = f"/accounts/{told.larkspur.pk}/shares"
    assert read.post(path, {}).status_code == 403
    assert write.post(f"/accounts/{told.zebra.pk}/shares", {}).status_code == 404
    wrong = write.post(path, {"expires_on": (told.now + 400 * DAY).date().isoformat()})
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/expires_on"]
    made = write.post(path, {"title": "Our word"}, Idempotency_Key="once")
    again = write.post(path, {"title": "Our word"}, Idempotency_Key="once")
    assert (made.status_code, again.json()) == (201, made.json())
    url = made.json()["url"]
    with scope(), transaction.atomic():
        (reply,) = IdempotentReply.objects.all()
        assert url.encode() not in bytes(reply.body)
    assert made.json()["expires_on"] == (told.now + 90 * DAY).date().isoformat()
    opened(url[url.index("/shared/") :])
    (listed,) = read.get(path).json()["results"]
    assert (listed["works"], listed["opened"], "url" in listed) == (True, 1, False)
    shown = read.get(f"{path}/shown")
    assert "CANARY" not in shown.content.decode()
    assert [(one["title"], one["state"]) for one in shown.json()["promises"]] == [
        ("Send the figures", "open"), ("Fix the export", "renegotiated"), ("Train the planners", "kept"),
        ("Come in March", "broken"),
    ]  # fmt: skip
    revoked = write.post(f"{path}/{listed['id']}/revoke")
    assert (revoked.status_code, revoked.json()["works"]) == (200, False)
    assert Client().get(url[url.index("/shared/") :]).status_code == 404
    step = write.post("/steps", {"account": str(told.larkspur.pk), "title": "Later", "shared": True}).json()
    assert (step["shared"], write.patch(f"/steps/{step['id']}", {"shared": None}).json()["shared"]) == (
        True,
        None,
    )
