"""The rules of the path, each with the error that defends it."""

from django.core.exceptions import ObjectDoesNotExist


class JourneyRefused(ValueError):
    """A stage or placement breaks a rule. ``field`` names the input, ``code`` the rule."""

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class StageMissing(JourneyRefused, ObjectDoesNotExist):
    code = "missing"


class StageOccupied(JourneyRefused):
    """Accounts stand in the stage that is to be removed."""

    code = "occupied"


class AccountMissing(JourneyRefused):
    code = "missing"


class EnteredInFuture(JourneyRefused):
    code = "in_future"


class EnteredFarAway(JourneyRefused):
    """On a day that nobody means."""

    code = "out_of_range"


class NotAllowedToBackdate(JourneyRefused):
    code = "forbidden"


class Taken(JourneyRefused):
    code = "taken"
