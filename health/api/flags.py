"""Red flags raised by hand, over REST: who raised which and why, and taking one down."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Conflict, FlagFilter, Invalid, ItemSerializer, ListedView, StrictSerializer
from accounts.models import Account
from accounts.services.items import Fault
from health import selectors
from health import services as health
from health.api.asking import named_account
from health.models import RaisedFlag
from health.services.flags import LONGEST_REASON


class RaisedFlagSerializer(ItemSerializer):
    """A red flag that a member raised at an account by hand. It stands beside the detected ones in ``health.flags`` with
    the code ``by_hand``, and changes neither score nor band."""

    id = serializers.UUIDField(read_only=True)
    account = serializers.UUIDField(
        source="home", read_only=True, help_text="Where it stands: the one that remains."
    )
    reason = serializers.CharField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)
    author = serializers.EmailField(source="author.user.email", allow_null=True, default=None, read_only=True)
    recorded_at = serializers.DateTimeField(read_only=True)
    cleared_at = serializers.DateTimeField(read_only=True, allow_null=True)
    cleared_by = serializers.EmailField(read_only=True, allow_null=True)
    cleared_word = serializers.CharField(read_only=True, allow_null=True, help_text="Why it was taken down.")


class NewFlagSerializer(StrictSerializer):
    account = serializers.UUIDField(required=False)
    account_external_id = serializers.CharField(
        max_length=255, required=False, help_text="Instead of account."
    )
    reason = serializers.CharField(max_length=LONGEST_REASON)
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it goes down by itself; a year ahead at most."
    )


class ClearFlagSerializer(StrictSerializer):
    word = serializers.CharField(max_length=LONGEST_REASON, help_text="Why it is taken down.")


class FlagsFilter(django_filters.FilterSet):
    account = django_filters.UUIDFilter(field_name="home")
    up = FlagFilter(method="up_now", help_text="Whether it stands now: neither cleared nor at its end.")

    def up_now(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        up = selectors.flag_is_up(at=self.request.parser_context["view"].at)
        return rows.filter(up if value else ~up)


class RaisedFlagView(ListedView):
    """``/flags``: red flags raised by hand; raising one, and clearing it with a word."""

    serializer_class = RaisedFlagSerializer
    filterset_class = FlagsFilter
    orderings: ClassVar = {"id": ("id",), "recorded_at": ("recorded_at", "id")}
    tombstones = False
    requests: ClassVar = {"create": NewFlagSerializer, "clear": ClearFlagSerializer}
    answers: ClassVar = {"create": {201: RaisedFlagSerializer}, "clear": {200: RaisedFlagSerializer}}
    summaries: ClassVar = {"create": "Raise a red flag", "clear": "Take a red flag down"}

    def rows(self) -> QuerySet:
        return selectors.raised_flags()

    def create(self, request: Request) -> Response:
        """Raise a red flag at an account, with a reason and perhaps an end. Leaders are told, and so is whoever works on
        the account; ``flag.raised`` is logged."""
        values: dict[str, Any] = NewFlagSerializer().run_validation(request.data)
        account = _account(values)
        said = {name: values[name] for name in ("reason", "expires_at") if name in values}
        try:
            made = health.raise_flag(account=account, **said, actor=self.actor, at=self.at)
        except health.BadFlag as error:
            raise Invalid(Fault(f"/{error.field}", "invalid", str(error))) from error
        return self.answer(self.find(made.pk), status=201)

    def clear(self, request: Request, id: UUID) -> Response:
        """Take it down and say why; 409 where it is down already. ``flag.cleared`` is logged."""
        word = ClearFlagSerializer().run_validation(request.data)["word"]
        try:
            health.clear_flag(flag_id=id, word=word, actor=self.actor, at=self.at)
        except RaisedFlag.DoesNotExist as missing:
            raise Http404 from missing
        except health.BadFlag as error:
            raise Invalid(Fault(f"/{error.field}", "invalid", str(error))) from error
        except health.FlagIsDown as down:
            raise Conflict(str(down)) from down
        return self.answer(self.find(id))


def _account(body: dict[str, Any]) -> Account:
    """The live account that a request names. Raises Invalid."""
    account_id = named_account(body)
    if account_id is None:
        raise Invalid(Fault("/account", "required", "This field is required."))
    found: Account = Account.objects.get(pk=account_id)
    return found
