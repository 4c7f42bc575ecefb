"""Accounts and people as kinds of import, with the names that other programs give their columns."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Persona
from accounts.selectors.matches import accounts_by, personas_by
from accounts.services.accounts import AccountSaver
from accounts.services.imports import cells
from accounts.services.imports.finding import (
    drop_ways,
    find_above,
    find_account,
    find_account_by_mail,
    find_members,
)
from accounts.services.imports.kinds import Field, Line, Work, good
from accounts.services.imports.savers import SaverKind, meet_own
from accounts.services.personas import PersonaSaver
from accounts.services.shares import close_shares

STATUS_WORDS = {
    "customer": "active", "customer - direct": "active", "customer - channel": "active", "client": "active",
    "paying": "active", "live": "active", "lead": "prospect", "opportunity": "prospect", "trialing": "trial",
    "pilot": "trial", "former customer": "churned", "former": "churned", "lost": "churned", "cancelled": "churned",
    "canceled": "churned", "inactive": "churned", "analyst": "prospect", "competitor": "prospect",
    "partner": "prospect", "reseller": "prospect", "integrator": "prospect", "investor": "prospect",
    "press": "prospect", "vendor": "prospect", "other": "prospect", "channel partner / reseller": "prospect",
    "installation partner": "prospect", "technology partner": "prospect",
}  # fmt: skip
ROLE_WORDS = {
    "budget_holder": "economic_buyer", "buyer": "economic_buyer", "economic decision maker": "economic_buyer",
    "decision_maker": "decision_maker", "sponsor": "executive_sponsor", "executive": "executive_sponsor",
    "technical_buyer": "technical_owner", "technical decision maker": "technical_owner", "it": "technical_owner",
    "evaluator": "technical_owner", "admin": "technical_owner", "administrator": "technical_owner",
    "purchasing": "procurement", "legal_and_compliance": "procurement", "business_user": "power_user",
    "user": "end_user", "influencer": "other", "blocker": "other", "gatekeeper": "other", "unknown": "other",
}  # fmt: skip

EXTERNAL_ID = Field("external_id", _("Your id"), cells.text(255), ("externalid", "id", "recordid"))
ACCOUNT_WAYS = (
    Field("account_external_id", _("Account, by your id"), cells.text(255), (
        "accountexternalid", "accountid", "companyid", "associatedcompanyids", "associatedcompanyid",
        "primaryassociatedcompanyid", "accountid18", "organizationid", "customerid",
    )),
    Field("account_name", _("Account, by name"), cells.text(200), (
        "accountname", "account", "company", "companyname", "associatedcompany", "primarycompany", "organization",
        "organisation", "customer", "associatedcompanyprimary", "associatedcompanynames",
    )),
    Field("account_domain", _("Account, by domain"), cells.domain, (
        "accountdomain", "companydomain", "companydomainname", "website", "websiteurl", "domain", "emaildomain",
    )),
)  # fmt: skip
PERSONA_WAYS = (
    Field("persona_external_id", _("Person, by your id"), cells.text(255), (
        "personaexternalid", "personid", "contactid", "associatedcontactids",
    )),
    Field("persona_email", _("Person, by e-mail"), cells.email, (
        "personaemail", "contactemail", "email", "emailaddress", "requesteremail",
    ), looks="email"),
    Field("persona_name", _("Person, by name"), cells.text(200), ("personaname", "contactname", "contact", "person")),
)  # fmt: skip
EFFECTIVE = Field("effective_at", _("True since"), cells.moment, ("effectiveat", "validfrom"), dated=True)


def day_field(name: str, label: Any, *means: str) -> Field:
    return Field(name, label, cells.day, means, dated=True)


def moment_field(name: str, label: Any, *means: str) -> Field:
    return Field(name, label, cells.moment, means, dated=True)


class Accounts(SaverKind):
    name = "accounts"
    label = _("Accounts")
    about_people = False
    saver = AccountSaver
    keys = ("external_id", "domain", "name")
    twins = ("name", "domain")
    tree = "parent"
    open_ended = True
    fields = (
        Field("external_id", _("Your id"), cells.text(255), (
            "externalid", "accountid", "id", "accountid18", "accountid15", "recordid", "companyid", "crmid",
            "customerid", "accountnumber",
        )),
        Field("name", _("Name"), cells.text(200), (
            "name", "accountname", "companyname", "company", "account", "customer", "customername", "organization",
        )),
        Field("domain", _("Domain"), cells.domain, (
            "domain", "website", "companydomainname", "url", "web", "websiteurl", "homepage", "emaildomain",
        ), looks="domain"),
        Field("parent_external_id", _("Account above, by your id"), cells.text(255), (
            "parentexternalid", "parentaccountid", "parentid", "parentcompanyid",
        )),
        Field("parent_name", _("Account above, by name"), cells.text(200), (
            "parentname", "parentaccount", "parentcompany", "parentaccountname",
        )),
        Field("segment", _("Segment"), cells.text(100), ("segment", "industry", "accountsegment", "marketsegment")),
        Field("tier", _("Tier"), cells.text(100), ("tier", "accounttier", "plan", "customertier", "sla")),
        Field("region", _("Region"), cells.text(100), (
            "region", "country", "billingcountry", "countryregion", "territory", "billingcountrycode",
        )),
        Field("status", _("Status"), cells.word(Account.Status.values, STATUS_WORDS), (
            "status", "type", "accountstatus", "lifecyclestage", "customerstatus", "accounttype",
        )),
        Field("arr", _("ARR"), cells.money, (
            "arr", "annualrecurringrevenue", "acv", "annualcontractvalue", "contractvalue", "arrusd", "arreur",
            "recurringrevenue",
        ), counted=True),
        Field("currency", _("Currency"), cells.currency, (
            "currency", "accountcurrency", "currencyisocode", "currencycode", "arrcurrency",
        )),
        Field("seats", _("Seats"), cells.number(0, 2_147_483_647), (
            "seats", "licenses", "licences", "licensedseats", "users", "numberofseats", "licensecount",
        ), counted=True),
        Field("entitlements", _("Features"), cells.many(100), ("entitlements", "features", "products", "modules")),
        day_field("started_on", _("Customer since"), "startedon", "startdate", "customersince", "contractstartdate",
                  "contractstart", "becameacustomerdate", "closedate"),
        day_field("renewal_on", _("Renewal"), "renewalon", "renewaldate", "renewal", "contractenddate", "contractend",
                  "nextrenewal", "nextrenewaldate", "subscriptionenddate", "expirationdate"),
        day_field("churned_on", _("Churned"), "churnedon", "churndate", "cancellationdate", "dateofchurn"),
        Field("owner_email", _("Owner"), cells.member, (
            "owneremail", "owner", "accountowner", "companyowner", "csm", "customersuccessmanager", "csmemail",
            "csmowner", "accountowneremail", "hubspotowner", "csowner", "accountmanager", "ownername",
        ), looks="member"),
        Field("team", _("Team"), cells.emails, ("team", "accountteam", "teammembers")),
        EFFECTIVE,
    )  # fmt: skip

    def field(self, name: str) -> Field | None:
        start, dot, rest = name.partition(".")
        if start == "custom" and dot and 0 < len(rest) <= 100:
            return Field(name, rest, cells.anything)
        return super().field(name)

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        meet_own(lines, self.saver)
        find_members(lines, work, "owner_email", "team")
        find_above(lines, "parent", self.tree_ways, work)
        key = str(work.settings.get("key"))
        if key in ("domain", "name"):
            asking = [line for line in lines if line.values.get(key)]
            found = accounts_by(way=key, wanted={line.values[key].lower() for line in asking})
            meet(asking, key, lambda line: found.get(line.values[key].lower(), []))
        self._custom(good(lines))

    def _custom(self, lines: Sequence[Line]) -> None:
        """Gather the columns that are kept as custom values, beside those that the account has already."""
        having = [line for line in lines if any(name.startswith("custom.") for name in line.values)]
        ids = [line.id for line in having if line.id]
        keys = [line.values["external_id"] for line in having if line.values.get("external_id")]
        known: dict[Any, dict[str, Any]] = {}
        rows = Account.objects.filter(Q(pk__in=ids) | Q(external_id__in=keys)) if having else []
        for row in rows:
            known[row.pk] = known[row.external_id] = row.custom
        for line in having:
            custom = dict(known.get(line.id or line.values.get("external_id"), {}))
            for name in [one for one in line.values if one.startswith("custom.")]:
                custom[name.removeprefix("custom.")] = line.values.pop(name)
            line.values["custom"] = custom

    def known_twins(self, name: str, lines: Sequence[Line]) -> set[str]:
        return set(accounts_by(way=name, wanted={self.twin_words(line, name) for line in lines}))

    def decoded(self, name: str, value: Any) -> Any:
        return [UUID(one) for one in value] if name == "team_ids" else super().decoded(name, value)

    def bury(self, rows: Sequence[Any], work: Work) -> None:
        super().bury(rows, work)
        close_shares(account_ids=[row.pk for row in rows], actor=work.actor, at=work.at)


class Personas(SaverKind):
    name = "personas"
    label = _("People")
    saver = PersonaSaver
    keys = ("external_id", "email", "name")
    twins = ("email", "name")
    tree = "reports_to"
    fields = (
        Field("external_id", _("Your id"), cells.text(255), (
            "externalid", "recordid", "contactid", "id", "contactid18", "personid", "userid", "vid",
        )),
        *ACCOUNT_WAYS,
        Field("name", _("Name"), cells.text(200), ("name", "fullname", "contactname", "contact", "person")),
        Field("first_name", _("First name"), cells.text(100), ("firstname", "givenname", "forename", "vorname")),
        Field("last_name", _("Last name"), cells.text(100), ("lastname", "surname", "familyname", "nachname")),
        Field("email", _("E-mail"), cells.email, (
            "email", "emailaddress", "workemail", "mail", "primaryemail", "businessemail",
        ), looks="email"),
        Field("phone", _("Phone"), cells.text(50), (
            "phone", "phonenumber", "mobile", "mobilephone", "mobilephonenumber", "telephone", "businessphone",
        )),
        Field("title", _("Title"), cells.text(200), ("title", "jobtitle", "position", "function")),
        Field("language", _("Language"), cells.text(35), ("language", "preferredlanguage", "locale")),
        Field("time_zone", _("Time zone"), cells.zone, ("timezone", "contacttimezone")),
        Field("role", _("Role"), cells.word(Persona.Role.values, ROLE_WORDS), (
            "role", "buyingrole", "contactrole", "buyerrole", "persona", "stakeholderrole",
        )),
        Field("influence", _("Influence"), cells.number(1, 5), ("influence",)),
        Field("tracked", _("Counts in the score"), cells.flag, ("tracked", "counts")),
        Field("reports_to_external_id", _("Reports to, by your id"), cells.text(255), (
            "reportstoexternalid", "reportstoid", "managerid", "supervisorid",
        )),
        Field("reports_to_email", _("Reports to, by e-mail"), cells.email, ("reportstoemail", "manageremail")),
        Field("reports_to_name", _("Reports to, by name"), cells.text(200), ("reportstoname", "reportsto", "manager")),
        day_field("joined_on", _("Joined"), "joinedon", "joined", "startdate", "hiredate"),
        day_field("left_on", _("Left"), "lefton", "left", "enddate", "leavedate"),
        EFFECTIVE,
    )  # fmt: skip

    composed = {"name": ("first_name", "last_name", "email")}

    def judged_by(self, key: str, ways: Mapping[str, str]) -> set[str]:
        homes = {way.name for way in ACCOUNT_WAYS} if key not in ("", "external_id") else set()
        return super().judged_by(key, ways) | homes

    def key_words(self, line: Line, key: str) -> str:
        """A person is the same at the same account only: the account's words stand beside the key."""
        said = super().key_words(line, key)
        if not said or key == "external_id":
            return said
        home = next(
            (str(line.values[way.name]).lower() for way in ACCOUNT_WAYS if line.values.get(way.name)), ""
        )
        return f"{said}\n{home}"

    def compose(self, lines: Sequence[Line]) -> None:
        for line in lines:
            parts = [line.values.pop(name, "") for name in ("first_name", "last_name")]
            if whole := " ".join(part for part in parts if part):
                line.values.setdefault("name", whole)
            if not line.values.get("name") and line.values.get("email"):
                line.values["name"] = line.values["email"]

    def prepare(self, lines: Sequence[Line], work: Work) -> None:
        meet_own(lines, self.saver)
        find_account(lines)
        key = str(work.settings.get("key"))
        if key in ("email", "name"):
            asking = [line for line in lines if line.values.get(key)]
            found = personas_by(way=key, wanted={line.values[key].lower() for line in asking})
            meet(asking, key, lambda line: at_home(line, found.get(line.values[key].lower(), [])))
        homeless = [line for line in lines if "account" not in line.values and not line.id]
        wanted = {line.values["external_id"] for line in homeless if line.values.get("external_id")}
        known = personas_by(way="external_id", wanted=wanted)
        find_account_by_mail([line for line in homeless if line.values.get("external_id") not in known])
        find_above(lines, "reports_to", self.tree_ways, work)
        drop_ways(lines, "account")

    def twin_words(self, line: Line, name: str) -> str:
        said = super().twin_words(line, name)
        return f"{said}\n{line.values.get('account')}" if said else ""

    def known_twins(self, name: str, lines: Sequence[Line]) -> set[str]:
        words = {line.values[name].lower() for line in lines}
        found = personas_by(way=name, wanted=words, homes={line.values.get("account") for line in lines})
        return {f"{said}\n{one.account_id}" for said, meant in found.items() for one in meant}

    def decoded(self, name: str, value: Any) -> Any:
        return value if name == "profile_facts" else super().decoded(name, value)


def meet(lines: Sequence[Line], key: str, found: Any) -> None:
    """Put the id of the row that each line's key means; a key that means several is a fault."""
    for line in lines:
        meant = found(line)
        if len(meant) == 1:
            line.id = meant[0].id
        elif meant:
            said = line.values[key]
            line.fault(
                key, "ambiguous", f"{len(meant)} have {said}: match by another key, or merge them first."
            )


def at_home(line: Line, meant: Sequence[Any]) -> Sequence[Any]:
    """Of several people those at the row's account; a person who works elsewhere is another person."""
    home = line.values.get("account")
    return [one for one in meant if one.account_id == home] if home else meant
