"""Shares over REST: the links to what the customer of an account is shown, and what that is."""

from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors, services
from accounts.api.base import RestView, StrictSerializer
from accounts.api.base.schema import list_of
from accounts.models import Account, Share
from accounts.models import Case as SupportCase
from accounts.selectors.shares import STATES
from accounts.services.shares import LONGEST_GREETING, LONGEST_TITLE


class NewCustomerLinkSerializer(StrictSerializer):
    """A link for the customer. Members who may write the account in the browser, keys that write."""

    title = serializers.CharField(
        max_length=LONGEST_TITLE, required=False, allow_blank=True, help_text="What the page is called."
    )
    greeting = serializers.CharField(
        max_length=LONGEST_GREETING, required=False, allow_blank=True, help_text="What it begins with."
    )
    expires_on = serializers.DateField(
        required=False, help_text="Its last day at the tenant. Default: in 90 days; a year ahead at most."
    )


class CustomerLinkSerializer(serializers.Serializer):
    """A link to what the customer of an account is shown. What it leads to is shown once, when it is made."""

    id = serializers.UUIDField()
    account = serializers.UUIDField(source="account_id")
    title = serializers.CharField(allow_blank=True)
    greeting = serializers.CharField(allow_blank=True)
    expires_on = serializers.DateField()
    created_by = serializers.EmailField(source="created_by.user.email", allow_null=True, default=None)
    created_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    works = serializers.SerializerMethodField(help_text="False once it is revoked or its last day is over.")
    opened = serializers.IntegerField(help_text="How often its page was opened; nobody knows by whom.")
    last_opened_at = serializers.DateTimeField(allow_null=True)

    def get_works(self, share: Share) -> bool:
        return selectors.share_works(share, today=self.context["today"])


class MadeCustomerLinkSerializer(CustomerLinkSerializer):
    """The share with its link, which is never shown again."""

    url = serializers.SerializerMethodField(help_text="Whoever has it reads the page. Kept nowhere.")

    def get_url(self, share: Share) -> str:
        return services.share_url(self.context["token"])


class ContactSerializer(serializers.Serializer):
    name = serializers.CharField()
    email = serializers.EmailField()


class ShownPromiseSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    title = serializers.CharField()
    who = serializers.CharField(help_text="Who of us looks after it; empty if nobody does.")
    state = serializers.ChoiceField(choices=[(one, one) for one in STATES])
    due_on = serializers.DateField(allow_null=True)
    first_due_on = serializers.DateField(
        allow_null=True, help_text="The day that was said first, if it moved."
    )
    settled_on = serializers.DateField(allow_null=True)
    late = serializers.BooleanField(help_text="Open past its day.")


class ShownStepSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    title = serializers.CharField()
    who = serializers.CharField(help_text="Who of us looks after it; empty if nobody does.")
    theirs = serializers.BooleanField(help_text="The customer is waited for.")
    due_on = serializers.DateField(allow_null=True)
    late = serializers.BooleanField()


class ShownCaseSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=SupportCase.Kind.choices)
    subject = serializers.CharField(allow_blank=True)
    opened_on = serializers.DateField()
    answered = serializers.BooleanField()


class ShownSerializer(serializers.Serializer):
    """What every working link of the account shows now, at most 100 of a kind. Promises that were settled stay a year."""

    by = serializers.CharField(help_text="The organisation that shows it.")
    account = serializers.CharField(help_text="The name of the account.")
    contact = ContactSerializer(allow_null=True)
    on = serializers.DateField(help_text="The day it is for the tenant.")
    promises = ShownPromiseSerializer(many=True)
    steps = ShownStepSerializer(many=True)
    cases = ShownCaseSerializer(many=True)


class ShareView(RestView):
    """``/accounts/{id}/shares``"""

    serializer_class = CustomerLinkSerializer
    requests = {"create": NewCustomerLinkSerializer, "revoke": None}
    answers = {
        "create": {201: MadeCustomerLinkSerializer},
        "list": {200: list_of(CustomerLinkSerializer)},
        "revoke": {200: CustomerLinkSerializer},
        "shown": {200: ShownSerializer},
    }
    summaries = {
        "create": "Make a link for the customer of an account",
        "list": "The links that the customer of an account was given",
        "revoke": "End a link",
        "shown": "What the customer of an account is shown",
    }

    def list(self, request: Request, id: UUID) -> Response:
        """Every link of this account, the newest first, also those that ended."""
        Account.objects.only("pk").get(pk=id, deleted_at=None)
        results = CustomerLinkSerializer(
            selectors.account_shares(account_id=id), many=True, context=self._day
        ).data
        return Response({"results": results, "next": None, "previous": None})

    def create(self, request: Request, id: UUID) -> Response:
        values: dict[str, Any] = NewCustomerLinkSerializer().run_validation(request.data)
        share, token = services.make_share(
            account_id=id, **values, actor=self.actor, today=self.today, at=self.at
        )
        made = MadeCustomerLinkSerializer(share, context={**self._day, "token": token}).data
        response = Response(made, status=201)
        response.shows_secret = True  # type: ignore[attr-defined]
        return response

    def revoke(self, request: Request, id: UUID, share_id: UUID) -> Response:
        """It never works again. One that has ended already stays as it is."""
        share = services.revoke_share(account_id=id, share_id=share_id, actor=self.actor, at=self.at)
        return Response(CustomerLinkSerializer(share, context=self._day).data)

    def shown(self, request: Request, id: UUID) -> Response:
        """The content of the page, whether or not there is a link to it: for a portal of your own, say."""
        account = Account.objects.select_related("owner__user").get(pk=id, deleted_at=None)
        shown = selectors.shown_to_customer(account=account, tenant=self.actor.tenant, at=self.at)
        return Response(ShownSerializer(shown).data)

    @property
    def _day(self) -> dict[str, date]:
        return {"today": self.today}
