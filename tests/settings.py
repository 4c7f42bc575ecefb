"""The product's settings, with static files served as they lie, and found when they are asked for: hashing and
compressing them takes ten seconds, and looking at all of them a good part of the time of a test with a client."""

import gc

from csplatform.settings import *  # noqa: F403
from csplatform.settings import STATIC_ROOT, STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# A process of tests holds much and makes much: searching it for garbage every 700 objects is a tenth of its time.
gc.set_threshold(20_000, 10, 10)
