"""What members are told: by whom, of what, once, and nobody else."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import selectors, services
from accounts.models import Activity, Notification, Step
from accounts.scope import tenant_scope
from accounts.services import Item, Mode, NewActivity
from tests.conftest import Rest, make_key

DAY = dt.timedelta(days=1)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def save(service, at, *, actor=None, id=None, **values):
    mode = Mode.UPDATE if id else Mode.CREATE
    return services.only(service(items=[Item(values=values, id=id)], mode=mode, actor=actor, at=at)).id


def tell(at):
    """What the workers do with every line of the log that is there."""
    for xact in set(Activity.objects.values_list("xact", flat=True)):
        services.notify_members(ref={"xact": xact}, at=at)


def told(actor):
    rows = Notification.objects.filter(member_id=actor.member_id).order_by("kind", "pk")
    return [(row.kind, row.data) for row in rows]


@pytest.fixture
def account(northwind, now):
    return save(
        services.save_accounts, now - 30 * DAY, name="Larkspur", owner_email="alice@northwind.test",
        team=["vera@northwind.test"],
    )  # fmt: skip


def test_a_mention_is_told_to_whom_it_names_and_not_to_its_author(northwind, account, now):
    note = save(
        services.save_notes, now, actor=northwind.alice, account=account, body="@Lena and @Alice, look"
    )
    tell(now)
    (notice,) = Notification.objects.all()
    assert (notice.member_id, notice.kind, notice.object_id, notice.actor_id) == (
        northwind.lena.member_id, "mention", note, northwind.alice.member_id,
    )  # fmt: skip
    save(services.save_notes, now, actor=northwind.alice, id=note, body="@Lena, look again")
    tell(now)
    assert Notification.objects.count() == 1


def test_owner_and_team_are_told_of_band_and_flags(northwind, account, now):
    band = {"before": {"band": "healthy"}, "after": {"band": "watch"}}
    flag = {"code": "champion_left", "cap": "watch"}
    lines = [
        NewActivity("score.band_changed", account, account, None, band),
        NewActivity("flag.raised", account, account, None, {"before": None, "after": flag}),
        NewActivity("flag.raised", account, account, None, {"before": None, "after": {"code": "not_live", "cap": None}}),
    ]  # fmt: skip
    services.record_activities(activities=lines, actor=None, at=now)
    tell(now)
    expected = [("band", {"band": "watch", "was": "healthy"}), ("flag", {"flag": "champion_left"})]
    assert told(northwind.alice) == told(northwind.vera) == expected
    assert told(northwind.lena) == [("flag", {"flag": "champion_left"})]  # leaders: who left, and no more


def test_leaders_are_told_of_an_open_critical_escalation(northwind, account, now):
    flag = {"code": "critical_escalation", "cap": "watch"}
    line = NewActivity("flag.raised", account, account, None, {"before": None, "after": flag})
    services.record_activity(activity=line, actor=None, at=now)
    tell(now)
    assert told(northwind.lena) == [("flag", {"flag": "critical_escalation"})]
    assert told(northwind.adam) == []


def test_who_works_on_the_account_is_told_that_a_person_left(northwind, account, now):
    dana = save(services.save_personas, now, name="Dana", account=account)
    save(services.save_personas, now, actor=northwind.alice, id=dana, left_on=now.date())
    tell(now)
    assert told(northwind.vera) == [("left", {})]
    assert told(northwind.alice) == []


def test_a_step_is_told_to_its_new_owner(northwind, account, now):
    step = save(
        services.save_steps, now, actor=northwind.lena, account=account, title="Call",
        owner_email="alice@northwind.test",
    )  # fmt: skip
    tell(now)
    assert told(northwind.alice) == [("step", {})]
    save(services.save_steps, now, actor=northwind.lena, id=step, owner_email="vera@northwind.test")
    tell(now)
    assert told(northwind.vera) == [("step", {})]


def test_an_escalation_is_told_and_a_question_is_not(northwind, account, now):
    for kind in ("escalation", "question"):
        save(services.save_cases, now, account=account, kind=kind, opened_at=now)
    tell(now)
    assert told(northwind.alice) == [("escalation", {})]


def test_a_handover_is_told_to_both_and_to_who_joins_the_team(northwind, account, now):
    save(
        services.save_accounts, now, actor=northwind.adam, id=account, owner_email="lena@northwind.test",
        team=["vera@northwind.test", "alice@northwind.test"],
    )  # fmt: skip
    tell(now)
    assert told(northwind.lena) == [("handover", {"as": "owner"})]
    assert [kind for kind, _data in told(northwind.alice)] == ["handover"]
    assert told(northwind.vera) == []


def test_a_new_role_is_told_to_its_member(northwind, now):
    services.change_role(member_id=northwind.vera.member_id, role="csm", actor=northwind.adam, at=now)
    tell(now)
    assert told(northwind.vera) == [("role", {"role": "csm"})]


def test_many_at_once_are_told_as_one_and_history_not_at_all(northwind, account, now):
    items = [
        Item(values={"account": account, "title": f"Step {n}", "owner_email": "alice@northwind.test"})
        for n in range(11)
    ]
    services.save_steps(items=items, mode=Mode.CREATE, actor=northwind.lena, at=now)
    tell(now)
    (notice,) = Notification.objects.all()
    assert (notice.kind, notice.count, notice.account_id) == ("step", 11, None)
    Notification.objects.all().delete()
    tell(now + 8 * DAY)
    assert not Notification.objects.exists()


def test_telling_twice_is_harmless_and_costs_two_statements(
    northwind, account, now, django_assert_num_queries
):
    save(services.save_notes, now, actor=northwind.alice, account=account, body="@Lena @Adam @Vera")
    xact = Activity.objects.order_by("-xact")[0].xact
    for _again in range(2):
        with django_assert_num_queries(2):
            services.notify_members(ref={"xact": xact}, at=now)
    assert Notification.objects.count() == 3


def test_what_a_member_muted_is_not_told(northwind, account, now):
    services.choose_notices(member_id=northwind.lena.member_id, muted=["mention"])
    save(services.save_notes, now, actor=northwind.alice, account=account, body="@Lena")
    tell(now)
    assert told(northwind.lena) == []


def test_overdue_steps_are_told_once_a_day_and_once_each(northwind, account, now):
    mine = northwind.alice.membership
    for title, due, more in (
        ("Late", -1, {}), ("Today", 0, {}), ("Done", -1, {"done_at": now}),
        ("Snoozed", -1, {"snoozed_until": (now + DAY).date()}), ("Theirs", -1, {"side": "theirs"}),
    ):  # fmt: skip
        Step.objects.create(
            account_id=account, title=title, owner=mine, due_on=(now + due * DAY).date(), created_at=now,
            updated_at=now, **more,
        )  # fmt: skip
    tenant = northwind.northwind
    assert [services.tell_overdue(tenant=tenant, at=now), services.tell_overdue(tenant=tenant, at=now)] == [
        1,
        0,
    ]
    services.tell_overdue(tenant=tenant, at=now + DAY)
    late = Notification.objects.filter(kind="overdue")
    titles = Step.objects.filter(pk__in=late.values("object_id")).values_list("title", flat=True)
    assert sorted(titles) == ["Late", "Snoozed", "Today"]


# The pages


@pytest.fixture
def visit(cast):
    def of(actor):
        client = Client()
        client.force_login(actor.membership.user, backend=BACKEND)
        return client

    return of


@pytest.fixture
def notice(cast):
    """Lena is mentioned by Alice, in the real clock's present."""
    at = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = save(services.save_accounts, at, name="Larkspur <b>", owner_email="alice@northwind.test")
        save(services.save_notes, at, actor=cast.alice, account=account, body="@Lena")
        tell(at)
        return Notification.objects.get()


