"""The charts of an account's and a person's page: a figure and its twin, a table, ready for the chart's card."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from health import reports as health
from relationships import reports as relationships

Row = Mapping[str, Any]
Href = Callable[[Any], str]


def waterfall_chart(
    parts: Sequence[Row], *, score: float | None, href: Href, title: str, empty: str
) -> dict[str, Any]:
    """From 50 to the score; people's bars and rows lead to their pages."""
    if score is None:
        return {"id": "waterfall", "title": title, "empty": empty}
    linked = [
        {**part, "personas": [{**row, "href": href(row["persona"])} for row in part["personas"]]}
        for part in parts
        if part["contribution"] or part["personas"] or part["value"] is not None
    ]
    return {
        "id": "waterfall",
        "title": title,
        "figure": health.waterfall(linked, score=score),
        "table": {"columns": _columns("Measure", "Person", "Points"), "rows": _waterfall_rows(linked, score)},
    }


def _waterfall_rows(parts: Iterable[Row], score: float) -> list[list[dict[str, str]]]:
    rows = [_cells("Neutral", "", "50")]
    for part in parts:
        rows.append(_cells(part["label"], "", health.signed(part["contribution"], 2)))
        for row in part["personas"]:
            cells = _cells("", row["name"], health.signed(row["contribution"], 2))
            rows.append([cells[0], {**cells[1], "href": row["href"]}, cells[2]])
    return [*rows, _cells("Health", "", f"{score:.2f}")]


def trend_chart(rows: Sequence[Row], *, title: str, empty: str) -> dict[str, Any]:
    """The score over a year; rows: {at, score, evidence, behavioural, emotional}."""
    if not rows:
        return {"id": "trend", "title": title, "empty": empty}
    return {
        "id": "trend",
        "title": title,
        "figure": health.score_trend(rows),
        "table": {
            "columns": _columns("Day", "Health", "Behaviour", "Emotion", "How sure"),
            "rows": [
                _cells(
                    row["at"].date().isoformat(),
                    *(f"{row[name]:.1f}" for name in ("score", "behavioural", "emotional")),
                    f"{row['evidence']:.0%}",
                )
                for row in reversed(rows)
            ],
        },
    }


def coverage_chart(rows: Sequence[Row], *, title: str) -> dict[str, Any] | None:
    """An account's coverage, night by night; rows: {at, coverage, threads}. None before there is anything to see."""
    if len([row for row in rows if row["coverage"] is not None]) < 2:
        return None
    return {
        "id": "coverage-nights",
        "title": title,
        "figure": health.coverage_nights(rows),
        "table": {
            "columns": _columns("Day", "Coverage", "Threads"),
            "rows": [
                _cells(
                    row["at"].date().isoformat(),
                    "" if row["coverage"] is None else f"{row['coverage']:.1f}%",
                    str(row["threads"]),
                )
                for row in reversed(rows)
            ],
        },
    }


def usage_chart(days: Sequence[Row], *, title: str, empty: str) -> dict[str, Any]:
    """Active users by day; days: {day, users, events}."""
    if not days:
        return {"id": "usage", "title": title, "empty": empty}
    return {
        "id": "usage",
        "title": title,
        "figure": health.usage_per_day(days, height=240),
        "table": {
            "columns": _columns("Day", "Active users", "Events"),
            "rows": [
                _cells(row["day"].isoformat(), f"{row['users']:,}", f"{row['events']:,}")
                for row in reversed(days)
            ],
        },
    }


def rating_chart(rows: Sequence[Row], *, title: str) -> dict[str, Any] | None:
    """One person's ratings over time; rows oldest first: {rated_at, rater, strength, sentiment, driver}."""
    if not any(row["strength"] for row in rows):
        return None
    return {
        "id": "ratings",
        "title": title,
        "figure": relationships.rating_history(rows),
        "table": {
            "columns": _columns("Day", "By", "Strength", "Sentiment"),
            "rows": [
                _cells(
                    row["rated_at"].date().isoformat(),
                    row["rater"],
                    (row["strength"] or "").replace("_", " "),
                    row["sentiment"] or "",
                )
                for row in reversed(rows)
            ],
        },
    }


def _columns(*labels: str) -> list[dict[str, Any]]:
    return [{"label": label, "end": index > 0} for index, label in enumerate(labels)]


def _cells(*texts: str) -> list[dict[str, str]]:
    return [{"text": text, "href": ""} for text in texts]
