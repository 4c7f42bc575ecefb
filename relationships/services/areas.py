"""The tenant's list of product areas: what of the product a driver is about."""

from accounts.services import TermList, terms_of
from relationships.models import ProductArea

PRODUCT_AREAS = TermList(
    ProductArea,
    "product_area",
    {
        "setup": {"label": "Setup and administration"},
        "daily_use": {"label": "Daily use"},
        "reports": {"label": "Reports and exports"},
        "integrations": {"label": "Integrations and API"},
        "mobile": {"label": "Mobile"},
        "performance": {"label": "Speed and reliability"},
        "security": {"label": "Security and access"},
        "help": {"label": "Help and training"},
    },
)


def ensure_product_areas() -> list[ProductArea]:
    """The tenant's product areas in order, made from our own where the tenant has none yet."""
    return terms_of(PRODUCT_AREAS)
