"""The Monday view for leaders: two days compared, the rows behind each number."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import selectors as accounts
from csplatform import reports
from csplatform.forms.monday import MondayForm, MondayRowsForm, SlideForm
from csplatform.selectors import monday as selectors
from csplatform.selectors.acting import Acting, acting_at_risk
from csplatform.selectors.book import BANDS, local_day, words_in_use
from csplatform.selectors.monday_rows import A_PAGE, BAND_WORDS, monday_rows
from csplatform.selectors.monday_slide import monday_slide
from relationships.selectors import RatedOfOwner

SHOWN, RENEWALS = 12, 8  # rows of a list; the rest is a click away


@require_GET
def monday(request: HttpRequest, slug: str) -> HttpResponse:
    """What moved between two days, why, who was rated, what was promised, and what renews next."""
    at = timezone.now()
    form = MondayForm(request.GET, today=local_day(request.actor.tenant, at))
    members = accounts.member_names(tenant_id=request.actor.tenant_id)
    if not form.is_valid():
        return render(request, "csplatform/monday_wrong.html", _wrong(form, slug, members), status=400)
    page = selectors.monday(actor=request.actor, asked=form.asked(), at=at)
    return render(request, "csplatform/monday.html", _context(page, members, at))


@require_GET
def rows(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows that one number of the Monday view counts."""
    at = timezone.now()
    form = MondayRowsForm(request.GET, today=local_day(request.actor.tenant, at))
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    key, asked = form.cleaned_data["rows"], form.asked()
    members = accounts.member_names(tenant_id=request.actor.tenant_id)
    found = monday_rows(
        actor=request.actor, asked=asked, key=key, page=form.cleaned_data["page"] or 1, members=members, at=at
    )
    first = (found.page - 1) * A_PAGE
    context = {
        "found": found,
        "asked": asked,
        "back": f"{reverse('monday', args=[slug])}?{asked.query()}",
        "owner": members.get(str(asked.owner), "") if asked.owner else "",
        "pager": {
            "first": first + 1,
            "last": first + len(found.rows),
            "total": found.total,
            "previous": _page_href(asked, key, found.page - 1) if found.page > 1 else "",
            "next": _page_href(asked, key, found.page + 1) if found.page < found.pages else "",
        },
    }
    return render(request, "csplatform/monday_rows.html", context)


@require_GET
def slide(request: HttpRequest, slug: str) -> HttpResponse:
    """The view on one slide, as PDF or PNG; drawn at once, because it takes a second whatever the size of the book."""
    at = timezone.now()
    form = SlideForm(request.GET, today=local_day(request.actor.tenant, at))
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    asked, kind = form.asked(), form.cleaned_data["format"] or "pdf"
    members = accounts.member_names(tenant_id=request.actor.tenant_id)
    page = selectors.monday(actor=request.actor, asked=asked, at=at)
    owner = members.get(str(asked.owner), "") if asked.owner else ""
    content = reports.draw_slide(monday_slide(page, owner=owner), kind=kind)
    response = HttpResponse(content, content_type=reports.SLIDE_MEDIA[kind])
    response["Content-Disposition"] = f'attachment; filename="monday-{asked.first}-{asked.last}.{kind}"'
    return response


def _page_href(asked: selectors.Asked, key: str, page: int) -> str:
    return f"?{asked.query(rows=key, page=page)}"


Number = Callable[..., dict[str, Any]]


def _context(page: selectors.Monday, members: dict[str, str], at: datetime) -> dict[str, Any]:
    asked, slug = page.asked, page.tenant.slug
    here = reverse("monday_rows", args=[slug])

    def number(key: str, value: Any, **more: Any) -> dict[str, Any]:
        return {"value": value, "href": f"{here}?{asked.query(rows=key, **more)}"}

    return {
        "page": page,
        "lists": _lists(page, at),
        "risk": _risk(page, number),
        "bands": [_band(page, band, number) for band in BANDS],
        "work": _work(page, number),
        "owners": [_owner(row, members, number) for row in page.rated],
        "rated": number("rated", page.rated_people),
        "unrated": number("unrated", page.people - page.rated_people),
        "joined": number("joined", page.joined),
        "gone": number("gone", page.gone),
        "all_movers": number("movers", page.moved),
        "renewals": number("renewals", len(page.renewals)) | {"arr": selectors.total(page.renewals)},
        "renewals_at_risk": number("renewals-at_risk", len(page.renewals_at_risk))
        | {"arr": selectors.total(page.renewals_at_risk)},
        "filters": _filters(asked.owner, asked.segment, members),
        "slide_url": f"{reverse('monday_slide', args=[slug])}?{asked.query()}",
        "risk_url": reverse("risk", args=[slug]),
    }


