"""The tenant's list of signs: what can be seen of a person, each leaning to a sentiment."""

from accounts.services import TermList, terms_of
from relationships.models import Sign

SIGNS = TermList(
    Sign,
    "sign",
    {
        "short_answers": {"label": "Answers get shorter", "leans": "negative"},
        "slow_replies": {"label": "Takes long to reply", "leans": "negative"},
        "missed_meetings": {"label": "Misses or moves meetings", "leans": "negative"},
        "camera_off": {"label": "Keeps the camera off", "leans": "negative"},
        "lost_patience": {"label": "Lost patience with us", "leans": "negative"},
        "price_again": {"label": "Comes back to the price", "leans": "negative"},
        "data_export": {"label": "Asks how to get their data out", "leans": "negative"},
        "past_us": {"label": "Goes past us to somebody else", "leans": "negative"},
        "sends_another": {"label": "Sends somebody else", "leans": "neutral"},
        "more_formal": {"label": "More formal than before", "leans": "neutral"},
        "asks_ahead": {"label": "Asks what comes next", "leans": "positive"},
        "brings_colleagues": {"label": "Brings colleagues along", "leans": "positive"},
        "shares_plans": {"label": "Tells us plans early", "leans": "positive"},
        "thanks_unasked": {"label": "Thanks us unasked", "leans": "positive"},
        "laughs_with_us": {"label": "Takes time to chat", "leans": "positive"},
    },
    fields=("label", "leans", "position", "active"),
    needs={"label": "a label", "leans": "the sentiment that it leans to"},
)


def ensure_signs() -> list[Sign]:
    """The tenant's signs in order, made from our own where the tenant has none yet."""
    return terms_of(SIGNS)
