"""What happened at an account as kinds of import: cases, outcomes, touches, promises, initiatives."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import Case, Initiative, Outcome, Persona, Step, Touch
from accounts.selectors.matches import Matches, personas_by
from accounts.selectors.references import Found
from accounts.services.drafts import Draft
from accounts.services.imports import cells
from accounts.services.imports.book import (
    ACCOUNT_WAYS,
    EXTERNAL_ID,
    PERSONA_WAYS,
    at_home,
    day_field,
    moment_field,
)
from accounts.services.imports.finding import SAID as FOUND_BY
from accounts.services.imports.finding import drop_ways, find_account, find_members, find_persona
from accounts.services.imports.kinds import Field, Line, Work
from accounts.services.imports.savers import SaverKind, meet_own
from accounts.services.promises import STATES, PromiseSaver
from accounts.services.saving import Saver
from accounts.services.touches import SAID, TouchSaver
from accounts.services.work import CaseSaver, InitiativeSaver, OutcomeSaver, case_facts, write_case_facts

CASE_WORDS = {
    "question": "question", "how-to": "question", "problem": "problem", "incident": "problem", "bug": "problem",
    "issue": "problem", "task": "request", "feature request": "request", "change": "request", "escalated": "escalation",
}  # fmt: skip
SEVERITY_WORDS = {
    "minor": "low", "p4": "low", "medium": "normal", "moderate": "normal", "p3": "normal", "major": "high",
    "p2": "high", "urgent": "critical", "blocker": "critical", "p1": "critical",
}  # fmt: skip
TOUCH_WORDS = {
    "email": "mail", "e-mail": "mail", "phone": "call", "phone call": "call", "video call": "meeting",
    "conversation": "chat", "message": "chat", "sms": "chat", "webinar": "event", "visit": "meeting",
}  # fmt: skip
PROMISE_WORDS = {
    "pending": "open", "in progress": "open", "done": "kept", "completed": "kept", "closed": "kept", "fulfilled": "kept",
    "missed": "broken", "cancelled": "broken", "not kept": "broken",
}  # fmt: skip
INITIATIVE_WORDS = {
    "not started": "planned", "open": "planned", "in progress": "running", "active": "running", "achieved": "done",
    "completed": "done", "closed": "done", "cancelled": "dropped", "abandoned": "dropped",
}  # fmt: skip
OUTCOME_WORDS = {
    "renewal": "renewed", "closed won - renewal": "renewed", "expansion": "expanded", "upsell": "expanded",
    "upgrade": "expanded", "contraction": "downsold", "downsell": "downsold", "downgrade": "downsold",
    "churn": "churned", "lost": "churned", "cancelled": "churned",
}  # fmt: skip


class AtAccount(SaverKind):
    """Things that happened at an account, perhaps with one of its people."""

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        meet_own(lines, self.saver)
        find_account(lines)
        find_persona(lines)
        drop_ways(lines, "account")


class Cases(AtAccount):
    name = "cases"
    label = _("Cases")
    saver = CaseSaver
    fields = (
        Field("external_id", _("Your id"), cells.text(255), (
            "externalid", "caseid", "casenumber", "ticketid", "id", "recordid", "ticketnumber",
        )),
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("kind", _("Kind"), cells.word(Case.Kind.values, CASE_WORDS), (
            "kind", "type", "casetype", "tickettype", "category",
        )),
        Field("severity", _("Severity"), cells.word(Case.Severity.values, SEVERITY_WORDS), ("severity", "priority")),
        Field("subject", _("Subject"), cells.text(300), ("subject", "title", "ticketname", "summary")),
        moment_field("opened_at", _("Opened"), "openedat", "createdat", "createddate", "createdate", "opened",
                     "datetimeopened", "openeddate", "dateopened"),
        moment_field("first_reply_at", _("First reply"), "firstreplyat", "firstresponseat", "firstresponsedate",
                     "firstagentreplydate"),
        moment_field("resolved_at", _("Resolved"), "resolvedat", "closedat", "closeddate", "closedate", "resolved",
                     "datetimeclosed", "solvedat"),
        Field("solved", _("Solved"), cells.flag, ("solved", "issolved")),
        Field("felt", _("Felt afterwards"), cells.word(Case.Felt.values), ("felt", "feeling")),
        Field("url", _("Link"), cells.url, ("url", "link", "caseurl", "ticketurl")),
    )  # fmt: skip

    def bury(self, rows: Sequence[Any], work: Work) -> None:
        facts = [fact for row in rows for fact in case_facts(row, holds=False, at=work.at)]
        super().bury(rows, work)
        write_case_facts(
            facts=facts,
            accounts={row.pk: row.account_id for row in rows},
            actor=work.actor,
            source="import",
        )


class Outcomes(AtAccount):
    name = "outcomes"
    label = _("Outcomes")
    about_people = False
    saver = OutcomeSaver
    fields = (
        Field("external_id", _("Your id"), cells.text(255), (
            "externalid", "outcomeid", "opportunityid", "dealid", "id", "recordid",
        )),
        *ACCOUNT_WAYS,
        Field("kind", _("Kind"), cells.word(Outcome.Kind.values, OUTCOME_WORDS), ("kind", "type", "outcome", "dealtype")),
        day_field("happened_on", _("Happened"), "happenedon", "date", "closedate", "closeddate", "happened"),
        Field("arr_before", _("ARR before"), cells.money, ("arrbefore", "previousarr", "oldarr"), counted=True),
        Field("arr_after", _("ARR after"), cells.money, ("arrafter", "newarr", "arr", "amount"), counted=True),
        Field("currency", _("Currency"), cells.currency, ("currency", "currencyisocode", "dealcurrencycode")),
        Field("reason", _("Reason"), cells.text(10_000), ("reason", "lossreason", "closedlostreason", "churnreason")),
    )  # fmt: skip


class Promises(AtAccount):
    """What we promised: to whom, by when, and whether it was kept."""

    name = "promises"
    label = _("Promises")
    saver = PromiseSaver
    fields = (
        EXTERNAL_ID,
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("title", _("What we promised"), cells.text(300), (
            "title", "promise", "whatwepromised", "commitment", "subject", "what",
        )),
        Field("owner_email", _("Who of ours"), cells.member, (
            "owneremail", "owner", "assignedto", "promisedby",
        ), looks="member"),
        day_field("due_on", _("By when"), "dueon", "duedate", "due", "bywhen", "promisedfor"),
        Field("state", _("How it stands"), cells.word(STATES, PROMISE_WORDS), ("state", "status", "howitstands")),
        moment_field("settled_at", _("Settled"), "settledat", "keptat", "completedat", "closedat", "completeddate"),
        Field("reason", _("Why it moved or was broken"), cells.text(1000), ("reason", "why")),
    )  # fmt: skip

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        find_members(lines, work, "owner_email")
        super().prepare(lines, work)

    def _saver(self, work: Work) -> Saver:
        return PromiseSaver(actor=work.actor, at=work.at, source=Step.PROMISE)


class Initiatives(AtAccount):
    """What customers want to achieve, and whose it is there."""

    name = "initiatives"
    label = _("Initiatives")
    saver = InitiativeSaver
    fields = (
        EXTERNAL_ID,
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("title", _("What they want to achieve"), cells.text(300), (
            "title", "initiative", "objective", "goal", "name", "subject",
        )),
        Field("state", _("State"), cells.word(Initiative.State.values, INITIATIVE_WORDS), ("state", "status")),
        day_field("due_on", _("By when"), "dueon", "duedate", "due", "bywhen", "targetdate"),
        Field("note", _("Note"), cells.text(10_000), ("note", "notes", "description", "comment")),
    )  # fmt: skip


class ListedTouchSaver(TouchSaver):
    """Touches of a file, which names people by their e-mail: who is there already keeps the words that it does not say, and
    who cannot be named there (without an e-mail, merged, removed, at another account by now) stays."""

    def resolve(self, drafts: Sequence[Draft]) -> None:
        there = {id for draft in drafts if "attendees" in draft.values for id in draft.row.said}
        named = Persona.objects.filter(pk__in=there, deleted_at=None).exclude(email="") if there else None
        self.named = set(named.values_list("pk", "account_id")) if named is not None else set()
        super().resolve(drafts)

    def _said(
        self, draft: Draft, given: Iterable[Mapping[str, Any]], found: Found
    ) -> dict[UUID, dict[str, str]]:
        there = draft.row.said
        stays = {id: said for id, said in there.items() if (id, draft.row.account_id) not in self.named}
        return stays | super()._said(
            draft, [{**there.get(one["persona"], {}), **one} for one in given], found
        )


# In which order somebody is looked for, and by which of the words that are said of them.
WAYS = (("external_id", "external_id"), ("id", "external_id"), ("email", "email"), ("name", "name"))
EXACT = ("external_id", "id")


def _people_of(lines: Sequence[Line]) -> dict[str, Matches]:
    """Those whom rows say to have been there, by each way of looking for them."""
    full = [one for line in lines for one in line.values.get("attendees_in_full") or ()]
    wanted = {way: {one[key] for one in full if key in one} for way, key in WAYS}
    wanted["email"] |= {mail for line in lines for mail in line.values.get("attendee_emails") or ()}
    homes = {line.values["account"] for line in lines if line.values.get("account")}
    return {
        way: personas_by(
            way=way,
            wanted=said if way in EXACT else {one.lower() for one in said},
            homes=homes if way == "name" else None,
        )
        for way, said in wanted.items()
    }


class Touches(SaverKind):
    """Meetings, calls, mails. Who was there stands in one column, or in one row with what that person thought."""

    name = "touches"
    label = _("Touches")
    saver = ListedTouchSaver
    fields = (
        Field("external_id", _("Your id"), cells.text(255), (
            "externalid", "touchid", "activityid", "engagementid", "taskid", "eventid", "id", "recordid",
        )),
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("kind", _("Kind"), cells.word(Touch.Kind.values, TOUCH_WORDS), (
            "kind", "type", "activitytype", "engagementtype",
        )),
        moment_field("at", _("When"), "at", "date", "activitydate", "time", "start", "startdatetime", "when"),
        Field("direction", _("Direction"), cells.word(Touch.Direction.values, {
            "in": "inbound", "incoming": "inbound", "out": "outbound", "outgoing": "outbound",
        }), ("direction", "calldirection")),
        Field("mode", _("Mode"), cells.word(Touch.Mode.values), ("mode",)),
        Field("summary", _("Summary"), cells.text(10_000), ("summary", "notes", "note", "subject", "comments", "body")),
        Field("touchpoint", _("Touchpoint"), cells.text(50), ("touchpoint",)),
        Field("owner_email", _("Who of ours"), cells.member, (
            "owneremail", "owner", "assignedto", "activityassignedto", "host",
        ), looks="member"),
        Field("attendee_emails", _("Who was there, by e-mail"), cells.many(254), (
            "attendees", "attendeeemails", "participants", "invitees", "to",
        )),
        Field("attendees_in_full", _("Who was there, in full"), cells.people(*SAID)),
        Field("thought", _("Thought"), cells.text(10_000), ("thought",)),
        Field("feeling", _("Feeling"), cells.text(10_000), ("feeling",)),
        Field("behaviour", _("Behaviour"), cells.text(10_000), ("behaviour", "behavior")),
    )  # fmt: skip

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        meet_own(lines, self.saver)
        find_members(lines, work, "owner_email")
        find_account(lines)
        find_persona(lines)
        found = _people_of(lines)
        for line in lines:
            self._attend(line, found)
        drop_ways(lines, "account")

    def _attend(self, line: Line, found: Mapping[str, Matches]) -> None:
        people: dict[UUID, dict[str, Any]] = {}
        for one in line.values.pop("attendees_in_full", None) or ():
            called = [(way, one[key]) for way, key in WAYS if key in one]
            words = {name: one[name] for name in SAID if name in one}
            for id in self._met(line, "attendees_in_full", called, found):
                people[id] = {"persona": id, **words}
        for mail in line.values.pop("attendee_emails", None) or ():
            for id in self._met(line, "attendee_emails", [("email", mail)], found):
                people.setdefault(id, {"persona": id})
        said = {name: line.values.pop(name) for name in SAID if name in line.values}
        persona = line.values.pop("persona", None)
        if persona is not None:
            people = {persona: {**people.pop(persona, {"persona": persona}), **said}, **people}
        elif any(said.values()):
            line.fault("persona_email", "required", "Say who thought, felt or did this.")
        if people:
            line.values["attendees"] = list(people.values())

    def _met(
        self, line: Line, name: str, called: Sequence[tuple[str, str]], found: Mapping[str, Matches]
    ) -> list[UUID]:
        """Whom somebody's words mean: the first that mean anybody of the account. A fault where that is not one person."""
        for way, said in called:
            meant = at_home(line, found[way].get(said if way in EXACT else said.lower(), []))
            if meant:
                break
        else:
            meant = []
        if len(meant) != 1:
            (way, said), code = (called or [("name", "")])[-1], "ambiguous" if meant else "missing"
            line.fault(
                name, code, f"{len(meant) or 'No'} people there have the {FOUND_BY.get(way, 'id')} {said}."
            )
            return []
        return [meant[0].id]

    def decoded(self, name: str, value: Any) -> Any:
        return (
            {UUID(id): said for id, said in value.items()} if name == "said" else super().decoded(name, value)
        )
