"""What was felt at the places where customers meet us: the sentiment said of those who were there, soon afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from accounts.models import TouchAttendee
from relationships.models import Rating, RatingWithdrawal
from relationships.selectors.lists import visible
from relationships.selectors.spoken import overall

FELT_WITHIN = timedelta(days=7)
FACETS = ("sentiment_brand", "sentiment_product", "sentiment_service")


@dataclass(frozen=True)
class Felt:
    """Of how many who were there a sentiment was said, and how many of them were positive and negative."""

    n: int = 0
    positive: int = 0
    negative: int = 0

    @property
    def positive_share(self) -> float | None:
        """Of all of whom something was said, 0 to 1."""
        return self.positive / self.n if self.n else None

    @property
    def negative_share(self) -> float | None:
        """Of all of whom something was said, 0 to 1."""
        return self.negative / self.n if self.n else None


def felt_at_touchpoints(*, since: datetime, until: datetime) -> Mapping[str, Felt]:
    """What was felt at each touchpoint in this time, by its key: of everybody at a touch the first sentiment that was said
    within seven days from it, as far as the reader may see it. One statement."""
    ends = ExpressionWrapper(OuterRef("touch__at") + FELT_WITHIN, output_field=DateTimeField())
    said = Rating.objects.filter(
        visible(),
        ~Exists(RatingWithdrawal.objects.filter(rating=OuterRef("pk"))),
        Q(*((f"{name}__isnull", False) for name in FACETS), _connector=Q.OR),
        persona=OuterRef("persona"),
        rated_at__gte=OuterRef("touch__at"),
        rated_at__lt=ends,
        recorded_at__lte=until,
    ).order_by("rated_at", "pk")
    there = TouchAttendee.objects.filter(
        touch__deleted_at=None,
        touch__account__deleted_at=None,
        touch__at__gte=since,
        touch__at__lte=until,
        touch__touchpoint__gt="",
    ).annotate(
        said=Subquery(said.annotate(all=JSONObject(**{name: name for name in FACETS})).values("all")[:1])
    )
    rows = there.exclude(said=None).values_list("touch__touchpoint", "said")
    counted = Counter((key, overall(*(facets[name] for name in FACETS))) for key, facets in rows)
    return {
        key: Felt(
            n=sum(n for (other, _), n in counted.items() if other == key),
            positive=counted[key, "positive"],
            negative=counted[key, "negative"],
        )
        for key in {key for key, _ in counted}
    }
