"""Every write about what customers tell us."""

from feedback.services.items import save_responses, withdraw_one
from feedback.services.responses import (
    Missing,
    NewResponse,
    NotAllowedToBackdate,
    OutOfRange,
    Recorded,
    ResponseRefused,
    Taken,
    TooFewItems,
    UnknownKind,
    WrongMoment,
    record_response,
    record_responses,
    withdraw_response,
)

__all__ = [
    "Missing",
    "NewResponse",
    "NotAllowedToBackdate",
    "OutOfRange",
    "Recorded",
    "ResponseRefused",
    "Taken",
    "TooFewItems",
    "UnknownKind",
    "WrongMoment",
    "record_response",
    "record_responses",
    "save_responses",
    "withdraw_one",
    "withdraw_response",
]
