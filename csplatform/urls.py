"""Every route: pages under /t/<slug>/, REST under /api/v1, identity at the root."""

from django.urls import URLPattern, URLResolver, include, path

from csplatform import api, health_checks
from csplatform.views import risk, today

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health_checks.healthz),
    path("readyz", health_checks.readyz),
    path("metrics", health_checks.metrics),
    path("api/v1/", include(api.routes)),
    path("t/<slug:slug>/", today.today, name="today"),
    path("", include("relationships.urls")),
    path("t/<slug:slug>/risk", risk.risk, name="risk"),
    path("", include("accounts.urls")),
]
