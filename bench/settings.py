"""The product's settings, with the references of the benchmarks beside the product's routes."""

from csplatform.settings import *  # noqa: F403
from csplatform.settings import STORAGES

ROOT_URLCONF = "bench.references"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
