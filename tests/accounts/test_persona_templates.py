"""Persona templates: kept by admins in Settings and over REST, used by whoever may write a person, at every account."""

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import PersonaTemplate, ProfileFact
from accounts.scope import tenant_scope
from tests.conftest import Rest, make_key
from tests.csplatform.conftest import kept_world, scope, world

__all__ = ["kept_world", "scope", "world"]
LIST = "/settings/persona-templates"


def templates(world):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        return {one.key: one for one in accounts.ensure_persona_templates()}


def facts_of(world, person):
    with tenant_scope(world.northwind.pk), transaction.atomic():
        return {one.key: one for one in ProfileFact.objects.filter(persona=person)}


def test_an_admin_adds_fills_renames_moves_and_retires_a_template(world):
    adam = world.visit.adam
    assert "Economic buyer" in adam.get(LIST).content.decode()
    assert adam.post(LIST, label="Finance chief", role="economic_buyer").status_code == 302
    assert adam.post(LIST, label="Finance chief").status_code == 422
    chief = templates(world)["finance_chief"]
    assert (chief.role, chief.facts, chief.position) == ("economic_buyer", {}, 10)
    page = f"{LIST}/{chief.pk}"
    wrong = adam.post(page, label="Finance chief", channel="pigeon", cadence="0")
    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (422, ["cadence", "channel"])
    filled = {
        "label": "CFO",
        "role": "economic_buyer",
        "wiifm": " Fewer surprises ",
        "channel": "mail",
        "cadence": "60",
    }
    assert adam.post(page, **filled).status_code == 302
    for _times in range(9):
        adam.post(f"{page}/change", move="up")
    adam.post(f"{page}/change", move="up")
    chief = templates(world)["finance_chief"]
    assert (chief.label, chief.position) == ("CFO", 1)
    assert chief.facts == {"wiifm": "Fewer surprises", "channel": "mail", "cadence": "60"}
    adam.post(f"{page}/change", move="down")
    adam.post(f"{page}/change", active="")
    chief = templates(world)["finance_chief"]
    assert (chief.position, chief.active) == (2, False)


@pytest.mark.parametrize("who", ["alice", "lena", "vera"])
def test_only_an_admin_changes_a_template_and_everybody_reads_it(world, who):
    champion = templates(world)["champion"]
    visitor, page = getattr(world.visit, who), f"{LIST}/{champion.pk}"
    assert "To be seen as the one who brought the change." in visitor.get(page).content.decode()
    for path, values in (
        (LIST, {"label": "Mine"}), (page, {"label": "Mine"}), (f"{page}/change", {"move": "down"}),
    ):  # fmt: skip
        assert visitor.post(path, **values).status_code == 403
    after = templates(world)
    assert (after["champion"].label, after["champion"].position, len(after)) == ("Champion", 3, 9)
    assert world.visit.charlie.get(page).status_code == 404


def test_a_csm_fills_in_a_person_from_a_template_and_nothing_known_is_overwritten(world):
    admin = Rest(make_key(world.adam, "admin")[1])
    body = {"key": "fleet", "label": "Fleet boss", "facts": {"tone": "Plain", "cadence": "20"}}
    assert admin.post("/persona-templates", body).status_code == 201
    person = f"/personas/{world.dana.pk}"
    world.visit.alice.post(f"{person}/facts/cadence", value="7", basis="told_us")
    offered = [key for key, _label in world.visit.alice.get(person).context["templates"]]
    assert offered[:2] == ["champion", "fleet"]
    assert world.visit.alice.post(f"{person}/template", template="fleet").status_code == 302
    facts = facts_of(world, world.dana)
    assert (facts["tone"].value, facts["tone"].basis, facts["cadence"].value) == ("Plain", "assumed", "7")
    assert "motivations" not in facts
    assert world.visit.vera.post(f"{person}/template", template="champion").status_code == 403


def test_rest_keeps_and_applies_templates_and_names_what_is_wrong(world):
    read, write, admin = (Rest(make_key(world.adam, scope)[1]) for scope in ("read", "write", "admin"))
    listed = read.get("/persona-templates?role=champion").json()["results"]
    assert [(one["key"], one["facts"]["cadence"]) for one in listed] == [("champion", "14")]
    path = f"/persona-templates/{listed[0]['id']}"
    for facts, code in (
        ({"birthday": "1 May"}, "invalid_choice"), ({"channel": "pigeon"}, "invalid_choice"), ({"cadence": "0"}, "range"),
    ):  # fmt: skip
        refused = admin.patch(path, {"facts": facts}).json()["errors"][0]
        assert (refused["pointer"], refused["code"]) == ("/facts", code)
    assert admin.patch(path, {"role": "king"}).status_code == 400
    assert write.patch(path, {"label": "X"}).status_code == 403
    assert admin.patch(path, {"facts": {"tone": "Warm", "wiifm": ""}}).json()["facts"] == {"tone": "Warm"}
    applied = write.post(f"/personas/{world.dana.pk}/apply-template", {"template": "champion"})
    assert [(one["key"], one["value"]) for one in applied.json()["profile"]] == [("tone", "Warm")]
    assert write.post(f"/personas/{world.eli.pk}/apply-template").status_code == 200
    assert facts_of(world, world.eli)["wiifm"].value.startswith("A result that pays")
    admin.patch(path, {"active": False})
    gone = write.post(f"/personas/{world.dana.pk}/apply-template", {"template": "champion"}).json()["errors"][
        0
    ]
    assert (gone["pointer"], gone["code"]) == ("/template", "missing")
    assert read.post(f"/personas/{world.dana.pk}/apply-template").status_code == 403
    with tenant_scope(world.globex.pk), transaction.atomic():
        assert not PersonaTemplate.objects.exists()
