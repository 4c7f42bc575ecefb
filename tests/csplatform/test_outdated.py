"""Two people edit one account or person at once: the second is shown what the first wrote, and overwrites nothing."""

import pytest
from django.db import transaction

from accounts.models import Account, Persona


@pytest.mark.parametrize("kind", ["account", "person"])
def test_an_outdated_form_shows_both_and_saves_only_when_sent_again(world, scope, kind):
    row = world.larkspur if kind == "account" else world.dana
    model = Account if kind == "account" else Persona
    path = f"/accounts/{row.pk}/edit" if kind == "account" else f"/personas/{row.pk}/edit"
    form = world.visit.alice.get(path).context["form"]
    opened = {name: form[name].value() for name in form.fields}
    opened = {name: value for name, value in opened.items() if value not in (None, "", False)}
    assert world.visit.lena.post(path, **{**opened, "name": "By Lena"}).status_code == 302
    answer = world.visit.alice.post(path, **{**opened, "name": "By Alice"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Somebody changed this while you wrote" in page
    assert "It says now: By Lena" in page
    assert answer.context["form"]["name"].value() == "By Alice"

    def name():
        with scope(), transaction.atomic():
            return model.objects.get(pk=row.pk).name

    assert name() == "By Lena"
    again = {**opened, "name": "Both", "version": answer.context["form"]["version"].value()}
    assert world.visit.alice.post(path, **again).status_code == 302
    assert name() == "Both"
