"""What migrations do that Django has no operation for: the house's functions, triggers and rights."""

from typing import Any

from django.db.migrations.operations.base import Operation


class InstallSQL(Operation):
    """Run statements as they stand, with ``{app}`` replaced by the name of the application's role.

    Unlike RunPython it asks for no models, which Django would render anew, and unlike RunSQL it knows the role.
    """

    def __init__(self, forwards: str, backwards: str) -> None:
        self.forwards = forwards
        self.backwards = backwards

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.run(schema_editor, self.forwards)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.run(schema_editor, self.backwards)

    def run(self, schema_editor: Any, sql: str) -> None:
        app = schema_editor.quote_name(schema_editor.connection.settings_dict["APP_ROLE"])
        schema_editor.execute(sql.replace("{app}", app), params=None)


class AmendFunction(Operation):
    """Write a listed function again with some of its passages changed, so that a floor above can add what it keeps.

    ``passages`` are pairs (as it is, as it becomes); each must stand in the function exactly once.
    """

    def __init__(self, function: str, passages: list[tuple[str, str]]) -> None:
        self.function = function
        self.passages = passages

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.amend(schema_editor, self.passages)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.amend(schema_editor, [(new, old) for old, new in reversed(self.passages)])

    def amend(self, schema_editor: Any, passages: list[tuple[str, str]]) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [self.function])
            [text] = cursor.fetchone()
        for old, new in passages:
            if text.count(old) != 1:
                raise RuntimeError(f"{self.function} is not as this migration knows it: {old!r}")
            text = text.replace(old, new)
        schema_editor.execute(text, params=None)
