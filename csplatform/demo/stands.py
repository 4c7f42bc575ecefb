"""Who stands how to whom at a company of the demo, who of ours beside whom of theirs, and who the main contact is, each
since its day."""

from typing import Any
from uuid import UUID

from accounts import services as accounts
from csplatform.demo.shapes import Company
from relationships import services as relationships


def save_stands(company: Company, loaded: Any) -> None:
    """Write the edges, the pairings and the main contacts of a company; ``loaded`` as the loader has it."""
    people = {name: id for (account, name), id in loaded.people.items() if account == company.external_id}
    for one in company.stands:
        values = {
            "persona": people[one.who],
            "kind": one.how,
            "target": people[one.whom],
            "strength": one.strength,
        }
        id = _write(relationships.save_edges, {**values, "from_on": loaded.day(one.ago)}, loaded.ago(one.ago))
        if one.until_ago is not None:
            ended = {"until_on": loaded.day(one.until_ago)}
            _write(relationships.save_edges, ended, loaded.ago(one.until_ago), id)
    for pair in company.pairs:
        email = loaded.members[pair.colleague].membership.user.email
        paired = {"persona": people[pair.person], "member_email": email, "from_on": loaded.day(pair.ago)}
        _write(relationships.save_pairings, paired, loaded.ago(pair.ago))
    for name, ago in company.contacts:
        home = loaded.accounts[company.external_id]
        _write(accounts.save_accounts, {"main_contact": people[name]}, loaded.ago(ago), home)


def _write(save: Any, values: dict[str, Any], at: Any, id: UUID | None = None) -> UUID | None:
    mode = accounts.Mode.UPDATE if id else accounts.Mode.CREATE
    (saved,) = save(items=[accounts.Item(values=values, id=id)], mode=mode, actor=None, at=at)
    return accounts.only([saved]).id
