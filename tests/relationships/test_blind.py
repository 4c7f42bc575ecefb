"""A second rater sees the first one's rating of a person nowhere until they have submitted: every door is tried."""

import datetime as dt
import re
import uuid
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Activity, ApiKey, Membership, Notification, WebhookDelivery
from accounts.models import digest as digest_of
from accounts.scope import reader_scope, tenant_scope
from csplatform.services.digests import digest
from health import selectors as health
from health import services as scores
from relationships import services
from relationships.models import Rating
from tests.conftest import Rest, make_cast, make_key
from tests.relationships.conftest import make_account, make_persona
from tests.relationships.test_rounds import open_round, rate, whole
from tests.relationships.test_views import browser

DAY = dt.timedelta(days=1)
NOTE = "whispers in the corridor"


def make_seen():
    """Dana at Alice's Larkspur, whom Alice rated none and negative with a note; Lena and Adam are asked for second
    opinions of Dana and Eli. Every door is tried as Lena, a leader, and with Lena's keys."""
    cast = make_cast()
    at = timezone.now()
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        cast.larkspur = make_account("Larkspur", owner=cast.alice, at=at - 20 * DAY, arr=100_000)
        cast.dana = make_persona(
            cast.larkspur, "Dana", role="economic_buyer", email="dana@larkspur.test", at=at - 20 * DAY
        )
        cast.eli = make_persona(cast.larkspur, "Eli", role="champion", at=at - 20 * DAY)
        rate(cast, whole(cast.dana, "very_good"), at=at - 9 * DAY)
        cast.round = open_round(
            cast,
            at - 2 * DAY,
            due_on=at.date() + 9 * DAY,
            second_share=100,
            second_rater_emails=["lena@northwind.test"],
        )
        cast.first = rate(
            cast, whole(cast.dana, "none", "negative", note=NOTE, signs=["lost_patience"]), at=at - DAY / 24
        )
        scores.rescore(account_ids=[cast.larkspur.pk], at=at - 8 * DAY)
        scores.rescore(account_ids=[cast.larkspur.pk], at=at)
        cast.lena.membership.refresh_from_db()
        keys = {scope: Rest(make_key(cast.lena, scope)[1]) for scope in ("read", "write", "admin")}
    cast.rest = SimpleNamespace(**keys)
    cast.at = at
    return cast


@pytest.fixture
def seen(db):
    return make_seen()


def admins_key(seen, scope):
    """A key of Adam's, who is not asked."""
    key = ApiKey.objects.create(
        tenant=seen.northwind, membership=seen.adam.membership, name="adam", prefix="adam", digest=digest_of("secret"),
        scopes=[scope], created_at=seen.at,
    )  # fmt: skip
    return Rest(f"csk_{key.prefix}_secret")


def submit(seen, **fields):
    with tenant_scope(seen.northwind.pk), reader_scope(seen.lena.reader), transaction.atomic():
        return rate(seen, whole(seen.dana, **fields), actor=seen.lena, at=timezone.now())


def pages(seen):
    base = "/t/northwind"
    account, dana = f"{base}/accounts/{seen.larkspur.pk}", f"{base}/personas/{seen.dana.pk}"
    return {
        "grid": f"{base}/rate?show=asked",
        "grid of the account": f"{base}/rate?account={seen.larkspur.pk}",
        "grid of all": f"{base}/rate?show=all",
        "what was seen": f"{base}/rate/{seen.dana.pk}/seen",
        "person": dana,
        "account": account,
        "people": f"{account}/people",
        "timeline": f"{account}/timeline",
        "timeline of ratings": f"{account}/timeline?kind=rating",
        "card": f"{account}/card?email=dana@larkspur.test",
        "after a call": f"{account}/call",
        "today": f"{base}/?whose=all",
        "accounts": f"{base}/accounts",
        "risk": f"{base}/risk",
        "report": f"{base}/ratings?show=diverging",
        "disagreements": f"{base}/ratings?show=disagree",
        "log": f"{base}/settings/activity",
        "log of ratings": f"{base}/settings/activity?verb=rating.recorded",
        "without a step": f"{base}/without-step?whose=all",
        "notifications": f"{base}/notifications",
    }


# What would tell it: the note, the driver, the sign, the flag, and Dana's name beside points or a mood.
TELLING = re.compile(
    rf"{NOTE}|Lost patience|buyer_negative|Economic buyer is negative|Economic buyer (has a|with) negative"
    r"|Dana, (relationship|sentiment)|Dana[^<]{0,30} was rated|Dana's rating|said to be negative|>Support</span>"
    r"|data-(brand|product|service)=\"negative\"|data-strength=\"none\"|data-strength=\"very_good\"",
    re.IGNORECASE,
)
# What may be chosen tells nothing.
CHOICES = re.compile(
    r"<option.*?</option>|<label class=\"seen-sign\">.*?</label>|<button class=\"rate-driver\".*?</button>",
    re.DOTALL,
)


