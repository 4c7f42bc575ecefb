"""What a linter cannot see: the shape of tenant models, the size of rooms, who reads a clock, and that the literal
lists of tenancy are true."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from accounts.tenancy import TenantModel
from csplatform.postgres import walls

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "health", "relationships", "feedback", "journeys", "csplatform")
FILES = sorted(file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts)
# Below the doors: these rooms are handed the time.
BELOW_DOORS = re.compile(r"/(services|selectors|models|formulas|reports)(/|\.py)")
CLOCKS = {("timezone", "now"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
          ("time", "time"), ("timezone", "localdate")}  # fmt: skip
# What may be longer than a screen or a room, each with its reason.
LONG = {
    "csplatform/demo/stories/fit.py": "a story of the demo is one list of dated facts",
    "csplatform/demo/stories/moods.py": "a story of the demo is one list of dated facts",
    "csplatform/demo/stories/people.py": "a story of the demo is one list of dated facts",
    "health/reports/account.py": "a figure is one declaration of traces and layout",
    "relationships/reports/ratings.py": "a figure is one declaration of traces and layout",
    "accounts/services/saving.py": "one class, one path of writing; its parts share the drafts",
}
TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
LABELS = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}


def name(file):
    return str(file.relative_to(ROOT))


def test_there_is_something_to_look_at():
    assert len(FILES) > 50
    assert len(TENANT_MODELS) > 20


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_nothing_of_a_tenant_is_unique_over_all_tenants(model):
    for field in model._meta.local_fields:
        assert field.primary_key or not field.unique, f"{field} is unique over all tenants"
        assert not isinstance(field, models.OneToOneField), f"{field}: a OneToOne is unique over all tenants"
    for field in model._meta.local_many_to_many:
        through = field.remote_field.through
        assert issubclass(through, TenantModel), f"{field}: its table carries no tenant"


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_constraints_and_indexes_lead_with_the_tenant(model):
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            assert constraint.fields[:1] == ("tenant",), constraint
    for index in model._meta.indexes:
        assert index.fields[:1] == ["tenant"], index


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_a_user_on_a_tenant_row_is_a_membership(model):
    for field in model._meta.local_fields:
        if field.remote_field:
            assert field.remote_field.model._meta.label_lower != "accounts.user", field


def test_every_table_with_a_tenant_is_a_tenant_model_or_listed():
    for model in apps.get_models(include_auto_created=True):
        if any(field.name == "tenant" for field in model._meta.local_fields):
            assert issubclass(model, TenantModel) != (model._meta.label_lower in walls.OUTSIDE_RLS), model
        else:
            creator = model._meta.auto_created or model
            assert creator._meta.label_lower in walls.SHARED_TABLES, model


@pytest.mark.parametrize(
    "listed", [walls.OUTSIDE_RLS, walls.SHARED_TABLES, walls.SHARED_SQL_TABLES, walls.DEFINER_FUNCTIONS]
)
def test_every_exception_gives_its_reason(listed):
    assert all(len(reason.split()) >= 3 for reason in listed.values()), listed


def test_the_lists_of_walls_name_models_that_exist():
    listed = {*walls.OUTSIDE_RLS, *walls.SHARED_TABLES, *walls.APPEND_ONLY} - {"migrations.migration"}
    assert listed - LABELS == set()


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_room_fits_and_its_functions_fit_a_screen(file):
    if name(file) in LONG:
        return
    text = file.read_text()
    assert text.count("\n") <= 400, "over 400 lines: make it a package of the same name"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 50, f"{node.name} has {length} lines"


def test_no_exception_for_length_outlives_its_reason():
    assert all((ROOT / file).exists() for file in LONG)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_module_opens_by_saying_what_it_is_for(file):
    tree = ast.parse(file.read_text())
    if tree.body and file.name != "apps.py" and "commands" not in file.parts:
        assert ast.get_docstring(tree), "no docstring"


def calls(file):
    """Every call of an attribute in a file: (its object's last name, the attribute, the line)."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            value = node.func.value
            owner = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            yield owner, node.func.attr, node.lineno


@pytest.mark.parametrize("file", [file for file in FILES if BELOW_DOORS.search(str(file))], ids=name)
def test_nothing_below_a_door_reads_a_clock(file):
    for owner, attribute, line in calls(file):
        assert (owner, attribute) not in CLOCKS, f"line {line}: {owner}.{attribute}(); take `at` instead"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_page_is_rendered_after_the_transaction(file):
    text = file.read_text()
    assert "TemplateResponse" not in text
    assert "django.views.generic" not in text


def test_only_the_dispatcher_publishes_to_celery():
    allowed = {"csplatform/dispatch.py", "csplatform/queue.py", "csplatform/celery.py"}
    for file in FILES:
        for _owner, attribute, line in calls(file):
            if attribute in ("delay", "apply_async", "send_task"):
                assert name(file) in allowed, f"{name(file)}:{line}: leave a row in the outbox instead"


def test_no_signal_ties_the_floors_together():
    for file in FILES:
        text = file.read_text()
        assert "django.db.models.signals" not in text, name(file)
        assert "django.dispatch" not in text, name(file)