def unread(cast, actor):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return selectors.unread_count(actor=actor)


def test_the_bell_counts_and_opening_reads(cast, visit, notice):
    lena = visit(cast.lena)
    page = lena.get("/t/northwind/notifications").content.decode()
    assert "Notifications: 1 unread" in page
    assert "Alice mentioned you in a note on Larkspur &lt;b&gt;" in page
    answer = lena.get(f"/t/northwind/notifications/{notice.pk}")
    assert answer.headers["Location"] == f"/t/northwind/notes/{notice.object_id}"
    assert unread(cast, cast.lena) == 0
    assert "unread" not in lena.get("/t/northwind/notifications").context["notices"][0]["text"]


def given(cast, *, save_it, title_or_kind, **more):
    """A notification of Lena's about one step or case at Larkspur, which Alice owns; and what it is about."""
    at = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        account = save(services.save_accounts, at, name="Larkspur", owner_email="alice@northwind.test")
        about = save(save_it, at, account=account, **title_or_kind)
        notice = Notification.objects.create(
            member_id=cast.lena.member_id, key="one", account_id=account, object_id=about, at=at, **more
        )
        return f"/t/northwind/accounts/{account}", about, notice


STEP = {"save_it": services.save_steps, "title_or_kind": {"title": "Call"}}
CASE = {
    "save_it": services.save_cases,
    "title_or_kind": {"kind": "escalation", "opened_at": "2026-01-01T00:00Z"},
}


