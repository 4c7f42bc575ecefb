"""What the database cannot do once keys are composite."""

from typing import Any

from django.db.backends.postgresql import features

from csplatform.postgres.schema import has_tenant


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: Any) -> bool:
        """GROUP BY id implies the other columns only if id alone is the key."""
        return not has_tenant(model) and super().allows_group_by_selected_pks_on_model(model)
