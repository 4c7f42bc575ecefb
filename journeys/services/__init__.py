"""Every write about the path: its stages, and where accounts stand on it."""

from journeys.services.items import delete_stage, raise_stage, save_placements, save_stages
from journeys.services.opening import prescribe_steps
from journeys.services.placements import NewPlacement, Placed, move_to_stage, place_accounts
from journeys.services.prescriptions import (
    NothingPrescribed,
    PrescriptionMissing,
    accept_prescription,
    ensure_prescriptions,
    save_prescription,
)
from journeys.services.rules import (
    AccountMissing,
    EnteredFarAway,
    EnteredInFuture,
    JourneyRefused,
    NotAllowedToBackdate,
    StageMissing,
    StageOccupied,
    Taken,
)
from journeys.services.stages import remove_stage, restore_stage, save_stage

__all__ = [
    "AccountMissing",
    "EnteredFarAway",
    "EnteredInFuture",
    "JourneyRefused",
    "NewPlacement",
    "NotAllowedToBackdate",
    "NothingPrescribed",
    "Placed",
    "PrescriptionMissing",
    "StageMissing",
    "StageOccupied",
    "Taken",
    "accept_prescription",
    "delete_stage",
    "ensure_prescriptions",
    "move_to_stage",
    "place_accounts",
    "prescribe_steps",
    "raise_stage",
    "remove_stage",
    "restore_stage",
    "save_placements",
    "save_prescription",
    "save_stage",
    "save_stages",
]
