"""Input of the roof's pages, as clean values."""

from csplatform.forms.accounts import AccountsForm
from csplatform.forms.today import RiskForm, TodayForm
from csplatform.forms.writing import (
    AccountForm,
    OverrideForm,
    PersonaForm,
    ResponseForm,
    StageForm,
    StepForm,
    TimelineForm,
)

__all__ = [
    "AccountForm",
    "AccountsForm",
    "OverrideForm",
    "PersonaForm",
    "ResponseForm",
    "RiskForm",
    "StageForm",
    "StepForm",
    "TimelineForm",
    "TodayForm",
]