@pytest.mark.parametrize(
    ("about", "kind", "page"),
    [(STEP, "overdue", "steps"), (STEP, "step", "steps"), (CASE, "escalation", "cases")],
)
def test_an_overdue_step_and_an_escalation_lead_to_the_step_or_case_itself(cast, visit, about, kind, page):
    here, thing, notice = given(cast, **about, kind=kind)
    lena = visit(cast.lena)
    answer = lena.get(f"/t/northwind/notifications/{notice.pk}")
    assert answer.headers["Location"] == f"{here}/{page}/{thing}"
    assert lena.get(answer.headers["Location"]).status_code == 200


def test_who_may_not_write_there_is_led_to_the_list_of_steps_and_one_that_is_gone_to_the_account(cast, visit):
    here, step, notice = given(cast, **STEP, kind="overdue")
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        Notification.objects.update(member_id=cast.vera.member_id)
    opened = f"/t/northwind/notifications/{notice.pk}"
    assert visit(cast.vera).get(opened).headers["Location"] == f"{here}#steps"
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        services.delete_step(id=step, actor=None, at=timezone.now())
    assert visit(cast.vera).get(opened).headers["Location"] == here


def test_a_flag_leads_to_the_flag(cast, visit):
    here, _step, notice = given(cast, **STEP, kind="flag", data={"flag": "critical_escalation"})
    answer = visit(cast.lena).get(f"/t/northwind/notifications/{notice.pk}")
    assert answer.headers["Location"] == f"{here}#flag-critical_escalation"


def test_over_rest_a_key_reads_what_its_member_is_told_and_marks_it_as_read(cast):
    _here, step, notice = given(cast, **STEP, kind="overdue", data={"due_on": "2026-01-01"})
    lena, adam = Rest(make_key(cast.lena, "write")[1]), Rest(make_key(cast.adam, "admin")[1])
    (row,) = lena.get("/notifications?ordering=-at&kind=overdue&read=false").json()["results"]
    assert row == lena.get(f"/notifications/{notice.pk}").json()
    assert (row["text"], row["detail"]) == ("A step of yours at Larkspur is overdue", "Call")
    assert (row["object"], row["read"], row["read_at"], row["count"]) == (str(step), False, None, 1)
    read = lena.patch(f"/notifications/{notice.pk}", {"read": True})
    assert (read.status_code, read.json()["read"]) == (200, True)
    assert lena.get("/notifications?read=false").json()["results"] == []
    assert len(lena.get("/notifications?read=true").json()["results"]) == 1
    assert adam.get("/notifications").json()["results"] == []
    assert adam.get(f"/notifications/{notice.pk}").status_code == 404


