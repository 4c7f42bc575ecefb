"""What leaves a page as a file or a figure: sheets of rows, slides, and the charts of an account. No Django."""

from csplatform.reports.charts import (
    coverage_chart,
    rating_chart,
    trend_chart,
    usage_chart,
    waterfall_chart,
)
from csplatform.reports.sheets import account_cells, long_sheet, sheet
from csplatform.reports.slide import MEDIA as SLIDE_MEDIA
from csplatform.reports.slide import Figured, Moved, Slide, draw_slide

__all__ = [
    "SLIDE_MEDIA",
    "Figured",
    "Moved",
    "Slide",
    "account_cells",
    "coverage_chart",
    "draw_slide",
    "long_sheet",
    "rating_chart",
    "sheet",
    "trend_chart",
    "usage_chart",
    "waterfall_chart",
]
