"""What is behind a sentiment: the drivers that raters named, as a Pareto chart, and the people behind each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Account
from relationships import reports, selectors
from relationships.forms import BehindFilter

SHOWN = 200
DRAWN = 12  # drivers in the chart; its table has all


@require_GET
def behind(request: HttpRequest, slug: str) -> HttpResponse:
    """The drivers of a sentiment, of the book, a segment or an account; and whom one of them is said of."""
    form = BehindFilter(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    asked, at = form.asked(), timezone.now()
    found = selectors.drivers_behind(tenant=request.actor.tenant, at=at, **asked, most=SHOWN)
    driver = form.cleaned_data["driver"]
    chosen = next((one for one in found.drivers if driver and one.key == driver), None)
    account = Account.objects.filter(pk=asked["account_id"]).first() if asked["account_id"] else None
    area = next((one.label for one in found.areas if one.key == asked["area"]), asked["area"])
    context = {
        "form": form,
        "found": found,
        "account": account,
        "chosen": chosen,
        "people": selectors.people_behind([chosen] if chosen else found.drivers, at=at, most=SHOWN),
        "of": chosen.people if chosen else found.people,
        "chart": {**_chart(found, form.address), "about": _about(form, account, area)},
        "driver": driver,
        "areas": [(one, form.address(area=one.key)) for one in found.areas if one.key],
        "unnamed": next((one for one in found.areas if not one.key), None),
        "area_label": area,
        "every_area": form.address(area="") if asked["area"] else "",
    }
    return render(request, "relationships/behind.html", context)


def _about(form: BehindFilter, account: Account | None, area: str) -> str:
    """Of whom the chart speaks, in words that go along where it leaves the page."""
    asked = form.asked()
    words = [
        dict(form.fields[name].choices).get(asked[name], "")  # type: ignore[attr-defined]
        for name in ("feels", "about")
    ]
    parts = [*words, account.name if account else "", asked["segment"], area]
    return " · ".join(str(part) for part in parts if part)


def _chart(found: selectors.DriversBehind, address: Any) -> dict[str, Any]:
    rows = [
        {
            "label": one.label or _("No driver named"), "people": one.people, "share": 100 * one.share,
            "cumulative": 100 * one.cumulative, "href": address(driver=one.key), "accounts": one.accounts,
        }
        for one in found.drivers
    ]  # fmt: skip
    ends = (_("People"), _("Accounts"), _("Share"), _("Down to here"))
    return {
        "id": "behind",
        "title": _("Drivers, the most frequent first"),
        "note": _("People of whom each driver is said, and the share of all down to it."),
        "figure": reports.pareto(rows[:DRAWN]),
        "empty": "" if rows else _("Nobody is said to feel like that"),
        "table": {
            "columns": [{"label": _("Driver"), "end": False}, *({"label": one, "end": True} for one in ends)],
            "rows": [
                [
                    {"text": row["label"], "href": row["href"]},
                    *(
                        {"text": text, "href": ""}
                        for text in (
                            row["people"], row["accounts"], f"{row['share']:.0f}%", f"{row['cumulative']:.0f}%"
                        )
                    ),
                ]
                for row in rows
            ],
        },
    }  # fmt: skip
