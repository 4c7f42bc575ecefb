"""Which static files the web server carries: those of packages that no page uses only cost time to compress."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class UsedStaticFiles(StaticFilesConfig):
    """django.contrib.staticfiles without the browsable API and without other editions of htmx."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "ext", "htmx-4*"]
