"""Which static files the web server carries, and under which names.

Those of packages that no page uses only cost time to compress.
"""

from functools import cache
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class UsedStaticFiles(StaticFilesConfig):
    """django.contrib.staticfiles without the browsable API and without other editions of htmx."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "ext", "htmx-4*"]


class RememberedStaticFiles(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content; each address is made once in a process, a page asks for thirty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url = cache(super().url)  # type: ignore[method-assign]
