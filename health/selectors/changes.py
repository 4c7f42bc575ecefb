"""Why scores moved, as plain data: per measure what its value and what its evidence did, and who is behind it."""

from __future__ import annotations

from typing import Any

from health import formulas

STILL = 1e-12


def cause_documents(change: formulas.Change) -> list[list[dict[str, Any]]]:
    """Per case, [{measure, value_part, evidence_part, personas}]: sums exactly to the change of the score.

    Measures are in the scorecard's order; people who did not move are left out.
    """
    n = change.delta.size
    found: list[list[dict[str, Any]]] = [
        [
            {
                "measure": key,
                "value_part": float(change.value_part[m, i]),
                "evidence_part": float(change.evidence_part[m, i]),
                "personas": [],
            }
            for m, key in enumerate(change.keys)
        ]
        for i in range(n)
    ]
    for case, measure, persona, seat, cause in zip(
        change.case.tolist(),
        change.measure.tolist(),
        change.persona.tolist(),
        change.seat.tolist(),
        change.cause.tolist(),
        strict=True,
    ):
        if abs(cause) > STILL:
            found[case][measure]["personas"].append(
                {
                    "persona": persona,
                    "seat": formulas.ROLES[seat] if seat >= 0 else None,
                    "contribution": cause,
                }
            )
    return found
