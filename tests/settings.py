"""The product's settings, with static files served as they lie, and found when they are asked for: hashing and
compressing them takes ten seconds, and looking at all of them a good part of the time of a test with a client."""

from csplatform.settings import *  # noqa: F403
from csplatform.settings import STATIC_ROOT, STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
