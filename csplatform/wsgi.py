"""The web process; it refuses to serve where a wall of tenancy is down."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csplatform.settings")
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")  # nobody waits longer for a page; jobs may

application = get_wsgi_application()

from csplatform.boot import refuse_if_a_wall_is_down  # noqa: E402 (needs the apps loaded)

refuse_if_a_wall_is_down()
