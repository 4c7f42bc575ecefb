"""Fills the two organisations of the demo once, and brings their usage and ratings up to now at every later start."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Tenant
from csplatform.demo.books import PASSWORD, books
from csplatform.demo.history import continue_book, seed_book


class Command(BaseCommand):
    help = "Fill the demo's organisations, or bring them up to now."
    requires_system_checks = ()  # they load every page; the web server has them too

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        for book in books():
            tenant = Tenant.objects.filter(slug=book.slug).first()
            if tenant is None:
                self.stdout.write(f"Writing a year of {book.name}")
                tenant = seed_book(book=book, at=at)
            continue_book(book=book, tenant=tenant, at=at)
        self.stdout.write(f"Sign in with the password {PASSWORD} as:")
        for book in books():
            for colleague in book.colleagues:
                if colleague.active:
                    self.stdout.write(f"  {colleague.email}  ({colleague.role}, {book.name})")
