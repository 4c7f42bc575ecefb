"""The scorecard in the browser: previewed while it is changed, published by an admin alone."""

import pytest
from django.db import transaction

from accounts.scope import tenant_scope
from health.forms import ScorecardForm
from health.models import Scorecard
from health.selectors import current_scorecard
from tests.conftest import NOW
from tests.health.builders import make_account

URL = "/t/northwind/settings/scorecard"


@pytest.fixture
def filled(cast):
    """The form of the scorecard in force, as a browser would send it unchanged."""
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        form = ScorecardForm(body=current_scorecard().body, editable=True)
    sent = {}
    for name, field in form.fields.items():
        value = form.initial.get(name)
        if name != "note" and value is not False:
            sent[name] = "on" if value is True else value if isinstance(value, list) else str(value)
        assert field is not None
    return sent


def versions(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return Scorecard.objects.count()


def test_the_scorecard_shows_every_measure(client, cast):
    client.force_login(cast.alice.membership.user)
    page = client.get(URL).content.decode()
    assert all(name in page for name in ("Active users", "Usage trend", "Relationship", "NPS", "Goodwill"))


def test_an_admin_publishes_a_new_version_with_the_changed_number(client, cast, filled):
    client.force_login(cast.adam.membership.user)
    filled["measures/0/weight"] = "0.5"
    answer = client.post(URL, filled | {"note": "Usage matters more"})
    assert answer.status_code == 302
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        version = current_scorecard()
    assert (version.body["measures"][0]["weight"], version.note) == (0.5, "Usage matters more")


def test_a_tier_asks_for_roles_of_its_own(client, cast, filled):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        make_account(at=NOW, tier="Gold / key")
    client.force_login(cast.adam.membership.user)
    assert "Gold / key" in client.get(URL).content.decode()
    roles = {"own/Gold / key": "on", "roles/Gold / key": ["executive_sponsor", "champion"]}
    assert client.post(URL, filled | roles).status_code == 302
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        version = current_scorecard()
    assert version.body["required_roles_by_tier"] == {"Gold / key": ["champion", "executive_sponsor"]}
    assert version.required_roles("gold / KEY") == ["champion", "executive_sponsor"]
    assert version.required_roles("") == ["economic_buyer", "champion", "technical_owner"]


def test_a_preview_changes_nothing(client, cast, filled):
    client.force_login(cast.adam.membership.user)
    before = versions(cast)
    answer = client.post(f"{URL}/preview", filled | {"bands/healthy_from": "90"})
    assert answer.status_code == 200
    assert "No account changes band" in answer.content.decode()
    assert versions(cast) == before


def test_a_floor_equal_to_its_target_is_refused_beside_its_field(client, cast, filled):
    client.force_login(cast.adam.membership.user)
    before = versions(cast)
    filled["measures/0/floor"] = filled["measures/0/target"]
    answer = client.post(URL, filled)
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.content.decode()
    assert versions(cast) == before


@pytest.mark.parametrize("who", ["alice", "lena", "vera"])
def test_only_an_admin_publishes(client, cast, filled, who):
    client.force_login(getattr(cast, who).membership.user)
    before = versions(cast)
    assert client.post(URL, filled | {"axes/emotional": "0.9"}).status_code == 403
    assert client.post(f"{URL}/preview", filled).status_code == 403
    assert versions(cast) == before


def test_every_number_of_the_scorecard_names_its_unit(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        form = ScorecardForm(body=current_scorecard().body, editable=True)
    labels = [str(field.label) for field in (*form.axes(), *form.bands(), *form.loss_rates())]
    assert [label for label in labels if not label.endswith((", 0 to 1", ", in points", ", in days"))] == []
