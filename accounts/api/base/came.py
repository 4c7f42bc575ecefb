"""What came with a write, read off its answer: how many rows were taken, and which were refused."""

from typing import Any

from rest_framework.response import Response

from accounts.services.arriving import RefusedRow
from accounts.services.items import Fault, Status


def what_came(response: Response) -> tuple[int, list[RefusedRow]]:
    """How many rows were taken, and those that were refused, with the reasons. Of a single write that is one row."""
    told: Any = response.data
    if isinstance(told, dict) and "results" in told:  # of a bulk; a touch has a summary too
        failed = [one for one in told["results"] if one["status"] == Status.FAILED.value]
        rows = [RefusedRow(one["index"], _faults(one["errors"])) for one in failed]
        return (0 if response.status_code >= 400 else len(told["results"]) - len(rows)), rows
    if response.status_code < 400:
        return 1, []
    code = told["type"].rpartition("#")[2]
    return 0, [RefusedRow(0, _faults(told.get("errors", [])) or [Fault("", code, told["detail"])])]


def _faults(errors: list[dict[str, str]]) -> list[Fault]:
    return [Fault(**error) for error in errors]
