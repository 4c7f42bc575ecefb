"""The page of the path."""

import uuid

import pytest
from django.db import transaction
from django.test import Client

from accounts.scope import tenant_scope
from journeys.models import Stage

PAGE = "/t/northwind/settings/stages"


def browser(actor):
    client = Client()
    client.force_login(actor.membership.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def stage(cast):
    browser(cast.adam).post(PAGE, {"name": "Onboarding", "think": "It works"})
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return Stage.objects.get()


def names(cast):
    with tenant_scope(cast.northwind.pk), transaction.atomic():
        return list(Stage.objects.filter(deleted_at=None).order_by("position").values_list("name", flat=True))


def test_an_admin_adds_changes_and_removes_stages(cast, stage):
    adam = browser(cast.adam)
    adam.post(PAGE, {"name": "Kick-off", "position": 1})
    assert names(cast) == ["Kick-off", "Onboarding"]
    adam.post(f"{PAGE}/{stage.pk}", {"name": "First value", "position": 2})
    assert names(cast) == ["Kick-off", "First value"]
    adam.post(f"{PAGE}/{stage.pk}/remove")
    assert names(cast) == ["Kick-off"]


def test_everyone_reads_the_path_and_only_an_admin_is_offered_forms(cast, stage):
    page = browser(cast.vera).get(PAGE).content.decode()
    assert "It works" in page
    assert "Add a stage" not in page
    assert "Add a stage" in browser(cast.adam).get(PAGE).content.decode()


@pytest.mark.parametrize("who", ["alice", "lena", "vera"])
def test_nobody_else_changes_the_path(cast, stage, who):
    client = browser(getattr(cast, who))
    for path in (PAGE, f"{PAGE}/{stage.pk}", f"{PAGE}/{stage.pk}/remove"):
        assert client.post(path, {"name": "x"}).status_code == 403
    assert names(cast) == ["Onboarding"]


def test_a_stage_without_a_name_says_so(cast, stage):
    for path in (PAGE, f"{PAGE}/{stage.pk}"):
        assert browser(cast.adam).post(path, {"name": " "}).status_code == 422
    assert names(cast) == ["Onboarding"]


def test_a_neighbour_gets_the_answer_of_a_stage_that_is_not_there(cast, stage):
    gloria = browser(cast.gloria)
    for target in (stage.pk, uuid.uuid4()):
        for path in (f"{target}", f"{target}/remove"):
            answer = gloria.post(f"/t/globex/settings/stages/{path}", {"name": "x"})
            assert answer.status_code == 404
    assert names(cast) == ["Onboarding"]
