"""The JSON door: ratings, the lists that they name, rounds, situations, and advocates."""

from relationships.api.advocates import AdvocateAskView, AdvocatesView
from relationships.api.agreement import AgreementView
from relationships.api.behind import BehindView
from relationships.api.commitment import CommitmentView
from relationships.api.differences import DifferencesView
from relationships.api.first_value import FirstValueView
from relationships.api.moments import MomentView
from relationships.api.org import EdgeView, PairingGapsView, PairingView
from relationships.api.pillars import PillarView
from relationships.api.ratings import RatingView
from relationships.api.rounds import (
    AssignmentView,
    CadenceView,
    RoundPreviewView,
    RoundView,
)
from relationships.api.situations import (
    RemedyView,
    SituationReasonView,
    SituationTypeView,
    SituationView,
)
from relationships.api.words import DriverView, ProductAreaView, SignView

__all__ = [
    "AdvocateAskView",
    "AdvocatesView",
    "AgreementView",
    "AssignmentView",
    "BehindView",
    "CadenceView",
    "CommitmentView",
    "DifferencesView",
    "DriverView",
    "EdgeView",
    "FirstValueView",
    "MomentView",
    "PairingGapsView",
    "PairingView",
    "PillarView",
    "ProductAreaView",
    "RatingView",
    "RemedyView",
    "RoundPreviewView",
    "RoundView",
    "SignView",
    "SituationReasonView",
    "SituationTypeView",
    "SituationView",
]
