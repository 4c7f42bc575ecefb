"""Input of the roof's pages, as clean values."""

from csplatform.forms.today import RiskForm, TodayForm

__all__ = [
    "RiskForm",
    "TodayForm",
]
