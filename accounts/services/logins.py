"""A person's own settings: they belong to the login, not to a tenant, and no activity log holds them."""

from dataclasses import asdict, dataclass

from django.db import transaction

from accounts.models import User


@dataclass(frozen=True)
class Profile:
    """Name, colours (a User.Theme), time zone (an IANA name; empty: the tenant's), and whether a letter alone may lead
    to a page."""

    name: str
    theme: str
    time_zone: str
    single_keys: bool


@transaction.atomic
def change_profile(*, user: User, profile: Profile) -> None:
    """Keep a person's own settings, whole."""
    wanted = asdict(profile)
    for key, value in wanted.items():
        setattr(user, key, value)
    user.save(update_fields=list(wanted))


@transaction.atomic
def choose_theme(*, user: User, theme: str) -> None:
    """Keep a person's choice of colours. Raises ValueError for another word than User.Theme knows."""
    user.theme = User.Theme(theme).value
    user.save(update_fields=["theme"])
