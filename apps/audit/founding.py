"""Makes the tables of a migration together, which takes a tenth of the time of making them one change at a time.

After each operation of a migration Django draws every model again that is related to one that changes; here most
models are related to most others. Nothing between the operations of a first migration needs those drawings: the
tables can be made as they are in the end.
"""

from collections.abc import Iterator, Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import AddField
from django.db.migrations.operations.models import AddConstraint, AddIndex, AlterUniqueTogether, CreateModel
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

# What a table that is made in its last shape has from the start.
Shape = AddField | AddIndex | AddConstraint | AlterUniqueTogether


class Together(Operation):
    """Operations of a first migration, whose models are drawn once: `operations = [Together([...])]`.

    Takes what `makemigrations` writes into one: creations, and additions to what is created here or was before.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        """Raises TypeError for an operation that may need a state in between, such as RunSQL or AlterField."""
        for one in operations:
            if not isinstance(one, CreateModel | AddTrigger | Shape):
                raise TypeError(
                    f"{type(one).__name__} cannot be done together with others: put it after them"
                )
        self.operations = list(operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """All changes at once: what was drawn is put away, and drawn again when it is asked for."""
        state.__dict__.pop("apps", None)
        for one in self.operations:
            one.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """The new tables in their last shape, then what is added to older ones, then the triggers."""
        for one in self._in_order():
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """The same way back; triggers of a dropped table go with it."""
        created = self._created()
        for one in reversed(list(self._in_order())):
            if not (isinstance(one, AddTrigger) and one.model_name.lower() in created):
                one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """For `migrate --plan`."""
        return "; ".join(one.describe() for one in self.operations)

    def _in_order(self) -> Iterator[Operation]:
        created = self._created()
        yield from (one for one in self.operations if isinstance(one, CreateModel))
        for one in self.operations:
            if isinstance(one, Shape) and _changed(one) not in created:
                yield one
        yield from (one for one in self.operations if isinstance(one, AddTrigger))

    def _created(self) -> set[str]:
        return {one.name_lower for one in self.operations if isinstance(one, CreateModel)}


def _changed(operation: Shape) -> str:
    """The lower-case name of the model an addition belongs to."""
    return (
        operation.name_lower if isinstance(operation, AlterUniqueTogether) else operation.model_name.lower()
    )