def plain(answer):
    return CHOICES.sub("", answer.content.decode())


@pytest.mark.parametrize(
    "page", list(pages(SimpleNamespace(larkspur=SimpleNamespace(pk=0), dana=SimpleNamespace(pk=0))))
)
def test_no_page_tells_a_second_rater(seen, page):
    answer = browser(seen.lena).get(pages(seen)[page])
    assert answer.status_code == 200
    found = TELLING.search(plain(answer))
    assert found is None, plain(answer)[max(0, found.start() - 200) : found.end() + 80]


def test_the_same_pages_tell_whoever_is_not_asked(seen):
    told = [page for page, path in pages(seen).items() if TELLING.search(plain(browser(seen.adam).get(path)))]
    assert {"grid of the account", "person", "timeline", "account"} <= set(told)


def test_the_questions_of_a_leader_are_two_clicks_away(seen):
    client = browser(seen.adam)
    page = plain(client.get("/t/northwind/risk"))
    for show in ("quarter", "inherited", "disagree", "diverging"):
        assert f'href="/t/northwind/ratings?show={show}"' in page
        assert client.get(f"/t/northwind/ratings?show={show}").status_code == 200


def test_once_submitted_everything_is_seen(seen):
    submit(seen)
    page = plain(browser(seen.lena).get(f"/t/northwind/personas/{seen.dana.pk}"))
    assert NOTE in page
    assert NOTE in str(seen.rest.read.get("/ratings").json())


def test_half_a_rating_opens_nothing(seen):
    client = browser(seen.lena)
    answer = client.post(
        f"/t/northwind/rate/{seen.dana.pk}", {"strength": "okay"}, headers={"HX-Request": "true"}
    )
    page = plain(answer)
    assert answer.status_code == 200
    assert 'data-strength="okay"' in page
    assert "delta" not in page
    assert NOTE not in page
    assert NOTE not in plain(client.get(f"/t/northwind/personas/{seen.dana.pk}"))


def test_no_driver_is_asked_for_because_of_what_the_first_rater_said(seen):
    made = submit(seen)  # positive, where Alice said negative: no driver is asked for, and none carried over
    assert made.driver == ""


def test_rest_says_on_whom_two_raters_differ_and_nothing_to_whoever_is_asked_blindly(seen):
    submit(seen)
    told = seen.rest.read.get("/agreement").json()
    (dana,) = told["people"]
    alice, lena = ({"rater_email": f"{name}@northwind.test"} for name in ("alice", "lena"))
    assert dana["first"] == {**alice, "strength": "none", "sentiment": "negative"}
    assert dana["second"] == {**lena, "strength": "okay", "sentiment": "positive"}
    assert (dana["name"], dana["account"], dana["apart"]) == ("Dana", str(seen.larkspur.pk), 2)
    assert (told["people_total"], told["more_apart"]) == (1, False)
    assert {one["facet"] for one in told["apart"]} == {"strength", "brand", "product", "service"}
    assert {one["low"]["rater"] for one in told["apart"]} == {"Alice"}
    assert seen.rest.read.get("/agreement?people=1").json()["errors"][0]["pointer"] == "?people"
    adam = admins_key(seen, "read")
    assert adam.get("/agreement").json() == told
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        again = {"second_share": 100, "second_rater_emails": ["adam@northwind.test"]}
        open_round(seen, timezone.now(), name="Again", **again)
    told = adam.get("/agreement").json()
    assert (told["people"], told["people_total"], told["apart"]) == ([], 0, [])


