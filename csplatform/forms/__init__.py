"""Input of the roof's pages, as clean values."""

from csplatform.forms.accounts import AccountsForm
from csplatform.forms.calls import CallForm, FindAccountForm, RatedForm
from csplatform.forms.edit import ChosenForm, EditForm
from csplatform.forms.facts import FactForm
from csplatform.forms.flags import ClearFlagForm, RaiseFlagForm
from csplatform.forms.org import ChartForm, EdgeForm, LinkForm, MainContactForm, PairingForm, StrengthForm
from csplatform.forms.promises import PromiseForm, PromisesForm
from csplatform.forms.search import SearchForm
from csplatform.forms.shares import ShareForm, SharesPage, ShownForm
from csplatform.forms.situations import LibraryForm, NewSituationForm, SituationForm
from csplatform.forms.timeline import NotesForm, PersonTouchesForm, TimelineForm, TouchesForm
from csplatform.forms.today import (
    AcceptForm,
    AcknowledgeForm,
    AdvocatesForm,
    CardForm,
    CoverageForm,
    FocusForm,
    IdleForm,
    MakeStepForm,
    RiskForm,
    RiskyForm,
    StandingForm,
    TodayForm,
    UnownedForm,
)
from csplatform.forms.work import (
    AskForm,
    CaseForm,
    FirstValueForm,
    InitiativeForm,
    MomentForm,
    OutcomeForm,
    PresentForm,
    StepForm,
    TouchForm,
    WholeStepForm,
    present_forms,
)
from csplatform.forms.writing import (
    AccountForm,
    NewPersonForm,
    OverrideForm,
    PersonaForm,
    ResponseForm,
    StageForm,
)

__all__ = [
    "AcceptForm",
    "AccountForm",
    "AccountsForm",
    "AcknowledgeForm",
    "AdvocatesForm",
    "AskForm",
    "CallForm",
    "CardForm",
    "CaseForm",
    "ChartForm",
    "ChosenForm",
    "ClearFlagForm",
    "CoverageForm",
    "EdgeForm",
    "EditForm",
    "FactForm",
    "FindAccountForm",
    "FirstValueForm",
    "FocusForm",
    "IdleForm",
    "InitiativeForm",
    "LibraryForm",
    "LinkForm",
    "MainContactForm",
    "MakeStepForm",
    "MomentForm",
    "NewPersonForm",
    "NewSituationForm",
    "NotesForm",
    "OutcomeForm",
    "OverrideForm",
    "PairingForm",
    "PersonTouchesForm",
    "PersonaForm",
    "PresentForm",
    "PromiseForm",
    "PromisesForm",
    "RaiseFlagForm",
    "RatedForm",
    "ResponseForm",
    "RiskForm",
    "RiskyForm",
    "SearchForm",
    "ShareForm",
    "SharesPage",
    "ShownForm",
    "SituationForm",
    "StageForm",
    "StandingForm",
    "StepForm",
    "StrengthForm",
    "TimelineForm",
    "TodayForm",
    "TouchForm",
    "TouchesForm",
    "UnownedForm",
    "WholeStepForm",
    "present_forms",
]
