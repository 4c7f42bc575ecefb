"""The tenant's list of drivers: the coded reasons behind a sentiment."""

from accounts.services import TermList, terms_of
from relationships.models import Driver

DRIVERS = TermList(
    Driver,
    "driver",
    {
        "value": {"label": "Value they get"},
        "product_fit": {"label": "Fit of the product"},
        "missing_feature": {"label": "Missing feature"},
        "quality": {"label": "Quality and reliability"},
        "usability": {"label": "Ease of use"},
        "support": {"label": "Support"},
        "onboarding": {"label": "Onboarding"},
        "communication": {"label": "Communication with us"},
        "price": {"label": "Price and contract"},
        "change": {"label": "Change on their side"},
        "other": {"label": "Something else"},
    },
)


def ensure_drivers() -> list[Driver]:
    """The tenant's drivers in order, made from our own where the tenant has none yet."""
    return terms_of(DRIVERS)
