"""Kinds of import whose services stand on higher floors: ratings, moments, asks of advocates, situations and usage. Ratings
and usage are added and taken back, never changed; a preview writes in a savepoint and rolls it back, so that it knows all
that the service knows."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Actor
from accounts.services import Mode, Status
from accounts.services.imports import Field, Kind, Line, Work, cells
from accounts.services.imports.book import ACCOUNT_WAYS, EXTERNAL_ID, PERSONA_WAYS, day_field, moment_field
from accounts.services.imports.finding import drop_ways, find_account, find_members, find_persona
from accounts.services.imports.happenings import AtAccount
from accounts.services.imports.kinds import good, items_of
from health import services as health
from relationships import services as relationships
from relationships.models import AdvocateAsk, Confidence, Situation
from relationships.selectors import entry_names

STRENGTHS = ("none", "weak", "okay", "very_good")
SENTIMENTS = ("negative", "neutral", "positive")
STRENGTH_WORDS = {"0": "none", "1": "weak", "2": "okay", "3": "very_good", "ok": "okay", "good": "okay",
                  "strong": "very_good", "excellent": "very_good"}  # fmt: skip
SENTIMENT_WORDS = {"bad": "negative", "red": "negative", "yellow": "neutral", "good": "positive", "green": "positive",
                   "-1": "negative", "0": "neutral", "1": "positive"}  # fmt: skip
VALENCES = {"awful": -2, "bad": -1, "mixed": 0, "good": 1, "wonderful": 2}
VALENCE_WORDS = {str(n): word for word, n in VALENCES.items()} | {"neutral": "mixed", "great": "wonderful"}
INTENSITIES = {"in passing": 1, "strongly": 2, "unforgettably": 3}
INTENSITY_WORDS = {str(n): word for word, n in INTENSITIES.items()} | {
    "light": "in passing", "in passing": "in passing", "strong": "strongly", "unforgettable": "unforgettably",
}  # fmt: skip
ASK_WORDS = {
    "reference": "reference", "reference call": "reference", "case study": "case_study", "story": "case_study",
    "public review": "review", "g2 review": "review", "speaking": "talk", "speaker": "talk", "beta test": "beta",
    "advisory board": "beta", "board": "beta", "recommendation": "referral",
}  # fmt: skip
ANSWER_WORDS = {
    "accepted": "yes",
    "agreed": "yes",
    "done": "yes",
    "not now": "later",
    "declined": "no",
    "refused": "no",
}
RESULT_WORDS = {
    "resolved": "solved",
    "partly solved": "partly",
    "partially": "partly",
    "not solved": "not",
    "unsolved": "not",
    "no": "not",
}
FACETS = ("brand", "product", "service")


class AddedKind(Kind):
    """A kind whose rows are added: nothing matches but its own id, and a preview is a save that is rolled back."""

    def plan(self, lines: Sequence[Line], work: Work) -> None:
        with transaction.atomic():
            self.save(lines, work)
            transaction.set_rollback(True)
        for line in lines:
            line.undo = None


def facet(name: str, label: Any) -> Field:
    read = cells.word(SENTIMENTS, SENTIMENT_WORDS)
    return Field(
        f"sentiment_{name}" if name else "sentiment", label, read, (f"sentiment{name}", f"{name}sentiment")
    )


class Ratings(AddedKind):
    name = "ratings"
    label = _("Ratings")
    fields = (
        EXTERNAL_ID,
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("strength", _("Relationship"), cells.word(STRENGTHS, STRENGTH_WORDS), (
            "strength", "relationship", "relationshipstrength", "rating",
        )),
        facet("", _("Sentiment")),
        facet("brand", _("Sentiment towards the brand")),
        facet("product", _("Sentiment towards the product")),
        facet("service", _("Sentiment towards the service")),
        Field("driver", _("Driver"), cells.text(50), ("driver", "cause")),
        Field("area", _("Product area"), cells.text(50), ("area", "productarea", "module")),
        Field("note", _("Note"), cells.text(10_000), ("note", "notes", "comment")),
        Field("signs", _("Signs"), cells.many(50), ("signs", "observedsigns")),
        Field("confidence", _("How sure"), cells.word(Confidence.values), ("confidence", "howsure", "certainty")),
        moment_field("rated_at", _("Rated at"), "ratedat", "date", "rateddate", "ratedon"),
        Field("rated_by_email", _("Rated by"), cells.member, ("ratedbyemail", "ratedby", "rater", "csm"), looks="member"),
    )  # fmt: skip

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        find_members(lines, work, "rated_by_email")
        find_account(lines)
        find_persona(lines)
        drop_ways(lines, "account")
        for line in lines:
            line.values.pop("account", None)
            whole = line.values.pop("sentiment", None)
            said = {name: line.values.pop(f"sentiment_{name}", whole) for name in FACETS}
            if any(said.values()):
                line.values["sentiment"] = said

    def save(self, lines: Sequence[Line], work: Work) -> None:
        asked = good(lines)
        results = relationships.save_ratings(
            items=items_of(asked, work), mode=Mode.CREATE, actor=work.actor, at=work.at
        )
        for line, result in zip(asked, results, strict=True):
            line.settle(result)
            line.after = {name: str(value) for name, value in line.values.items()}
            line.undo = [str(result.id)] if result.status == Status.CREATED else None

    def take_back(self, entries: Sequence[list[Any]], work: Work) -> list[bool]:
        ids = [UUID(entry[0]) for entry in entries]
        gone = relationships.withdraw_ratings(rating_ids=ids, actor=work.actor, at=work.at)
        return [id in gone for id in ids]


class Moments(AtAccount):
    """What people remember of us."""

    name = "moments"
    label = _("Moments")
    saver = relationships.MomentSaver
    fields = (
        EXTERNAL_ID,
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("what", _("What happened"), cells.text(10_000), ("what", "whathappened", "moment", "description", "note")),
        Field("valence", _("How it was"), cells.word(VALENCES, VALENCE_WORDS), (
            "valence", "howitwas", "mood",
        )),
        Field("intensity", _("How strongly"), cells.word(INTENSITIES, INTENSITY_WORDS), (
            "intensity", "howstrongly",
        )),
        moment_field("happened_at", _("When"), "happenedat", "date", "happenedon", "when"),
    )  # fmt: skip

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        super().prepare(lines, work)
        for line in lines:
            for name, meant in (("valence", VALENCES), ("intensity", INTENSITIES)):
                if name in line.values:
                    line.values[name] = meant.get(line.values[name])


class AdvocateAsks(AtAccount):
    """What people were asked to do for us, and what they answered and did."""

    name = "advocate_asks"
    label = _("Asks of advocates")
    saver = relationships.AdvocateAskSaver
    fields = (
        EXTERNAL_ID,
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("kind", _("What for"), cells.word(AdvocateAsk.Kind.values, ASK_WORDS), (
            "kind", "type", "asktype", "requesttype", "activitytype", "whatfor",
        )),
        Field("what", _("In words"), cells.text(10_000), ("what", "inwords", "description", "note", "notes", "subject")),
        day_field("asked_on", _("Asked on"), "askedon", "date", "requestedon", "requestdate", "asked"),
        Field("owner_email", _("Who of ours"), cells.member, (
            "owneremail", "owner", "askedby", "requestedby", "requester",
        ), looks="member"),
        Field("answer", _("Answer"), cells.word(AdvocateAsk.Answer.values, ANSWER_WORDS), (
            "answer", "response", "status",
        )),
        day_field("answered_on", _("Answered on"), "answeredon", "responsedate", "answered"),
        day_field("done_on", _("Done on"), "doneon", "completedon", "completeddate", "fulfilledon", "done"),
        Field("despite", _("Why nevertheless"), cells.text(1000), ("despite", "whynevertheless")),
    )  # fmt: skip

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        find_members(lines, work, "owner_email")
        super().prepare(lines, work)


class Situations(AtAccount):
    """Difficult situations that were met: of which type, what was behind them, what was tried, and how it came out."""

    name = "situations"
    label = _("Situations")
    saver = relationships.SituationSaver
    fields = (
        EXTERNAL_ID,
        *ACCOUNT_WAYS,
        *PERSONA_WAYS,
        Field("type", _("Type of situation"), cells.text(50), ("type", "situation", "situationtype")),
        Field("reason", _("Reason"), cells.text(50), ("reason", "why", "rootcause")),
        Field("remedy", _("Remedy that was tried"), cells.text(50), ("remedy", "solution", "whatwetried")),
        Field("what", _("What happened"), cells.text(10_000), ("what", "whathappened", "description", "note", "notes")),
        day_field("began_on", _("Began on"), "beganon", "date", "startedon", "startdate", "began", "since"),
        Field("result", _("How it came out"), cells.word(Situation.Result.values, RESULT_WORDS), (
            "result", "howitcameout", "outcome", "status",
        )),
        day_field("ended_on", _("Ended on"), "endedon", "enddate", "ended", "solvedon", "closedon"),
        Field("learned", _("What we learned"), cells.text(10_000), ("learned", "lesson", "lessons", "whatwelearned")),
        Field("owner_email", _("Who of ours"), cells.member, ("owneremail", "owner", "assignedto"), looks="member"),
    )  # fmt: skip

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        find_members(lines, work, "owner_email")
        super().prepare(lines, work)

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        return entry_names(ids=ids)


class Usage(AddedKind):
    """Usage events. One without an id is known by what it says, so that the same file never counts twice."""

    name = "usage"
    label = _("Usage")
    keys = ("message_id",)
    fields = (
        Field("message_id", _("Your id of the event"), cells.text(255), (
            "messageid", "eventid", "uuid", "insertid", "id",
        )),
        Field("account_external_id", _("Account, by your id"), cells.text(255), (
            "accountexternalid", "accountid", "groupid", "companyid", "organizationid", "customerid",
        )),
        Field("user_key", _("User"), cells.text(255), ("userkey", "userid", "user", "email", "distinctid", "useremail")),
        Field("feature", _("Feature"), cells.text(100), ("feature", "event", "eventname", "eventtype", "action")),
        moment_field("occurred_at", _("When"), "occurredat", "timestamp", "time", "date", "eventtime", "originaltimestamp"),
    )  # fmt: skip

    composed = {"message_id": ("account_external_id", "user_key", "feature", "occurred_at")}

    def key_words(self, line: Line, key: str) -> str:
        return str(line.values.get(key) or "")

    def compose(self, lines: Sequence[Line]) -> None:
        names = ("account_external_id", "user_key", "feature", "occurred_at")
        for line in lines:
            said = "\n".join(str(line.values.get(name)) for name in names)
            digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
            line.values.setdefault("message_id", f"row-{digest[:40]}")

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        for line in good(lines):
            for name in ("account_external_id", "user_key", "feature", "occurred_at"):
                if not line.values.get(name):
                    line.fault(name, "required", "This field is required.")

    def save(self, lines: Sequence[Line], work: Work) -> None:
        asked = good(lines)
        events = [health.NewUsage(**line.values, historical=work.historical) for line in asked]
        known = health.known_messages(message_ids=[event.message_id for event in events])
        actor = cast(Actor, work.actor)  # who handed the file in
        receipt = health.write_usage(events=enumerate(events), refusals=[], actor=actor, at=work.at)
        seen: set[str] = set()
        for line, event in zip(asked, events, strict=True):
            new = event.message_id not in known and event.message_id not in seen
            seen.add(event.message_id)
            line.status = Status.CREATED if new else Status.UNCHANGED
            line.after = {name: str(value) for name, value in line.values.items()}
            line.undo = [event.message_id, *_said(event)] if new else None
        for refusal in receipt.rejected:
            asked[refusal.index].fault("occurred_at", refusal.code, refusal.detail)
            asked[refusal.index].undo = None

    def take_back(self, entries: Sequence[list[Any]], work: Work) -> list[bool]:
        events = [
            health.NewUsage(
                message_id=id,
                account_external_id=account,
                user_key=user,
                feature=feature,
                occurred_at=datetime.fromisoformat(occurred),
            )
            for id, account, user, feature, occurred in entries
        ]
        health.take_usage_back(events=events, at=work.at)
        return [True] * len(entries)


def _said(event: health.NewUsage) -> list[str]:
    return [event.account_external_id, event.user_key, event.feature, event.occurred_at.isoformat()]
