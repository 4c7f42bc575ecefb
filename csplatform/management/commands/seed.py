"""Fills tenants of any size with plausible, deterministic data, and says how to reach them."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from csplatform.demo.sample import Sample, fill


class Command(BaseCommand):
    help = "Make tenants with accounts, people, ratings and usage. Passwords and keys are printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenants", type=int, default=1, help="how many tenants")
        parser.add_argument("--accounts", type=int, default=10, help="accounts of each tenant")
        parser.add_argument("--personas", type=int, default=5, help="people of each account")
        parser.add_argument("--days", type=int, default=30, help="days of usage up to now")
        parser.add_argument("--seed", type=int, default=1, help="another number makes other data")
        parser.add_argument("--canary", default="", help="every free text begins with CANARY-<tenant slug>")
        parser.add_argument("--json", action="store_true", help="print what was made as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        sample = Sample(
            **{name: options[name] for name in ("tenants", "accounts", "personas", "days", "seed", "canary")}
        )
        made = fill(sample=sample, at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"tenants": made}))
            return
        for tenant in made:
            self.stdout.write(f"{tenant['slug']}")
            for user in tenant["users"]:
                self.stdout.write(f"  {user['email']}  {user['password']}  ({user['role']})")
