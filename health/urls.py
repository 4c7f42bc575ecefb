"""Routes of the second floor."""

from django.urls import path

from health.api.usage import UnmatchedUsageView, UsageEventsView

# Under /api/v1.
api_routes = [
    path("usage/events", UsageEventsView.as_view({"post": "create"}), name="api-usage-events"),
    path("usage/unmatched", UnmatchedUsageView.as_view({"get": "list"}), name="api-usage-unmatched"),
]
