"""The literal lists of tenancy: what stands outside a wall, and why. Everything not listed stands inside."""

POLICY = "tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::int)"

# Tables that carry a tenant but no row level security: the door reads them to learn which tenant to open.
OUTSIDE_RLS = {
    "accounts.membership": "the door looks up the tenants of a signed-in user before a scope is open",
    "accounts.apikey": "the door looks up a key's tenant by its prefix before a scope is open",
    "accounts.invitation": "an invited person has no tenant until the token is redeemed",
}

# Addresses that answer without a login or a key. Everything else asks for one.
OPEN_ROUTES = {
    "healthz": "a supervisor asks whether the process lives; nothing of a tenant is read",
    "readyz": "a supervisor asks whether it can serve; nothing of a tenant is read",
    "metrics": "for the loopback or a bearer of its token; counts by route, of all tenants together",
    "login": "the way in",
    "login/code": "the way in, its second factor",
    "logout": "the way out",
    "inactive": "says that a login was switched off",
    "password/forgotten": "the way in for who forgot a password; says the same for every address",
    "password/sent": "says that a mail was sent",
    "password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)": "behind a mailed token",
    "password/changed": "says that the password was changed",
    "invitations/<str:token>": "behind a mailed token: an invited person has no login yet",
    "unsubscribe/<str:token>": "behind a signed token, in the footer of every digest",
    "shared/<str:token>": "behind a token: an account's customer has no login, and sees what was shared with them",
    "api/v1/openapi.json": "describes the doors, the same for everyone",
    "api/v1/docs": "describes the doors, the same for everyone",
    "v1/": "tracking libraries carry an ingest key, perhaps in the body, and ask before they know one",
}

# Tables without a tenant: they are the platform's, or name who may enter.
SHARED_TABLES = {
    "accounts.tenant": "the list of tenants itself",
    "accounts.user": "one person may belong to several tenants",
    "accounts.platformrun": "marks of jobs that serve the whole database, such as making partitions",
    "contenttypes.contenttype": "names of models",
    "auth.permission": "made by Django, unused",
    "auth.group": "made by Django, unused",
    "sessions.session": "a session names a user, never a tenant",
    "account.emailaddress": "e-mail addresses of users",
    "account.emailconfirmation": "confirmations of those addresses",
    "mfa.authenticator": "second factors of users",
    "migrations.migration": "which migrations ran",
}
SHARED_SQL_TABLES = {
    "csplatform_cache": "login throttles; keys carry the user or address, never a tenant's data",
}

# Tables in which the application may add rows but never change or remove one.
APPEND_ONLY = {
    "accounts.accountfact",
    "accounts.personafact",
    "accounts.casefact",
    "accounts.tenantfact",
    "accounts.acknowledgement",
    "accounts.activity",
    "accounts.noteversion",
    "accounts.promiseterm",
    "health.observation",
    "health.observationwithdrawal",
    "health.override",
    "health.raisedflag",
    "health.clearedflag",
    "health.signal",
    "health.scorecard",
    "relationships.rating",
    "relationships.ratingwithdrawal",
    "relationships.pillarrating",
    "relationships.pillarreading",
    "feedback.response",
    "feedback.responsewithdrawal",
    "journeys.placement",
}

# SECURITY DEFINER functions: each runs with the owner's rights, so each is listed with its reason.
DEFINER_FUNCTIONS = {
    "add_month": "creates the partition of one month; the application role owns no table",
    "tenants_with_work": "names the tenants that have work waiting; the dispatcher serves all tenants",
    "tenants_with_webhooks": "names the tenants that have webhooks to send; the dispatcher serves all tenants",
    "refresh_statistics": "ANALYZE after a large load; the application role owns no table",
    "find_by_words": "no index serves a search under a policy; answers with ids of the scope's tenant only",
    "accounts_by_words": "as find_by_words, with every account that has the words: what a table is narrowed to",
    "erase_persona": "blanks a person's name, address and free text in append-only tables",
    "erase_words": "takes the words that named an erased person out of the texts of append-only tables",
}

# The one trigger, on the tables that a portfolio reads: a statement there leaves a row in health_bookwrite, by which
# a stored portfolio is known to be out of date. No service could forget to say so, and no reader could be told too late.
TRIGGER = "book_written"
BOOK_TABLES = (
    "accounts_account",
    "accounts_accountfact",
    "accounts_accountteam",
    "accounts_tenantfact",
    "accounts_persona",
    "accounts_step",
    "accounts_case",
    "accounts_outcome",
    "accounts_touch",
    "accounts_acknowledgement",
    "health_score",
    "health_scoresnapshot",
    "health_signal",
)
