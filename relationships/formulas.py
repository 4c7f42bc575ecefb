"""Numbers about how we rate: which sentiment the observed signs lean to, and how far it lies from the stated one."""

from collections.abc import Iterable

LEVELS = {"negative": -1, "neutral": 0, "positive": 1}


def observed_sentiment(leans: Iterable[str]) -> str | None:
    """The sentiment that observed signs lean to: that of the majority of those that lean, neutral where as many lean
    either way, None where nothing was seen.

    >>> observed_sentiment(["negative", "neutral", "negative", "positive"])
    'negative'
    """
    seen = list(leans)
    if not seen:
        return None
    net = sum(LEVELS[lean] for lean in seen)
    return "negative" if net < 0 else "positive" if net > 0 else "neutral"


def gap(stated: str | None, observed: str | None) -> int | None:
    """How many levels the observed sentiment lies above the stated one, -2..2; None where one of them is missing."""
    if stated is None or observed is None:
        return None
    return LEVELS[observed] - LEVELS[stated]
