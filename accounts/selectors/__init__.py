"""Every read of the first floor."""

from accounts.selectors.activity import (
    ActivityFilter,
    ActivityPage,
    activity_page,
    activity_verbs,
)
from accounts.selectors.feed import features, feed_after, listed_features
from accounts.selectors.finding import FoundByWords, find_by_words, folded
from accounts.selectors.identity import (
    api_keys,
    exchange_rates,
    members,
    memberships_of,
    open_invitations,
)
from accounts.selectors.imports import import_mappings, import_rows
from accounts.selectors.notes import (
    Nameable,
    account_notes,
    mention_words,
    nameable_members,
    note_body,
    note_rows,
    note_versions,
    persona_notes,
    the_note,
)
from accounts.selectors.references import (
    Found,
    Target,
    find_accounts,
    find_members,
    find_personas,
)
from accounts.selectors.rows import (
    account_rows,
    case_rows,
    outcome_rows,
    persona_rows,
    step_rows,
    touch_rows,
    touchpoint_rows,
)
from accounts.selectors.touches import (
    LastTouch,
    TouchFilter,
    TouchpointUse,
    last_touches,
    touches,
    touchpoint_labels,
    touchpoint_uses,
)
from accounts.selectors.webhooks import DeliveryPage, delivery_page, delivery_rows, webhook_list, webhook_rows
from accounts.selectors.work import (
    WaitingWork,
    dead_work,
    latest_jobs,
    waiting_work,
)

__all__ = [
    "ActivityFilter",
    "ActivityPage",
    "DeliveryPage",
    "Found",
    "FoundByWords",
    "LastTouch",
    "Nameable",
    "Target",
    "TouchFilter",
    "TouchpointUse",
    "WaitingWork",
    "account_notes",
    "account_rows",
    "activity_page",
    "activity_verbs",
    "api_keys",
    "case_rows",
    "dead_work",
    "delivery_page",
    "delivery_rows",
    "exchange_rates",
    "features",
    "feed_after",
    "find_accounts",
    "find_by_words",
    "find_members",
    "find_personas",
    "folded",
    "import_mappings",
    "import_rows",
    "last_touches",
    "latest_jobs",
    "listed_features",
    "members",
    "memberships_of",
    "mention_words",
    "nameable_members",
    "note_body",
    "note_rows",
    "note_versions",
    "open_invitations",
    "outcome_rows",
    "persona_notes",
    "persona_rows",
    "step_rows",
    "the_note",
    "touch_rows",
    "touches",
    "touchpoint_labels",
    "touchpoint_rows",
    "touchpoint_uses",
    "waiting_work",
    "webhook_list",
    "webhook_rows",
]
