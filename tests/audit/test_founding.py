import pytest
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel, RunSQL
from django.db.migrations.state import ProjectState
from django.db.models import BigAutoField, IntegerField

from apps.audit.founding import Together


def _state(operations: list[CreateModel | AddField], *, together: bool) -> ProjectState:
    state = ProjectState()
    for one in [Together(operations)] if together else operations:
        one.state_forwards("somewhere", state)
    return state


def test_the_state_after_is_that_of_one_after_another() -> None:
    operations = [
        CreateModel("Cause", [("id", BigAutoField(primary_key=True))]),
        CreateModel("Effect", [("id", BigAutoField(primary_key=True))]),
        AddField("Effect", "cause", models.ForeignKey("somewhere.Cause", models.PROTECT)),
        AddField("Cause", "size", IntegerField(default=0)),
    ]

    assert _state(operations, together=True) == _state(operations, together=False)


def test_what_may_need_a_state_in_between_is_refused() -> None:
    with pytest.raises(TypeError, match="RunSQL cannot be done together"):
        Together([RunSQL("SELECT 1")])


def test_every_app_makes_its_tables_together() -> None:
    """Otherwise related models are drawn again after each operation: most of the time of a first start."""
    initial = [
        migration
        for migration in MigrationLoader(None).disk_migrations.values()
        if type(migration).__module__.startswith("apps.") and type(migration).initial
    ]

    assert len(initial) > 15
    assert [str(one) for one in initial if not isinstance(one.operations[0], Together)] == []
