"""What was true when, and since when we know: one row per change of a value that a score or a report uses.

A value as of a moment is the row with the latest ``effective_at`` not after it, among rows whose ``recorded_at``
is not after it either. Rows are added, never changed, so that any past day can be answered as it was known then.
"""

from django.db import models

from accounts.models.book import Account, Persona
from accounts.models.identity import Membership
from accounts.models.work import Case
from accounts.tenancy import TenantModel

# The facts of an account and of a persona: the field names of their models ("team" is a list of membership ids,
# "main_contact" the id of a persona).
ACCOUNT_FACTS = (
    "arr", "currency", "status", "owner", "team", "renewal_on", "segment", "tier", "region", "seats",
    "entitlements", "churned_on", "started_on", "main_contact",
)  # fmt: skip
PERSONA_FACTS = ("role", "influence", "tracked", "joined_on", "left_on", "reports_to", "account", "title")


class Fact(TenantModel):
    key = models.CharField(max_length=50)
    value = models.JSONField(null=True)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=50, blank=True)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        abstract = True


class AccountFact(Fact):
    """A dated value of one of ACCOUNT_FACTS."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="facts", db_index=False)

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["tenant", "account", "key", "effective_at"], name="account_fact")]


class PersonaFact(Fact):
    """A dated value of one of PERSONA_FACTS. ``home_id`` is the account that a row with the key "account" names: what
    finds the people of an account in an index, past ones included."""

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="facts", db_index=False)
    home_id = models.GeneratedField(
        expression=models.Func(
            "value", template="CASE WHEN key = 'account' THEN (%(expressions)s #>> '{}')::uuid END"
        ),
        output_field=models.UUIDField(null=True),
        db_persist=True,
    )

    class Meta(Fact.Meta):
        indexes = [
            models.Index(fields=["tenant", "persona", "key", "effective_at"], name="persona_fact"),
            models.Index(
                fields=["tenant", "home_id"],
                condition=models.Q(home_id__isnull=False),
                name="persona_fact_home",
            ),
        ]


class CaseFact(Fact):
    """Keys ``critical``: whether the case was an open critical escalation, and ``request``: whether it was a request, open
    or not, since it was opened (values true or false; of ``request`` the last word holds)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="facts", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)

    class Meta(Fact.Meta):
        indexes = [
            models.Index(fields=["tenant", "account", "effective_at"], name="case_fact"),
            models.Index(fields=["tenant", "case"], name="case_fact_case"),
        ]


class TenantFact(Fact):
    """A dated setting of the tenant: ``time_zone``, ``currency``, and ``rate:<CUR>`` (tenant currency per unit)."""

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["tenant", "key", "effective_at"], name="tenant_fact")]
