"""Makes the first tenant and its admin, from CSP_ADMIN_EMAIL and CSP_ADMIN_PASSWORD or from the keyboard.

Does nothing where an admin exists, so that every start may call it.
"""

import getpass
import os
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import services as accounts
from accounts.models import Membership, Role


class Command(BaseCommand):
    help = (
        "Make the first tenant and its admin (CSP_ADMIN_EMAIL, CSP_ADMIN_PASSWORD, CSP_TENANT, or prompts)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if Membership.objects.filter(role=Role.ADMIN, is_active=True).exists():
            self.stdout.write("An admin exists.")
            return
        email = answer("CSP_ADMIN_EMAIL", "E-mail of the first admin")
        password = answer("CSP_ADMIN_PASSWORD", "Password", secret=True)
        name = os.environ.get("CSP_TENANT") or email.partition("@")[2].partition(".")[0].capitalize()
        now = timezone.now()
        try:
            validate_email(email)
            with transaction.atomic():
                tenant = accounts.create_tenant(
                    tenant=accounts.NewTenant(slug=slugify(name)[:50] or "main", name=name or "Main"), at=now
                )
                accounts.create_first_admin(tenant=tenant, email=email, password=password, at=now)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{email} administers {tenant.name}, at /t/{tenant.slug}/")


def answer(variable: str, question: str, *, secret: bool = False) -> str:
    """The environment's value, or the keyboard's."""
    if value := os.environ.get(variable):
        return value
    if not sys.stdin.isatty():
        raise CommandError(f"{variable} must be set, or the command run at a terminal.")
    ask = getpass.getpass if secret else input
    return ask(f"{question}: ").strip()
