"""Every route: pages under /t/<slug>/, REST under /api/v1, identity at the root."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
