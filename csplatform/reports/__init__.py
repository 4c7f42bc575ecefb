"""What leaves a page as a file or a figure: sheets of rows, and the charts of an account. No Django."""

from csplatform.reports.charts import (
    coverage_chart,
    rating_chart,
    trend_chart,
    usage_chart,
    waterfall_chart,
)
from csplatform.reports.sheets import account_cells, sheet

__all__ = [
    "account_cells",
    "coverage_chart",
    "rating_chart",
    "sheet",
    "trend_chart",
    "usage_chart",
    "waterfall_chart",
]
