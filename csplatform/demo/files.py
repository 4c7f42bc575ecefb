"""Files that the demo's admin handed in: accounts of the CRM with some wrong rows, the cards of a fair that enter a person
twice, people of a webinar that were taken back an hour later; and a file that was asked for."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from accounts import services as accounts
from accounts.models import Actor, Job
from accounts.services import imports
from csplatform.demo.load import Loaded, admin, domain
from csplatform.demo.shapes import Company

HOUR = dt.timedelta(hours=1)
NUMBERED = {
    "columns": {
        "Account ID": "external_id",
        "Account Owner": "owner_email",
        "Customer No.": "custom.customer_number",
    },
    "key": "external_id",
}
GUESTS = ("Noor Haddad", "Tomasz Wilk", "Aiko Mori", "Fergus Boyle", "Ines Prado", "Li Wen", "Sunniva Dahl")
STRANGER = "Priya Nair"  # named as owner, and no member


def hand_in_files(*, companies: Sequence[Company], loaded: Loaded) -> None:
    """Both imports, run by the steps that a worker does, and the export. Needs the tenant's scope."""
    served = [company for company in companies if company.churned_ago is None][:10]
    actor = admin(loaded)
    run(accounts_file(served, loaded), "accounts", "crm-accounts.csv", actor, loaded.ago(6), NUMBERED)
    run(cards_file(served[-1]), "personas", "fair-cards.csv", actor, loaded.ago(4))
    taken = run(people_file(served), "personas", "webinar-guests.csv", actor, loaded.ago(2))
    imports.undo_import(id=taken.pk, actor=actor, at=loaded.ago(2) + HOUR)
    work_off(loaded.ago(2) + HOUR)
    accounts.start_export(kind="accounts", format="csv", actor=actor, at=loaded.ago(1))
    work_off(loaded.ago(1))


def run(
    content: bytes,
    kind: str,
    filename: str,
    actor: Actor,
    at: dt.datetime,
    mapping: dict[str, Any] | None = None,
) -> Any:
    """One import, from the file to its end."""
    one = imports.upload_import(
        kind=kind,
        filename=filename,
        file=io.BytesIO(content),
        size=len(content),
        actor=actor,
        at=at,
        mapping=mapping,
    )
    imports.preview_import(id=one.pk, actor=actor, at=at)
    imports.run_import(id=one.pk, actor=actor, at=at)
    work_off(at)
    return one


def work_off(at: dt.datetime) -> None:
    """Do every step of the jobs that wait."""
    while job := Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first():
        accounts.run_job(ref={"job": str(job.pk)}, at=at)


def accounts_file(served: Sequence[Company], loaded: Loaded) -> bytes:
    """Customer numbers of the CRM; of the last rows two name an owner whom nobody knows, and one an account."""
    rows = [
        [company.external_id, loaded.members[company.owner].membership.user.name, f"K-{20_400 + number}"]
        for number, company in enumerate(served)
    ]
    for row in rows[-2:]:
        row[1] = STRANGER
    return table(list(NUMBERED["columns"]), [*rows, ["crm-9999", "", "K-20499"]])


def people_file(served: Sequence[Company]) -> bytes:
    """Guests of a webinar, as an event tool lists them; one of a company that nobody knows."""
    rows = [
        [name, f"{name.lower().replace(' ', '.')}@{domain(company)}", company.name]
        for name, company in zip(GUESTS, served, strict=False)
    ]
    return table(
        ["Name", "Email", "Company"], [*rows, ["Otto Lang", "otto@nowhere.example", "Nowhere & Sons"]]
    )


def cards_file(company: Company) -> bytes:
    """A card of somebody who is known already, under an address that is not."""
    known = company.people[0].name
    private = f"{known.split()[0].lower()}@home.example"
    return table(["Name", "Email", "Company"], [[known, private, company.name]])


def table(head: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()