def test_rest_finds_people_by_their_rating_as_far_as_its_member_may_hear_of_it(seen):
    def names(key, query):
        return {one["name"] for one in key.get(f"/personas?{query}").json()["results"]}

    adam, before = admins_key(seen, "read"), (seen.at - DAY).strftime("rated_before=%Y-%m-%dT%H:%M:%SZ")
    assert names(adam, before) == {"Eli"}
    assert names(seen.rest.read, before) == {"Dana", "Eli"}
    assert names(adam, f"{before}&stale=false&account={seen.larkspur.pk}&role=champion") == {"Eli"}
    assert names(adam, f"{before}&diverges=true") == set()
    for name, value in (("stale", "1"), ("inherited", "yes"), ("diverges", "x"), ("rated_before", "soon")):
        answer = adam.get(f"/personas?{name}={value}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"?{name}")


def test_rest_holds_ratings_back(seen):
    read = seen.rest.read
    assert read.get("/ratings").json()["results"] == []
    assert read.get(f"/ratings/{seen.first.pk}").status_code == 404
    assert read.get(f"/personas/{seen.dana.pk}").json()["rating"] is None
    assert all(row["rating"] is None for row in read.get("/personas").json()["results"])
    said = [row for row in read.get("/observations").json()["results"] if row["persona"] == str(seen.dana.pk)]
    assert said == []


def test_rest_holds_back_what_people_add_to_a_score(seen):
    read, account = seen.rest.read, f"/accounts/{seen.larkspur.pk}"
    moment = timezone.now().isoformat().replace("+00:00", "Z")
    for path in (f"{account}/health", f"{account}/health?at={moment}"):
        body = read.get(path).json()
        keys = [measure["key"] for measure in body["measures"]]
        assert "ratings" in keys
        assert not {"relationship", "sentiment"} & set(keys)
        assert str(seen.dana.pk) not in str(body)
        assert "buyer_negative" not in str(body)
        parts = sum(measure["contribution"] for measure in body["measures"])
        assert parts == pytest.approx(body["score"] - 50, abs=1e-9)
    for path in (f"{account}/coverage", f"{account}/coverage?at={moment}"):
        body = read.get(path).json()
        dana = next(row for row in body["people"] if row["persona"] == str(seen.dana.pk))
        assert {dana.get(name) for name in ("strength", "sentiment", "held", "rated_by", "rated_at")} == {
            None
        }
        counted = (
            "coverage",
            "threads",
            "effective_threads",
            "role_coverage",
            "single_threaded",
            "p_no_thread",
        )
        assert {body[name] for name in (*counted, "top_persona", "p_no_thread_at_renewal")} == {None}
    change = read.get(f"{account}/health/change").json()
    assert str(seen.dana.pk) not in str(change)
    total = sum(cause["value_part"] + cause["evidence_part"] for cause in change["causes"])
    assert total == pytest.approx(change["delta"], abs=1e-9)
    short = read.get(account).json()["health"]
    assert "Dana" not in short["reason"]
    assert "buyer_negative" not in str(short)
    card = read.get(f"{account}/card?email=dana@larkspur.test").json()
    assert "Dana, " not in str(card)
    assert "negative" not in str(card)


def test_no_figure_of_coverage_gives_away_how_strong_the_first_rater_said(seen):
    """Of two people, coverage tells by how much the one rises whom the other cannot have raised."""
    read = seen.rest.read
    (row,) = read.get("/coverage").json()["results"]
    assert {row[name] for name in ("coverage", "threads", "single_threaded", "if_top_leaves")} == {None}
    assert read.get("/coverage").json()["mean"] is None
    assert read.get("/portfolio").json()["single_threaded"]["results"] == []
    assert read.get(f"/accounts/{seen.larkspur.pk}/coverage/history").json() == []
    admin, lena = browser(seen.adam), browser(seen.lena)
    for path, told in (
        ("accounts?single_threaded=1", "Larkspur</a>"),
        ("risk/coverage?show=single", '/people">Larkspur</a>'),
    ):
        assert told in admin.get(f"/t/northwind/{path}").content.decode(), path
        assert told not in lena.get(f"/t/northwind/{path}").content.decode(), path
    for path in ("", "/people"):
        page = plain(lena.get(f"/t/northwind/accounts/{seen.larkspur.pk}{path}"))
        assert "Shown once you have given your second opinion" in page
        assert "Single-threaded" not in page


def test_the_portfolio_and_the_filters_of_accounts_do_not_tell_the_cell(seen):
    for query in ("", "?owner=alice@northwind.test"):
        body = seen.rest.read.get(f"/portfolio{query}").json()
        cells = {(cell["strength"], cell["sentiment"]): cell["people"] for cell in body["matrix"]["cells"]}
        assert cells["none", "negative"] == 0
        assert body["matrix"]["unrated"]["people"] == 2
        assert "Dana" not in str(body["movers"])
    client = browser(seen.lena)
    for query in ("cell=none:negative", "flag=buyer_negative"):
        assert b"Larkspur</a>" not in client.get(f"/t/northwind/accounts?{query}").content
    assert b"Larkspur" in browser(seen.adam).get("/t/northwind/accounts?cell=none:negative").content


def test_what_is_kept_for_others_is_not_shown_to_a_second_rater(seen):
    """The stored portfolio and pages kept in this process are made for each reader who may not see everything."""
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        scores.keep_book(at=timezone.now() + dt.timedelta(minutes=10))
    told = browser(seen.adam).get("/t/northwind/risk").content
    held = browser(seen.lena).get("/t/northwind/risk").content
    assert (b"Dana, " in told, b"Dana, " in held) == (b"Dana, " in told, False)
    assert seen.rest.read.get("/portfolio").json()["matrix"]["unrated"]["people"] == 2


def test_the_change_feed_says_that_it_holds_something_back(transactional_db):
    seen = make_seen()
    lines = seen.rest.read.get("/activity?limit=1000").json()["results"]
    rated = [line for line in lines if line["verb"] == "rating.recorded"]
    assert [line["data"] for line in rated] == [{"withheld": True}] * 2
    flags = [line["data"] for line in lines if line["verb"].startswith("flag.")]
    assert all(data == {"withheld": True} for data in flags)


def test_the_external_id_of_a_rating_cannot_be_used_to_guess_it(seen):
    body = {"persona": str(seen.dana.pk), "strength": "weak", "external_id": "r1"}
    key = admins_key(seen, "write")
    assert key.post("/ratings", body).status_code == 201
    assert key.post("/ratings/bulk", {"items": [body]}).json()["summary"]["unchanged"] == 1
    assert seen.rest.write.post("/ratings", body).json()["errors"][0]["code"] == "taken"


def test_the_digest_reads_for_its_member(seen):
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        member = Membership.objects.select_related("tenant", "user").get(pk=seen.lena.member_id)
        assert "Dana, " not in str(digest(member=member, at=timezone.now()))


def test_a_flag_that_tells_is_told_to_no_second_rater(seen):
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        accounts.save_accounts(
            items=[accounts.Item(values={"team": ["lena@northwind.test"]}, id=seen.larkspur.pk)],
            mode=accounts.Mode.UPDATE, actor=None, at=timezone.now(),
        )  # fmt: skip
        Notification.objects.all().delete()
        line = accounts.NewActivity(
            "flag.raised", None, seen.larkspur.pk, data={"after": {"code": "buyer_negative", "cap": "watch"}}
        )
        accounts.record_activity(activity=line, actor=None, at=timezone.now())
        xact = Activity.objects.filter(verb="flag.raised").latest("at").xact
        accounts.notify_members(ref={"xact": xact}, at=timezone.now())
        told = set(Notification.objects.filter(kind="flag").values_list("member_id", flat=True))
    assert told == {seen.alice.member_id}


def test_a_champion_who_left_is_told_to_a_leader_who_owes_a_blind_rating_there(seen):
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        Notification.objects.all().delete()
        for code in ("champion_left", "unrated"):
            line = accounts.NewActivity(
                "flag.raised", None, seen.larkspur.pk, data={"after": {"code": code, "cap": "watch"}}
            )
            accounts.record_activity(activity=line, actor=None, at=timezone.now())
        xact = Activity.objects.filter(verb="flag.raised").latest("at").xact
        accounts.notify_members(ref={"xact": xact}, at=timezone.now())
        told = Notification.objects.filter(kind="flag", member_id=seen.lena.member_id)
        assert [notice.data["flag"] for notice in told] == ["champion_left"]


def test_deliveries_about_the_person_are_not_listed(seen):
    made = seen.rest.admin.post(
        "/webhooks", {"url": "https://example.com/hook", "events": ["rating.recorded"]}
    )
    if made.status_code != 201:
        pytest.skip(made.content.decode())
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        WebhookDelivery.objects.create(
            id=uuid.uuid4(), webhook_id=made.json()["id"], event="rating.recorded", persona_id=seen.dana.pk,
            available_at=seen.at, expires_at=seen.at, created_at=seen.at, answer="none, negative",
        )  # fmt: skip
    path = f"/webhooks/{made.json()['id']}/deliveries"
    assert seen.rest.admin.get(path).json()["results"] == []
    other = admins_key(seen, "admin")
    assert len(other.get(path).json()["results"]) == 1


def test_scores_are_computed_from_everything_whoever_asks(seen):
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        before = health.health(seen.larkspur.pk)["measures"]
    submit(seen, strength="weak")
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        after = health.health(seen.larkspur.pk)["measures"]
    relationship = [next(one for one in found if one["key"] == "relationship") for found in (before, after)]
    assert relationship[0]["value"] == pytest.approx(
        relationship[1]["value"], abs=0.5
    )  # Alice, the owner, speaks


@pytest.mark.parametrize("ends", ["close", "delete"])
def test_a_round_that_ends_takes_the_veil_away(seen, ends):
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        end = services.close_round if ends == "close" else services.delete_round
        end(id=seen.round.pk, actor=seen.lena, at=timezone.now())
    member = Membership.objects.get(pk=seen.lena.member_id)
    assert (member.blind_to, member.blind_at) == ([], [])


def test_taking_the_second_opinion_back_does_not_draw_the_veil_again(seen):
    made = submit(seen)
    with tenant_scope(seen.northwind.pk), transaction.atomic():
        services.withdraw_rating(rating_id=made.pk, actor=seen.lena, at=timezone.now())
        member = Membership.objects.get(pk=seen.lena.member_id)
        assert seen.dana.pk not in member.blind_to
        assert Rating.objects.count() == 3
