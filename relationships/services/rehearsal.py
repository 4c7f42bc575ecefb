"""A rating of nobody, so that a connection has the plans for anybody's.

What a statement reads and how is decided when a connection first runs it; for the twenty that a rating may run, this takes
twice as long as the rating. A thread that has rehearsed answers its first rater as fast as any other.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.scope import tenant_scope
from accounts.selectors import plan_ahead
from health import services as health
from relationships import selectors
from relationships.services import answering, rating_rows
from relationships.services.areas import PRODUCT_AREAS
from relationships.services.drivers import DRIVERS

NO_TENANT, NOBODY = 0, UUID(int=0)


@transaction.atomic
def rehearse_rating(*, at: datetime) -> None:
    """Let this connection plan what recording and showing a rating runs; nothing is written."""
    with tenant_scope(NO_TENANT):
        plan_ahead(rating_rows.RATED, rating_rows.INSERT, answering.SETTLE)
        accounts.plan_activities()
        accounts.plan_terms(DRIVERS)
        accounts.plan_terms(PRODUCT_AREAS)
        health.rehearse_score(at=at)
        selectors.plan_grid_account(account_id=NOBODY, at=at)
