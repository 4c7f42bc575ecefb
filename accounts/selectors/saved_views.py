"""The saved views that a member may see, their own and those of the team; and a page's menu of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Actor, Membership, Role, SavedView, User
from accounts.selectors.identity import columns_of, rows_of

NOT_KEPT = ("view", "page", "csrfmiddlewaretoken")
NO_VIEW = "all"


@dataclass(frozen=True)
class Tab:
    """One view in the menu. ``changed``: the page shows something else than the view keeps by now."""

    label: str
    href: str
    current: bool = False
    changed: bool = False
    icon: str = ""
    whose: str = ""


@dataclass(frozen=True)
class ViewsMenu:
    """A page's views for one member. ``query`` is what the page shows now; ``opening`` an address to go to first."""

    page: str
    query: str
    tabs: list[Tab]
    current: SavedView | None
    changed: bool
    may_save: bool
    may_change: bool
    may_default: bool
    opening: str
    clear: str
    roles: Sequence[tuple[str, Any]] = tuple(Role.choices)
    nobody: tuple[str, ...] = ()


def plain_query(query: str) -> str:
    """A query as it is kept: without empty values and the page's number, in one order, so that equals are equal."""
    pairs = parse_qsl(query.removeprefix("?"), errors="surrogatepass")
    return urlencode(sorted(pair for pair in pairs if pair[0] not in NOT_KEPT), errors="surrogatepass")


def visible_views(*, actor: Actor) -> QuerySet[SavedView]:
    """Own and shared views with their owners."""
    mine = Q(owner_id=actor.member_id) | Q(shared=True)
    return SavedView.objects.filter(mine).select_related("owner__user")


# Written once and not compiled each time: every page with views asks it.
VIEWS = f"""SELECT {columns_of(SavedView, Membership, User)} FROM accounts_savedview
JOIN accounts_membership ON accounts_membership.tenant_id = accounts_savedview.tenant_id
    AND accounts_membership.id = accounts_savedview.owner_id
JOIN accounts_user ON accounts_user.id = accounts_membership.user_id
WHERE accounts_savedview.tenant_id = %s AND accounts_savedview.page = %s
    AND (accounts_savedview.owner_id = %s OR accounts_savedview.shared)
ORDER BY accounts_savedview.shared DESC, accounts_savedview.name, accounts_savedview.id"""


def views_of_page(*, page: str, actor: Actor) -> list[SavedView]:
    """The views of one page that this member sees, the team's first, by name."""
    found = rows_of(VIEWS, [actor.tenant_id, page, actor.member_id], SavedView, Membership, User)
    for view, owner, user in found:
        view.owner, owner.user = owner, user
    return [view for view, _owner, _user in found]


def opening_view(*, views: Sequence[SavedView], actor: Actor) -> SavedView | None:
    """The one of these with which the page opens for this member's role."""
    return next((view for view in views if view.shared and actor.role in view.default_for), None)


def views_menu(*, page: str, here: str, query: str, everything: str, actor: Actor) -> ViewsMenu:
    """The menu of a page at the address ``here`` with this query; ``everything`` names the page without a view.

    A page that is opened without any query opens with the view of the member's role, if there is one: ``opening``.
    """
    views, asked = views_of_page(page=page, actor=actor), dict(parse_qsl(query, errors="surrogatepass"))
    usual = opening_view(views=views, actor=actor)
    shown, current = plain_query(query), _named(views, asked.get("view", ""))
    clear = f"{here}?view={NO_VIEW}" if usual else here
    changed = current is not None and current.query != shown
    tabs = [Tab(everything, clear, current=current is None and not shown)]
    tabs += [_tab(view, here, view is current, view is current and changed, actor) for view in views]
    return ViewsMenu(
        page=page,
        query=shown,
        tabs=tabs,
        current=current,
        changed=changed,
        may_save=actor.writes_some,
        may_change=current is not None and (current.owner_id == actor.member_id or actor.writes_all),
        may_default=actor.writes_all,
        opening=_address(here, usual) if usual and not query else "",
        clear=clear,
    )


def _tab(view: SavedView, here: str, current: bool, changed: bool, actor: Actor) -> Tab:
    if not view.shared:
        icon, whose = "lock", _("Only you see this view")
    else:
        icon = "people" if view.owner_id != actor.member_id else ""
        whose = _("Shared by %(name)s") % {"name": view.owner.user}
    return Tab(view.name, _address(here, view), current, changed, icon, whose)


def _address(here: str, view: SavedView) -> str:
    return f"{here}?{view.query}{'&' if view.query else ''}view={view.pk}"


def _named(views: Sequence[SavedView], id: str) -> SavedView | None:
    try:
        wanted = UUID(id)
    except ValueError:
        return None
    return next((view for view in views if view.pk == wanted), None)
