"""Settings, read from the environment through functions that fail loudly on nonsense."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None or value == "":
        if default is not None:
            return default
        raise ImproperlyConfigured(f"{name} must be set")
    return value


def env_flag(name: str) -> bool:
    value = os.environ.get(name, "0").lower()
    if value not in ("0", "1", "true", "false", ""):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}")
    return value in ("1", "true")


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def database(url: str, owner_url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.username:
        raise ImproperlyConfigured("DATABASE_URL must be postgres://user:password@host:port/name")
    if not owner_url or urlsplit(owner_url).username == parts.username:
        raise ImproperlyConfigured("OWNER_DATABASE_URL must be set, and name another role than DATABASE_URL")
    return {
        "ENGINE": "csplatform.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "APP_ROLE": parts.username,
        "OWNER_URL": owner_url,
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": env_int("CONN_MAX_AGE", 86_400),  # a new one has every plan to make
        "OPTIONS": {
            "options": f"-c statement_timeout={env_int('STATEMENT_TIMEOUT_MS', 120_000)} -c lock_timeout=2000"
        },
    }


SECRET_KEY = env("SECRET_KEY")
# Former keys, with spaces between them: what they signed or sealed stays good while they stand here.
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
DEBUG = env_flag("CSP_DEBUG")
ALLOWED_HOSTS = env("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
PUBLIC_URL = env("PUBLIC_URL", f"http://127.0.0.1:{env_int('PORT', 8000)}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSP_HOME = Path(env("CSP_HOME", str(BASE_DIR / "var"))).resolve()

INSTALLED_APPS = [
    "csplatform",
    "journeys",
    "feedback",
    "relationships",
    "health",
    "accounts",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "csplatform.static_files.UsedStaticFiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "csplatform.health_checks.RequestMetrics",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csplatform.error_pages.MethodPages",
    "accounts.middleware.TenantMiddleware",  # last: everything before it runs outside a tenant
]

ROOT_URLCONF = "csplatform.urls"
WSGI_APPLICATION = "csplatform.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.access.shell",
            ]
        },
    }
]

DATABASES = {"default": database(env("DATABASE_URL"), env("OWNER_DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "csplatform_cache"},
    # What was made of one state of one tenant's book (health.selectors.kept); every process has its own.
    "book": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "book",
        "OPTIONS": {"MAX_ENTRIES": 40},
    },
    # Parts of the frame around every page (templates/base.html): the same for all who read it in one language.
    "frame": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "frame",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.access.InvitedOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "csplatform"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a reset for an unknown address sends nothing and says the same
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "/login"
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "/login"
LAST_TENANT_COOKIE = "last_tenant"
LOGIN_REDIRECT_URL = "/"

SESSION_ENGINE = "accounts.access"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env("EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "csplatform <noreply@localhost>")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", str(CSP_HOME / "static")))
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": CSP_HOME / "files"},
    },
    "staticfiles": {"BACKEND": "csplatform.static_files.RememberedStaticFiles"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.access.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.strict.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.base.schema.ResourceSchema",
    "EXCEPTION_HANDLER": "accounts.api.base.problem",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
API_DESCRIPTION = """\
Send a key with every request: `Authorization: Bearer csk_<prefix>_<secret>`. It acts as the member who made it, in their
organisation. Scopes: `read` reads; `write` reads, and writes every account; `admin` does everything, settings and
migrated history too; `ingest` sends usage and does nothing else. Without a good key 401, without the scope 403.

- **Lists**: `{"results", "next", "previous"}`; follow `next`. `limit` is 1 to 1000, 100 by default.
- **Repeating**: the same `Idempotency-Key` and body on a POST replay the answer for seven days; another body is 422.
- **Versions**: single objects have an `ETag`; a change that names an outdated one in `If-Match` is 412.
- **Errors**: `application/problem+json` with `errors: [{"pointer", "code", "detail"}]` and `request_id`. What is not yours
  and what does not exist answer alike.
