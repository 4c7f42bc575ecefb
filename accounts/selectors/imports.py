"""Imports with their jobs, and the mappings that are kept."""

from django.db.models import QuerySet

from accounts.models import Import, ImportMapping


def import_rows() -> QuerySet[Import]:
    """Imports with the job that is at work on them, and who handed them in."""
    return Import.objects.select_related("job", "created_by__user")


def import_mappings() -> QuerySet[ImportMapping]:
    """Kept mappings."""
    return ImportMapping.objects.all()
