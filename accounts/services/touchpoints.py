"""The tenant's list of touchpoints: where on the way a customer meets us, from the first contact on."""

from accounts.models import Touchpoint
from accounts.services.terms import TermList, terms_of

TOUCHPOINTS = TermList(
    Touchpoint,
    "touchpoint",
    {
        "first_contact": {"label": "First contact"},
        "pre_sales": {"label": "Evaluation before the sale"},
        "procurement": {"label": "Procurement and contract"},
        "handover": {"label": "Handover from sales"},
        "onboarding": {"label": "Onboarding"},
        "training": {"label": "Training"},
        "adoption": {"label": "Adoption and barriers to it"},
        "support": {"label": "Support and response"},
        "review": {"label": "Business review"},
        "billing": {"label": "Billing"},
        "renewal": {"label": "Renewal"},
        "expansion": {"label": "Expansion"},
        "community": {"label": "Community and events"},
        "leaving": {"label": "Leaving us"},
    },
)


def ensure_touchpoints() -> list[Touchpoint]:
    """The tenant's touchpoints in order, made from our own where the tenant has none yet."""
    return terms_of(TOUCHPOINTS)
