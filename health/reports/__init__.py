"""Charts about health: rows in, a plotly figure as a plain dict out. No Django, no clock, no database.

Every figure is valid on its own, in light colours; `layout.meta.dark` says what each colour becomes in the dark.
Text from people is escaped, because plotly reads labels as a kind of HTML.
"""

from health.reports.account import score_trend, usage_per_day, waterfall, waterfall_rows
from health.reports.figure import (
    BAND_LABELS,
    around,
    axis,
    colour,
    date_axis,
    escape,
    figure,
    short_sum,
    shorten,
    signed,
)
from health.reports.portfolio import (
    coverage_nights,
    coverage_weeks,
    engagement_quadrant,
    money_by_band,
    money_prefix,
    money_trend,
)
from health.reports.support import difference_by_kind, stayed_by_contacts

__all__ = [
    "BAND_LABELS",
    "around",
    "axis",
    "colour",
    "coverage_nights",
    "coverage_weeks",
    "date_axis",
    "difference_by_kind",
    "engagement_quadrant",
    "escape",
    "figure",
    "money_by_band",
    "money_prefix",
    "money_trend",
    "score_trend",
    "short_sum",
    "shorten",
    "signed",
    "stayed_by_contacts",
    "usage_per_day",
    "waterfall",
    "waterfall_rows",
]