def _lists(page: selectors.Monday, at: datetime) -> dict[str, list[tuple[Any, Acting | None]]]:
    """The rows shown of each list, each with what is done about it now if it was at risk on the last day."""
    moves = {"entered": page.at_risk.entered, "left": page.at_risk.left, "movers": page.movers}
    shown: dict[str, list[Any]] = {name: rows[:SHOWN] for name, rows in moves.items()}
    shown["renewals"] = page.renewals[:RENEWALS]
    bands = {row.account: row.now for name in moves for row in shown[name]}
    bands |= {row.account: row.band for row in shown["renewals"]}
    doing = acting_at_risk(bands, today=local_day(page.tenant, at), at=at)
    return {name: [(row, doing.get(row.account)) for row in rows] for name, rows in shown.items()}


def _wrong(form: MondayForm, slug: str, members: dict[str, str]) -> dict[str, Any]:
    """The form as it was filled in, and what is wrong with it."""
    given, clean = form.data, form.cleaned_data
    return {
        "wrong": form.errors,
        "first": given.get("from", ""),
        "last": given.get("to", ""),
        "filters": _filters(clean.get("owner"), clean.get("segment", ""), members),
        "risk_url": reverse("risk", args=[slug]),
    }


def _filters(owner: UUID | None, segment: str, members: dict[str, str]) -> list[dict[str, Any]]:
    segments, _tiers = words_in_use()
    people = sorted(members.items(), key=lambda pair: pair[1].lower())
    return [
        {"name": name, "label": label, "value": str(value or ""), "options": options}
        for name, label, value, options in (
            ("owner", _("Any owner"), owner, people),
            ("segment", _("Any segment"), segment, [(word, word) for word in segments]),
        )
    ]


def _work(page: selectors.Monday, number: Number) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "in_time": page.work[kind]["in_time"],
            "broken": number("promises-broken", page.work[kind]["broken"]) if kind == "promises" else None,
            **{what: number(f"{kind}-{what}", page.work[kind][what]) for what in selectors.WORK},
        }
        for kind, label in (("promises", _("Promises")), ("steps", _("Other steps")))
    ]


def _owner(row: RatedOfOwner, members: dict[str, str], number: Number) -> dict[str, Any]:
    """One owner's people; accounts without an owner are no part of the book that an address can name."""
    counts = {"rated": row.rated, "unrated": row.unrated}
    return {
        "name": selectors.owner_names(members, row.owner_id),
        "people": row.people,
        **{
            key: number(key, value, owner=row.owner_id) if row.owner_id else {"value": value}
            for key, value in counts.items()
        },
    }


def _risk(page: selectors.Monday, number: Number) -> dict[str, Any]:
    risky = page.at_risk
    return {
        what: number(f"at_risk-{what}", len(getattr(risky, what)))
        | {"arr": selectors.total(getattr(risky, what))}
        for what in ("then", "now", *selectors.SHIFTS)
    } | {"delta": risky.delta}


def _band(page: selectors.Monday, band: str, number: Number) -> dict[str, Any]:
    change = page.bands[band]
    cells = [
        {
            "label": label,
            "arr": selectors.total(getattr(change, what)),
            **number(f"{band}-{what}", len(getattr(change, what))),
        }
        for what, label in (
            ("then", _("Then")),
            ("entered", _("Entered")),
            ("left", _("Left")),
            ("revalued", _("Worth more or less")),
            ("now", _("Now")),
        )
    ]
    return {"band": band, "label": BAND_WORDS[band], "cells": cells, "delta": change.delta}