def test_over_rest_nobody_marks_the_notifications_of_another_member(cast):
    _here, _step, notice = given(cast, **STEP, kind="overdue")
    adam, reads = Rest(make_key(cast.adam, "admin")[1]), Rest(make_key(cast.lena, "read")[1])
    assert adam.patch(f"/notifications/{notice.pk}", {"read": True}).status_code == 404
    assert reads.patch(f"/notifications/{notice.pk}", {"read": True}).status_code == 403
    lena = Rest(make_key(cast.lena, "write")[1])
    for body in ({"read": False}, {}, {"read": "soon"}, {"text": "x", "rea": True}):
        refused = lena.patch(f"/notifications/{notice.pk}", body)
        assert refused.status_code == 400, body
        assert refused.json()["errors"][0]["pointer"] in ("/read", "/rea")
    assert unread(cast, cast.lena) == 1


def test_over_rest_a_page_of_notifications_costs_the_same_for_one_and_for_three(cast):
    _here, step, notice = given(cast, **STEP, kind="overdue")
    lena = Rest(make_key(cast.lena, "read")[1])
    lena.get("/notifications")
    counts = []
    for more in (0, 2):
        with tenant_scope(cast.northwind.pk), transaction.atomic():
            for n in range(more):
                Notification.objects.create(
                    member_id=cast.lena.member_id, kind="overdue", key=f"{n}", account_id=notice.account_id,
                    object_id=step, at=notice.at,
                )  # fmt: skip
        with CaptureQueriesContext(connection) as found:
            lena.get("/notifications")
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_nobody_else_sees_or_reads_my_notifications(cast, visit, notice):
    for other in (cast.alice, cast.adam, cast.vera):
        client = visit(other)
        assert client.get("/t/northwind/notifications").context["notices"] == []
        assert client.get(f"/t/northwind/notifications/{notice.pk}").status_code == 404
        client.post("/t/northwind/notifications/read", {"notification": notice.pk})
        client.post("/t/northwind/notifications/read")
    assert unread(cast, cast.lena) == 1


def test_all_are_read_at_once(cast, visit, notice):
    visit(cast.lena).post("/t/northwind/notifications/read")
    assert unread(cast, cast.lena) == 0


@pytest.mark.parametrize(("query", "count"), [("kind=mention", 1), ("kind=band", 0), ("show=unread", 1)])
def test_the_list_is_filtered(cast, visit, notice, query, count):
    page = visit(cast.lena).get(f"/t/northwind/notifications?{query}")
    assert len(page.context["notices"]) == count


@pytest.mark.parametrize(
    "query", ["kind=nonsense", "before=nonsense", "before=2026-99-99T00:00:00Z~" + "a" * 36]
)
def test_an_address_that_makes_no_sense_is_not_found(cast, visit, query):
    assert visit(cast.lena).get(f"/t/northwind/notifications?{query}").status_code == 404


def test_a_member_chooses_what_they_are_told(cast, visit):
    client, address = visit(cast.lena), "/t/northwind/notifications/settings"
    assert client.post(address, {"digest": "off", "told_of": ["mention", "left"]}).status_code == 302
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        chosen = selectors.notice_preference(member_id=cast.lena.member_id)
        others = selectors.notice_preference(member_id=cast.alice.member_id)
    assert (chosen.digest, "mention" in chosen.muted, "band" in chosen.muted) == ("off", False, True)
    assert (others.digest, others.muted) == ("something", [])
    assert client.post(address, {"digest": "hourly"}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_whatever_it_lists(cast, visit, notice, count, django_assert_num_queries):
    at = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for n in range(count):
            Step.objects.create(
                account_id=notice.account_id, title=f"Call {n}", owner=cast.lena.membership, created_at=at,
                updated_at=at, due_on=at.date() - DAY,
            )  # fmt: skip
        services.tell_overdue(tenant=cast.northwind, at=at)
    client = visit(cast.lena)
    assert len(client.get("/t/northwind/notifications").context["notices"]) == count + 1
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as found:
        client.get("/t/northwind/notifications")
    assert len([query for query in found if "set_config" not in query["sql"]]) == 9
