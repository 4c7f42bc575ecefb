"""A connection that has rehearsed has planned what a rating runs."""

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.scope import tenant_scope
from health import services as health
from relationships import services
from relationships.models import Rating
from tests.relationships.test_views import save, world

__all__ = ["world"]


def forget_plans():
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection._plans = None, {}


def plans():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return {statement for (statement,) in cursor.fetchall()}


def use_the_product(world, *, at):
    """One event of usage at Larkspur, and the lists of terms a tenant has from its first page on."""
    with tenant_scope(world.northwind.pk), transaction.atomic():
        Account.objects.filter(pk=world.larkspur.pk).update(external_id="larkspur")
        services.ensure_drivers()
        services.ensure_product_areas()
        event = health.NewUsage(
            message_id="m1",
            account_external_id="larkspur",
            user_key="dana",
            feature="plan",
            occurred_at=at,
        )
        health.ingest_usage(events=enumerate([event]), refusals=[], actor=world.adam, at=at)


def test_after_a_rehearsal_a_rating_plans_nothing(world):
    now = timezone.now()
    use_the_product(world, at=now)
    forget_plans()
    services.rehearse_rating(at=now)
    planned = plans()
    said = {"sentiment_brand": "negative", "driver": "price", "area": "setup"}
    assert save(world, world.dana, strength="okay", **said).status_code == 200
    assert save(world, world.dana, actor=world.adam, strength="very_good").status_code == 200
    assert plans() - planned == set()
    assert len(planned) >= 18


def test_a_rehearsal_writes_nothing(world):
    save(world, world.dana, strength="okay")
    services.rehearse_rating(at=timezone.now())
    with tenant_scope(world.northwind.pk), transaction.atomic():
        assert Rating.objects.count() == 1
