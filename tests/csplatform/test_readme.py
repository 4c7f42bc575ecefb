"""What the README says of running the product is what there is."""

from pathlib import Path

import pytest
from django.core.management import BaseCommand, load_command_class
from django.utils import timezone

from accounts.models import Role, Scope
from csplatform.management.commands.outbox_status import work_status
from csplatform.run import run_facts

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
SECTION = README.partition("## Running it\n")[2].partition("\n## ")[0]
URLS = dict.fromkeys(("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL"), "")


def options(command):
    """The options of a command of ours that are not Django's own."""
    parser = load_command_class("csplatform", command).create_parser("manage.py", command)
    common = BaseCommand().create_parser("manage.py", command)
    return set(parser._option_string_actions) - set(common._option_string_actions)


def test_it_names_every_option_of_the_command_that_fills_tenants():
    found = options("seed")
    assert {"--tenants", "--json"} < found
    assert {one for one in found if one not in SECTION} == set()


@pytest.mark.django_db
def test_it_names_every_figure_of_the_work_that_waits():
    assert {one for one in work_status(at=timezone.now()) if f"`{one}`" not in SECTION} == set()


def test_it_names_everything_in_the_file_of_what_runs():
    assert {one for one in run_facts("", URLS, {}) if f"`{one}`" not in SECTION} == set()


def test_it_says_what_each_role_and_each_scope_may_do():
    assert all(f"\n| {role.value} | " in SECTION for role in Role)
    assert all(f"\n| `{scope.value}` | " in SECTION for scope in Scope)


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_it_names_what_machines_ask(address):
    assert f"`{address}`" in SECTION
