"""Why an account needs somebody, in words, and the one thing to do next.

Every reason comes from the stored score: a flag, the person or measure that moved it, or the one that weighs most.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, Step, Tenant
from csplatform.selectors.book import BookRow
from csplatform.selectors.links import account_href, persona_href, rate_href
from health import reports as health_reports
from health import selectors as health
from relationships import selectors as relationships

MOVED = 1.0  # points in seven days from which on a cause is named
MOST = 3
SOON = 90  # days to a renewal that is a reason of its own

# What to do about a flag: the words, and the tab of the account's page that helps.
REMEDIES = {
    "champion_left": ("people", lambda: _("Find out who takes over as champion")),
    "buyer_left": ("people", lambda: _("Find out who signs now")),
    "buyer_negative": ("people", lambda: _("Call the economic buyer")),
    "critical_escalation": ("timeline", lambda: _("Take care of the escalation")),
    "renewal_uncovered": ("people", lambda: _("Win somebody there before the renewal")),
}


@dataclass(frozen=True)
class Story:
    """What is behind one account: its flags, what moved it in seven days, and its parts as causes."""

    flags: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    parts: list[dict[str, Any]]


def stories(account_ids: Collection[UUID]) -> tuple[dict[UUID, Story], dict[str, str]]:
    """The stories of a few accounts, and the names of the people in them: two statements."""
    found = Account.objects.filter(pk__in=account_ids, scores__isnull=False).values_list(
        "pk", "scores__flags", "scores__causes", "scores__parts"
    )
    told = {
        account_id: Story(
            health.veiled_flags(account_id, flags),
            health.veiled_causes(account_id, causes),
            [_as_cause(part) for part in health.veiled_parts(account_id, parts)],
        )
        for account_id, flags, causes, parts in found
    }
    behind = {
        person for story in told.values() for person in health.people_behind(story.causes + story.parts)
    }
    return told, health.persona_names(behind)


def _as_cause(part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "measure": part["key"],
        "value_part": part["contribution"],
        "evidence_part": 0.0,
        "personas": part["personas"],
    }


def reasons(row: BookRow, story: Story | None, names: Mapping[str, str], *, today: dt.date) -> list[str]:
    """Up to three sentences: flags first, then what pulled the score down in seven days, then what weighs most."""
    if story is None:
        return [_("Not scored yet.")]
    said = [str(flag["detail"]) for flag in story.flags if flag["cap"]]
    days = row.renewal_days(today)
    if days is not None and days < 0:
        said.append(_("The renewal date has passed."))
    moved = [cause for cause in health.cause_words(story.causes, names) if cause["points"] <= -MOVED]
    said += [
        _("%(what)s: %(points)s in 7 days")
        % {"what": cause["text"], "points": health_reports.signed(cause["points"])}
        for cause in moved
    ]
    if row.band == "unknown" and row.evidence is not None:
        said.append(_("Too little is known to say: %(share)s%% sure") % {"share": round(row.evidence * 100)})
    weighing = heaviest(story, names)
    if weighing is not None and not moved:
        said.append(
            _("%(what)s: %(points)s in the score")
            % {"what": weighing["text"], "points": health_reports.signed(weighing["points"])}
        )
    return said[:MOST] or [_quiet(days)]


def _quiet(days: int | None) -> str:
    """Why an account is looked at of which nothing bad is known."""
    if days is None or not 0 <= days <= SOON:
        return _("Nothing known weighs on it.")
    words = ngettext(
        "It renews in %(days)d day; nothing known weighs on it.",
        "It renews in %(days)d days; nothing known weighs on it.",
        days,
    )
    return words % {"days": days}


def heaviest(story: Story, names: Mapping[str, str]) -> dict[str, Any] | None:
    """The person or measure that takes most from the score now, or None."""
    words = health.cause_words(story.parts, names, most=None)
    worst = min(words, key=lambda cause: cause["points"], default=None)
    return worst if worst is not None and worst["points"] <= -0.05 else None


def next_action(
    row: BookRow,
    story: Story | None,
    names: Mapping[str, str],
    *,
    tenant: Tenant,
    step: Step | None,
    due: Sequence[relationships.RatedPerson],
) -> dict[str, str]:
    """The one next thing to do, as {text, href}: a step that is due, a flag's remedy, people to rate, the weak side."""
    if step is not None:
        return {"text": step.title, "href": account_href(tenant, row.id)}
    for flag in story.flags if story else []:
        if flag["code"] in REMEDIES:
            tab, words = REMEDIES[flag["code"]]
            return {"text": words(), "href": account_href(tenant, row.id, tab)}
    if due:
        return {"text": _rate_words(due), "href": rate_href(tenant, account=row.id)}
    return _weak_side(row, story, names, tenant)


def _rate_words(due: Sequence[relationships.RatedPerson]) -> str:
    others = len(due) - 1
    if not others:
        return _("Rate %(name)s") % {"name": due[0].name}
    words = ngettext("Rate %(name)s and %(others)s other", "Rate %(name)s and %(others)s others", others)
    return words % {"name": due[0].name, "others": others}


def _weak_side(row: BookRow, story: Story | None, names: Mapping[str, str], tenant: Tenant) -> dict[str, str]:
    """Low emotion calls for a talk with whoever weighs most; low behaviour for a look at what they use."""
    worst = heaviest(story, names) if story else None
    if worst is not None and worst["persona"]:
        name = names.get(worst["persona"]) or _("the person behind it")
        return {
            "text": _("Talk to %(name)s") % {"name": name},
            "href": persona_href(tenant, worst["persona"]),
        }
    if row.quadrant in ("forgetful_fan", "disengaged"):
        return {
            "text": _("See what they do not use yet"),
            "href": account_href(tenant, row.id, "usage"),
        }
    return {"text": _("Write down the next step"), "href": account_href(tenant, row.id)}
