"""Routes of the path that accounts take."""

from accounts.api.base import resource_routes
from journeys.api import PlacementView, StageView

# Under /api/v1.
api_routes = [*resource_routes("stages", StageView), *resource_routes("placements", PlacementView)]
