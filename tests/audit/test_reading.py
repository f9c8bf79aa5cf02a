"""A kept SELECT reads what Django's own would."""

from collections.abc import Callable

import pytest

from apps.audit.reading import Reading
from apps.proposals.models import Proposal
from apps.reviews.models import Task
from tests import factories

pytestmark = pytest.mark.django_db

TASKS = Reading(Task, "queue", "proposal__slice", "proposal__action_type")


def test_rows_and_their_neighbours_are_as_django_reads_them(
    house: factories.House, django_assert_num_queries: Callable[..., object]
) -> None:
    proposal = factories.pending(house, house.now)
    theirs = Task.objects.select_related("queue", "proposal__slice", "proposal__action_type").get()
    with django_assert_num_queries(1):
        ours = TASKS.first("WHERE proposals_proposal.id = %s", [proposal.pk])
        assert ours is not None
        pairs = [
            (ours, theirs),
            (ours.queue, theirs.queue),
            (ours.proposal, theirs.proposal),
            (ours.proposal.slice, theirs.proposal.slice),
            (ours.proposal.action_type, theirs.proposal.action_type),
        ]
        for our, their in pairs:
            assert type(our) is type(their)
            assert _values(our) == _values(their)
    ours.proposal.refresh_from_db()
    assert not ours._state.adding


def test_nothing_found_is_nothing(house: factories.House) -> None:
    assert TASKS.first("WHERE reviews_task.status = %s", ["gone"]) is None
    assert TASKS.all("WHERE false", []) == []


def test_values_are_never_part_of_the_statement(house: factories.House) -> None:
    factories.pending(house, house.now)
    rows = Reading(Proposal)
    assert rows.all("WHERE external_id = %s", ["' OR true --"]) == []
    assert len(rows.all("WHERE external_id <> %s", ["100%"])) == 1


def _values(row: object) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
