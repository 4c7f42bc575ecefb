"""Routes of what customers tell us."""

from accounts.api.base import resource_routes
from feedback.api import ResponseView

# Under /api/v1.
api_routes = [*resource_routes("responses", ResponseView)]
