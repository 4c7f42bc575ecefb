"""The activity log says what things are called, where it was told their ids."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.scope import tenant_scope

pytestmark = pytest.mark.django_db
SETTINGS = "/t/northwind/settings"


@pytest.fixture
def adam(cast, client):
    """Northwind's admin at the browser."""
    client.force_login(cast.adam.membership.user)
    return client


def save(write, cast, now, **values):
    item = accounts.Item(values=values)
    (saved,) = write(items=[item], mode=accounts.Mode.CREATE, actor=cast.adam, at=now)
    assert not saved.faults, saved.faults
    return saved.id


@pytest.mark.parametrize("rows", [1, 3])
def test_the_activity_log_says_names_for_ids(cast, adam, now, rows, django_assert_num_queries):
    team = ["lena@northwind.test", "vera@northwind.test"]
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        for n in range(rows):
            home = save(
                accounts.save_accounts, cast, now, name=f"Kestrel {n}", owner_email="alice@northwind.test", team=team
            )  # fmt: skip
            boss = save(accounts.save_personas, cast, now, account=home, name=f"Ada {n}")
            save(accounts.save_personas, cast, now, account=home, name=f"Ben {n}", reports_to=boss)
        stranger = str(cast.charlie.member_id)
        line = accounts.NewActivity("step.updated", None, data={"after": {"owner": stranger}})
        accounts.record_activity(activity=line, actor=cast.adam, at=now)
        accounts.erase_persona(id=boss, actor=cast.adam, at=now)
    adam.get(f"{SETTINGS}/activity")
    with django_assert_num_queries(11):
        page = adam.get(f"{SETTINGS}/activity").content.decode().split("<tbody>")[1]
    for words in (
        "owner</span> Alice",
        "Lena, Vera",
        f"reports to</span> {'Ada 0' if rows > 1 else 'Erased person'}",
    ):
        assert words in page, words
    assert str(cast.alice.member_id) not in page
    assert f"owner</span> {stranger}" in page  # of another tenant
    assert f"Ada {rows - 1}" not in page