- **Limits**: 600 requests a minute for each key, then 429 with `Retry-After` (`RateLimit-*` tell what is left); events of
  usage are not counted. A body has at most 32 MiB and 32 levels, a bulk 10,000 items.
"""
SPECTACULAR_SETTINGS = {
    "TITLE": "csplatform",
    "DESCRIPTION": API_DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["accounts.api.base.examples.complete"],
}

REDIS_URL = env("REDIS_URL")
# How many threads of a web process may serve tracking libraries at once: a burst never takes the last from people.
TRACKING_SLOTS = env_int("TRACKING_SLOTS", max(1, env_int("WEB_THREADS", 4) - 1))
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")  # lets a Prometheus on another machine read /metrics
# For development and tests only: webhooks may go to this machine, and over plain http. Else https to public addresses.
WEBHOOKS_TO_LOOPBACK = env_flag("CSP_WEBHOOKS_TO_LOOPBACK")
# Handlers of the outbox, by kind: a dotted path to a callable (*, ref, at) that runs in the tenant's scope.
OUTBOX_HANDLERS: dict[str, str] = {
    "send_invitation": "accounts.services.send_invitation",
    "roll_up_usage": "health.services.roll_up_usage",
    "group_usage": "health.services.group_usage",
    "follow_health": "health.services.follow_activity",
    "rescore_accounts": "health.services.rescore_accounts",
    "take_snapshots": "health.services.take_due_snapshots",
    "run_job": "accounts.services.run_job",
    "queue_webhooks": "accounts.services.queue_webhooks",
    "notify_members": "accounts.services.notify_members",
    "prescribe_steps": "journeys.services.prescribe_steps",
    "send_digest": "csplatform.services.send_digest",
    "tend_rounds": "relationships.services.tend_rounds",
    "read_pillars": "relationships.services.read_pillars",
}
# Who reads the activity log: each commit that writes to it leaves one outbox row of every kind named here, with
# the id of the transaction, and the handler claims that transaction's rows.
ACTIVITY_READERS = ["follow_health", "queue_webhooks", "notify_members"]
# Long jobs, by kind: a dotted path to a callable (*, job, at).
JOB_HANDLERS: dict[str, str] = {
    "edit_accounts": "accounts.services.edits.edit_step",
    "rescore_book": "health.services.rescore_book",
    "preview_scorecard": "health.services.preview_book",
    "preview_import": "accounts.services.imports.preview_step",
    "run_import": "accounts.services.imports.run_step",
    "undo_import": "accounts.services.imports.undo_step",
    "export": "accounts.services.exports.export_step",
    "erase_traces": "accounts.services.erasing.erase_step",
}
# Who keeps what arrives over REST and in files (accounts.services.arriving): a dotted path to a callable.
ARRIVALS = "health.services.note_write"
# What can be imported, by the name of the kind: a dotted path to a Kind (accounts.services.imports.kinds).
IMPORT_KINDS: dict[str, str] = {
    "accounts": "accounts.services.imports.book.Accounts",
    "personas": "accounts.services.imports.book.Personas",
    "ratings": "csplatform.imports.Ratings",
    "touches": "accounts.services.imports.happenings.Touches",
    "cases": "accounts.services.imports.happenings.Cases",
    "outcomes": "accounts.services.imports.happenings.Outcomes",
    "promises": "accounts.services.imports.happenings.Promises",
    "initiatives": "accounts.services.imports.happenings.Initiatives",
    "moments": "csplatform.imports.Moments",
    "advocate_asks": "csplatform.imports.AdvocateAsks",
    "situations": "csplatform.imports.Situations",
    "usage": "csplatform.imports.Usage",
}
# What is written into files besides the rows of the first floor: a dotted path to an Export (accounts.selectors.exports).
EXPORT_KINDS: dict[str, str] = {
    "ratings": "csplatform.exports.RATINGS",
    "moments": "csplatform.exports.MOMENTS",
    "advocate_asks": "csplatform.exports.ADVOCATE_ASKS",
    "situations": "csplatform.exports.SITUATIONS",
    "segment": "csplatform.exports.SEGMENT",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}},
}
