"""What a notification says, in words."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Notification, Role


def notice_words(notice: Notification) -> str:
    """A notification of one thing, or of many of a kind that happened at once."""
    return _many(notice) if notice.count > 1 else _one(notice)


def _one(notice: Notification) -> str:
    """One thing, in words."""
    handed = {
        "owner": _("%(account)s is yours now"),
        "former": _("%(account)s is no longer yours"),
        "team": _("You are on the team of %(account)s"),
    }
    said = {
        "mention": _("%(actor)s mentioned you in a note on %(account)s"),
        "band": _("%(account)s changed its band"),
        "flag": _("%(account)s raised a flag"),
        "left": _("%(persona)s left %(account)s"),
        "step": _("%(actor)s gave you a step at %(account)s"),
        "overdue": _("A step of yours at %(account)s is overdue"),
        "escalation": _("An escalation was opened at %(account)s"),
        "handover": handed.get(notice.data.get("as", ""), handed["owner"]),
        "role": _("Your role is now %(role)s"),
        "round": _("You are asked to rate people in a round: %(people)s, until %(due)s"),
        "late_round": _("A rating round was due on %(due)s, and %(people)s people are not rated"),
        "closed_round": _("A rating round was closed, and %(people)s people are not rated"),
    }[notice.kind]
    return said % {
        "account": notice.account.name if notice.account else _("an account"),
        "persona": notice.persona.name if notice.persona else _("Somebody"),
        "actor": str(notice.actor.user) if notice.actor else "csplatform",
        "role": dict(Role.choices).get(notice.data.get("role"), ""),
        "people": notice.data.get("people", 0),
        "due": _day(notice.data.get("due_on")),
    }


def _day(written: str | None) -> str:
    return date_format(date.fromisoformat(written), "M j, Y") if written else ""


def _many(notice: Notification) -> str:
    """Many of a kind that happened at once."""
    handed = {
        "owner": ngettext("%(n)d account is yours now", "%(n)d accounts are yours now", notice.count),
        "former": ngettext("%(n)d account left you", "%(n)d accounts left you", notice.count),
        "team": ngettext("You are on the team of %(n)d account", "You are on the teams of %(n)d accounts", notice.count),
    }  # fmt: skip
    said = {
        "mention": ngettext("You are mentioned in %(n)d note", "You are mentioned in %(n)d notes", notice.count),
        "band": ngettext("%(n)d account of yours changed band", "%(n)d accounts of yours changed band", notice.count),
        "flag": ngettext("%(n)d flag went up at your accounts", "%(n)d flags went up at your accounts", notice.count),
        "left": ngettext("%(n)d person left your accounts", "%(n)d people left your accounts", notice.count),
        "step": ngettext("You were given %(n)d step", "You were given %(n)d steps", notice.count),
        "escalation": ngettext("%(n)d escalation was opened", "%(n)d escalations were opened", notice.count),
        "handover": handed.get(notice.data.get("as", ""), handed["owner"]),
    }[notice.kind]  # fmt: skip
    return said % {"n": notice.count}
