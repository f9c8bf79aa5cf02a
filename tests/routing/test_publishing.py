"""Versions of the routing policy: published with a reason where a ceiling rises, never changed after."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.registry.states import Stage
from apps.routing.actions import ReasonMissing, publish_policy
from apps.routing.ceilings import STARTING
from apps.routing.models import MatrixCell, PolicyVersion
from tests import factories
from tests.factories import House


def published(house: House, reason: str = "", *, own: bool = True, **changes: Any) -> PolicyVersion:
    """A version with these changes in every cell that is not too dangerous for them."""
    cells = factories.matrix_cells()
    for cell in cells:
        if cell.consequence in ("low", "moderate"):
            for name, value in changes.items():
                setattr(cell, name, value)
    return publish_policy(
        workflow=house.workflow if own else None, cells=cells, reason=reason, by=house.adam, now=house.now
    )


def test_a_version_and_its_cells_are_never_changed_nor_removed(house: House) -> None:
    version = published(house, "for a test")
    cells = MatrixCell.objects.filter(version=version)
    versions = PolicyVersion.objects.filter(pk=version.pk)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        versions.update(reason="another")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        cells.update(ceiling=Stage.SHADOW)
    for rows in (cells, versions):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows._raw_delete(rows.db)


@pytest.mark.parametrize("own", [True, False])
def test_raising_a_ceiling_needs_a_reason_and_lowering_it_none(house: House, own: bool) -> None:
    lowered = published(house, own=own, ceiling=Stage.SHADOW)
    assert lowered.reason == ""
    for reason in ("", "  "):
        with pytest.raises(ReasonMissing, match="low, reversible"):
            published(house, reason, own=own, ceiling=Stage.ASSISTED)
    assert (
        published(house, "audited for a year", own=own, ceiling=Stage.ASSISTED).number == lowered.number + 1
    )
    assert published(house, own=own, ceiling=Stage.ASSISTED, quorum=2).reason == ""


def test_a_first_own_matrix_is_compared_with_the_one_that_held_before(house: House) -> None:
    published(house, own=False, ceiling=Stage.ASSISTED)
    with pytest.raises(ReasonMissing):
        published(house)


def test_a_first_matrix_is_compared_with_the_ceilings_of_a_fresh_installation(
    db: None, now: datetime
) -> None:
    cells = factories.matrix_cells()
    with pytest.raises(ReasonMissing, match="ceiling rises: moderate, irreversible"):
        publish_policy(workflow=None, cells=cells, reason="", by=None, now=now)
    next(
        one for one in cells if one.ceiling != STARTING[one.consequence, one.reversibility]
    ).ceiling = "shadow"
    assert publish_policy(workflow=None, cells=cells, reason="", by=None, now=now).reason == ""
