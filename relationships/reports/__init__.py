"""Charts about people: ratings as a matrix and over time, and the org chart. Rows in, figures or plain data out.

No Django, no clock, no database.
"""

from relationships.reports.org import (
    DEPTH,
    WIDTH,
    fitted,
    is_top,
    org_chart,
    org_layout,
    org_rule,
)
from relationships.reports.ratings import (
    SENTIMENTS,
    STRENGTHS,
    heat_map,
    matrix,
    pareto,
    rating_history,
)

__all__ = [
    "DEPTH",
    "SENTIMENTS",
    "STRENGTHS",
    "WIDTH",
    "fitted",
    "heat_map",
    "is_top",
    "matrix",
    "org_chart",
    "org_layout",
    "org_rule",
    "pareto",
    "rating_history",
]
