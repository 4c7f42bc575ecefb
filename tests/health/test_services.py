"""The writes of the second floor."""

from __future__ import annotations

import pytest

from health import selectors, services
from tests.health.builders import make_larkspur


def close(value: float) -> object:
    return pytest.approx(value, abs=1e-6)


@pytest.fixture
def larkspur(northwind, now):
    return make_larkspur(now, northwind.alice.membership)


def test_larkspur_is_the_model_s_through_the_database(larkspur, now):
    services.rescore(account_ids=[larkspur.account.pk], at=now)
    health = selectors.health(larkspur.account.pk)
    assert (health["score"], health["evidence"]) == (close(59.203186), close(0.781574))
    assert (health["band"], health["quadrant"]) == ("watch", "engaged")
    parts = {measure["key"]: measure["contribution"] for measure in health["measures"]}
    assert parts == {
        "frequency": close(2.750377), "effectiveness": close(0), "breadth": close(0), "trend": close(-0.841952),
        "relationship": close(1.865464), "sentiment": close(1.403253), "nps": close(1.500188),
        "csat": close(2.525856), "ces": 0, "goodwill": 0,
    }  # fmt: skip
