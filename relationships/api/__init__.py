"""The JSON door: ratings, the lists that they name, and rounds."""

from relationships.api.moments import MomentView
from relationships.api.org import EdgeView, PairingGapsView, PairingView
from relationships.api.pillars import PillarView
from relationships.api.ratings import RatingView
from relationships.api.rounds import (
    AgreementView,
    AssignmentView,
    CadenceView,
    RoundPreviewView,
    RoundView,
)
from relationships.api.words import DriverView, SignView

__all__ = [
    "AgreementView",
    "AssignmentView",
    "CadenceView",
    "DriverView",
    "EdgeView",
    "MomentView",
    "PairingGapsView",
    "PairingView",
    "PillarView",
    "RatingView",
    "RoundPreviewView",
    "RoundView",
    "SignView",
]
