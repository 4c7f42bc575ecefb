"""Usage over REST: events in, decoded at once, and what waits for an account.

A body that can be read is answered with 202 whatever is wrong with single events; detailed refusals are made only
for a body in which something is wrong.
"""

from typing import Any

import django_filters
import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Invalid, ListedView, RestView, StrictSerializer
from accounts.api.strict import MAX_BYTES
from accounts.models import Scope
from accounts.services import Fault
from health import selectors as health_selectors
from health import services as health
from health.api.asking import named_account
from health.models import TrackedGroup
from health.services.usage import MAX_EVENTS, NewUsage, Refusal

Decoded = tuple[list[tuple[int, NewUsage]], list[Refusal]]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    events: list[NewUsage]


class LooseBody(msgspec.Struct, forbid_unknown_fields=True):
    events: list[msgspec.Raw]


whole = msgspec.json.Decoder(Body)
loose = msgspec.json.Decoder(LooseBody)
single = msgspec.json.Decoder(NewUsage)

# What a message of the decoder says, and the code that it is answered with.
CODES = {
    "missing required field": "required",
    "unknown field": "unknown",
    "of length <=": "too_long",
    "of length >=": "blank",
    "datetime": "invalid_time",
}


class UsageParser(BaseParser):
    """The body as events with their place in it, and the refusals of those that cannot be read."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Decoded:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ParseError(f"The body is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(f"The body cannot be read: {error}") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deep.") from error


def decode(body: bytes) -> Decoded:
    """Events by their place, and the refusals of those that are not as they should be."""
    try:
        events = whole.decode(body).events
    except msgspec.ValidationError:
        return _decode_one_by_one(loose.decode(body).events)
    _refuse_too_many(len(events))
    return list(enumerate(events)), []


def _decode_one_by_one(raws: list[msgspec.Raw]) -> Decoded:
    _refuse_too_many(len(raws))
    events, refusals = [], []
    for index, raw in enumerate(raws):
        try:
            events.append((index, single.decode(raw)))
        except msgspec.ValidationError as error:
            said = str(error)
            code = next((code for words, code in CODES.items() if words in said), "invalid")
            refusals.append(Refusal(index, code, said.replace("`$.", "`")))
    return events, refusals


def _refuse_too_many(count: int) -> None:
    if count > MAX_EVENTS:
        raise ParseError(f"At most {MAX_EVENTS:,} events in one request, not {count:,}.")


class EventSerializer(serializers.Serializer):
    """How an event is documented; msgspec reads it."""

    message_id = serializers.CharField(max_length=255, help_text="Taken once for ever.")
    account_external_id = serializers.CharField(max_length=255)
    user_key = serializers.CharField(max_length=255, help_text="Best the user's e-mail address.")
    feature = serializers.CharField(max_length=100)
    occurred_at = serializers.DateTimeField(
        help_text="With a time zone; at most a day ahead, 84 months back."
    )
    properties = serializers.DictField(required=False, allow_null=True)
    historical = serializers.BooleanField(
        required=False, help_text="For an admin's migration: known since it happened."
    )


class EventsSerializer(serializers.Serializer):
    events = EventSerializer(many=True, help_text=f"At most {MAX_EVENTS:,}.")


class RefusalSerializer(serializers.Serializer):
    index = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ReceiptSerializer(serializers.Serializer):
    """accepted + duplicates + unmatched + rejected is the number of events sent."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="Sent twice in this request, or ever taken before.")
    unmatched = serializers.IntegerField(help_text="Kept until an account with this external id appears.")
    rejected = RefusalSerializer(many=True)


RECEIPT = {
    "accepted": 1,
    "duplicates": 0,
    "unmatched": 0,
    "rejected": [{"index": 1, "code": "in_the_future", "detail": "occurred_at: more than a day from now."}],
}


class UsageEventsView(RestView):
    """Usage in. Answers after COMMIT; not counted against the request limit."""

    scope = Scope.INGEST
    limited = False
    parser_classes = [UsageParser]
    serializer_class = EventsSerializer

    @extend_schema(
        summary="Send usage events",
        responses={202: ReceiptSerializer},
        examples=[OpenApiExample("Receipt", RECEIPT, response_only=True, status_codes=["202"])],
    )
    def create(self, request: Request) -> HttpResponse:
        if not isinstance(request.data, tuple):
            raise ParseError("The body is empty.")
        events, refusals = request.data
        receipt = health.ingest_usage(events=events, refusals=refusals, actor=self.actor, at=self.at)
        answer = msgspec.json.encode(receipt)
        return HttpResponse(answer, status=202, content_type="application/json")


class WaitingSerializer(serializers.Serializer):
    account_external_id = serializers.CharField()
    events = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


class GroupSerializer(StrictSerializer):
    """Whose group it is: from now on ``group`` means the account. null lets the group wait again; what it brought stays
    where it went."""

    group = serializers.CharField(
        max_length=255,
        trim_whitespace=False,
        help_text="A waiting group or external id, as the list names it.",
    )
    account = serializers.UUIDField(required=False, allow_null=True)
    account_external_id = serializers.CharField(max_length=255, required=False, trim_whitespace=False)


class GivenSerializer(serializers.Serializer):
    group = serializers.CharField()
    account = serializers.UUIDField(allow_null=True)
    matched = serializers.IntegerField(help_text="Waiting events that found their account.")


class NoFilter(django_filters.FilterSet):
    pass


class UnmatchedUsageView(ListedView):
    """External ids of accounts that nobody knows yet, and the events that wait under each; an admin key says whose they
    are."""

    serializer_class = WaitingSerializer  # type: ignore[assignment]
    filterset_class = NoFilter
    orderings = {"account_external_id": ("account_external_id",)}
    tombstones = False
    summaries = {"list": "List what waits for an account", "map": "Say whose group it is, or take that back"}
    requests = {"map": GroupSerializer}
    answers = {"map": {200: GivenSerializer}}

    def rows(self) -> Any:
        return health_selectors.unmatched_usage()

    def map(self, request: Request) -> Response:
        """Give a waiting group to an account with what waits under it, or (null) let it wait again."""
        body = GroupSerializer().run_validation(request.data)
        if not {"account", "account_external_id"} & set(body):
            raise Invalid(Fault("/account", "required", "An account, or null to let the group wait again."))
        account_id = named_account(body)
        if account_id is None:
            try:
                health.unmap_group(external_id=body["group"], actor=self.actor, at=self.at)
            except TrackedGroup.DoesNotExist:
                raise Invalid(Fault("/group", "missing", "No account was given to this group.")) from None
            return Response({"group": body["group"], "account": None, "matched": 0})
        matched = health.map_group(
            external_id=body["group"], account_id=account_id, actor=self.actor, at=self.at
        )
        return Response({"group": body["group"], "account": account_id, "matched": matched})

    def represent(self, rows: Any) -> list[dict[str, Any]]:
        return list(self.get_serializer(rows, many=True).data)
