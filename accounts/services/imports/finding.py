"""Finds the accounts, people and members that rows name, in whichever way they name them.

The ways of one object are tried in their order, and the first that finds one counts. One query per way and chunk.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.selectors.matches import Matches, accounts_by, personas_by
from accounts.selectors.references import Target
from accounts.services.imports.kinds import Line, Work

Find = Callable[..., Matches]
FREE_MAIL = frozenset([
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com",
    "aol.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.com", "zoho.com", "yandex.ru",
    "qq.com", "163.com",
])  # fmt: skip
SAID = {"external_id": "external id", "email": "e-mail", "name": "name", "domain": "domain"}


def find_account(lines: Sequence[Line]) -> None:
    """Put the account that each row names under ``account``: by external id, domain or name."""
    _find(lines, "account", ("external_id", "domain", "name"), accounts_by, keep=True)
    for line in lines:
        given = _given(line, "account", ("name", "external_id", "domain"))
        if given and "account" not in line.values and not line.faults:
            _unknown(line, "account", given)


def find_persona(lines: Sequence[Line]) -> None:
    """Put the person that each row names under ``persona``, of the row's account where it names one."""
    _find(lines, "persona", ("external_id", "email", "name"), personas_by, keep=False)


def find_above(lines: Sequence[Line], tree: str, ways: Mapping[str, str], work: Work) -> None:
    """Put the row above under ``tree``; one that only the file knows is left to be linked later."""
    find = accounts_by if tree == "parent" else personas_by
    names = tuple(ways.values())
    _find(lines, tree, names, find, keep=True)
    for line in lines:
        given = _given(line, tree, names)
        for way in names:
            line.values.pop(f"{tree}_{way}", None)
        if not given or tree in line.values:
            continue
        if work.in_file is not None and work.in_file(*given):
            line.after[tree] = given[1]
        else:
            _unknown(line, tree, given)


def find_members(lines: Sequence[Line], work: Work, *names: str) -> None:
    """Turn names of members into their e-mails, and lists of them; the unknown are refused or left out."""
    for line in lines:
        for name in names:
            value = line.values.get(name)
            if isinstance(value, str):
                line.values[name] = _member(line, name, value, work)
                if line.values[name] is None:
                    del line.values[name]
            elif isinstance(value, list):
                found = [_member(line, name, one, work) for one in value]
                line.values[name] = [one for one in found if one]


def _member(line: Line, name: str, said: str, work: Work) -> str | None:
    found = work.members.get(" ".join(said.lower().split()))
    if found is None and name == "owner_email":
        line.strangers.append(said)
    if found is None and work.settings.get("unknown_owner") != "empty":
        line.fault(name, "unknown_member", f"{said} is no active member.")
    return found


def _find(lines: Sequence[Line], name: str, ways: Sequence[str], find: Find, *, keep: bool) -> None:
    for way in ways:
        column = f"{name}_{way}"
        asking = [line for line in lines if line.values.get(column) and not line.values.get(name)]
        found = find(way=way, wanted={_word(line.values[column], way) for line in asking})
        for line in asking:
            _take(line, name, way, found.get(_word(line.values[column], way), []))
    if keep:
        return
    for line in lines:
        given = _given(line, name, ways)
        for way in ways:
            line.values.pop(f"{name}_{way}", None)
        if given and name not in line.values and not line.faults:
            _unknown(line, name, given)


def _take(line: Line, name: str, way: str, meant: Sequence[Target]) -> None:
    home = line.values.get("account")
    if name != "account" and home is not None and way != "external_id":
        meant = [one for one in meant if one.account_id == home] or meant
    if len(meant) == 1:
        line.values[name] = meant[0].id
    elif meant:
        said = line.values[f"{name}_{way}"]
        line.fault(f"{name}_{way}", "ambiguous", f"{len(meant)} have the {SAID[way]} {said}: which is meant?")


def find_account_by_mail(lines: Sequence[Line]) -> None:
    """The account of a person who names none: the only one with the domain of their e-mail."""
    asking = [line for line in lines if "account" not in line.values and not line.faults]
    hosts = {line: str(line.values.get("email", "")).lower().rpartition("@")[2] for line in asking}
    found = accounts_by(way="domain", wanted=set(hosts.values()) - FREE_MAIL - {""})
    for line, host in hosts.items():
        meant = found.get(host, [])
        if len(meant) == 1:
            line.values["account"] = meant[0].id


def drop_ways(
    lines: Sequence[Line], name: str, ways: Sequence[str] = ("external_id", "domain", "name")
) -> None:
    """Take the words by which something was found off the rows."""
    for line in lines:
        for way in ways:
            line.values.pop(f"{name}_{way}", None)


def _given(line: Line, name: str, ways: Sequence[str]) -> tuple[str, str] | None:
    return next(
        ((way, str(line.values[f"{name}_{way}"])) for way in ways if line.values.get(f"{name}_{way}")), None
    )


def _unknown(line: Line, name: str, given: tuple[str, str]) -> None:
    way, said = given
    thing = {"account": "account", "parent": "account"}.get(name, "person")
    line.fault(f"{name}_{way}", "missing", f"No {thing} has the {SAID[way]} {said}.")


def _word(value: Any, way: str) -> str:
    return str(value) if way == "external_id" else str(value).lower()
