"""The lists that ratings name over REST: drivers, product areas, and signs."""

from django.db.models import QuerySet

from accounts.api.base import choice
from accounts.api.terms import TermSerializer, TermView
from relationships import selectors, services
from relationships.models import Sentiment


class DriverSerializer(TermSerializer):
    """A coded reason behind a sentiment. One that ratings name is switched off, never removed."""


class SignSerializer(TermSerializer):
    """Something that can be seen of a person, and the sentiment that it leans to. One that ratings name is switched
    off, never removed."""

    required = ("key", "label", "leans")

    leans = choice(Sentiment.choices, null=False)


class ProductAreaSerializer(TermSerializer):
    """A part of the product that a driver is about. One that ratings name is switched off, never removed."""


class ProductAreaView(TermView):
    serializer_class = ProductAreaSerializer
    terms = services.PRODUCT_AREAS

    def rows(self) -> QuerySet:
        return selectors.product_area_list()


class DriverView(TermView):
    serializer_class = DriverSerializer
    terms = services.DRIVERS

    def rows(self) -> QuerySet:
        return selectors.driver_list()


class SignView(TermView):
    serializer_class = SignSerializer
    terms = services.SIGNS

    def rows(self) -> QuerySet:
        return selectors.sign_list()
