"""The product's settings, with static files served as they lie: hashing and compressing them takes ten seconds."""

from csplatform.settings import *  # noqa: F403
from csplatform.settings import STATIC_ROOT, STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
