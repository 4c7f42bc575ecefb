"""The whole product, started as a person starts it, and killed as an operating system kills it."""

import signal
import subprocess

import pytest
import redis

from tests.product import ROOT, Product, eventually, runs

NAMES = ["beat", "dispatch", "postgres", "valkey", "web", "worker"]

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    it = Product(tmp_path_factory.mktemp("product"))
    it.start(from_nothing=True)
    yield it
    it.stop()


def test_run_json_names_everything_for_its_owner_alone(product):
    facts = product.facts()
    assert sorted(facts["pids"]) == NAMES
    assert {"web", "database_url", "owner_database_url", "redis_url"} < set(facts)
    assert (product.home / "run.json").stat().st_mode & 0o777 == 0o600
    assert all(runs(pid) for pid in facts["pids"].values())


def test_a_second_start_in_the_same_home_is_refused(product):
    second = subprocess.run(
        product.command("run"), cwd=ROOT, env=product.environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "in use by another running csplatform" in second.stderr
    assert product.get("/readyz")[0] == 200


def test_a_management_command_runs_in_the_environment_of_the_product(product):
    told = product.shell("import os; print(os.environ['DATABASE_URL'])")
    assert told == product.facts()["database_url"]


@pytest.mark.parametrize("name", ["web", "worker", "beat", "dispatch"])
def test_a_killed_process_is_started_again_and_the_page_stays_where_it_was(product, name):
    before = product.facts()
    assert runs(product.kill(name))
    assert product.get("/healthz")[0] == 200
    assert product.facts()["web"] == before["web"]


def test_a_killed_valkey_comes_back_on_the_same_url(product):
    url = product.facts()["redis_url"]
    product.kill("valkey")
    assert product.facts()["redis_url"] == url
    assert redis.Redis.from_url(url).ping()


def test_a_killed_postgres_comes_back_on_the_same_urls(product):
    before = product.facts()
    product.kill("postgres")
    eventually(lambda: product.get("/readyz")[0] == 200)
    assert product.facts()["database_url"] == before["database_url"]


def test_sigterm_leaves_no_process_and_no_run_json(product):
    """Last, because it ends the product of this module."""
    pids = product.facts()["pids"]

    product.process.send_signal(signal.SIGTERM)

    assert product.process.wait(30) == 0
    eventually(lambda: not any(runs(pid) for pid in pids.values()))
    assert not (product.home / "run.json").exists()
