"""What may stand in the ledger as evidence, the database knows too."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from apps.trust.models import LedgerEntry
from apps.trust.states import NotEvidence, Source
from tests import factories
from tests.trust import earning


def _copied(entry: LedgerEntry, **changes: Any) -> LedgerEntry:
    """The same entry from another source and about other content, written past every verb."""
    other = LedgerEntry.objects.get(source_id=entry.source_id)
    other.pk = None
    values = {"source_id": uuid4(), "content_sha256": uuid4().hex * 2, **changes}
    for name, value in values.items():
        setattr(other, name, value)
    other.save(force_insert=True)
    return other


@pytest.mark.parametrize("source", [Source.ENDING, Source.OUTCOME, Source.VETO])
def test_what_no_person_decided_never_counts(house: factories.House, source: Source) -> None:
    (entry,) = earning.reviewed(house, earning.a_slice(house), 1)
    with pytest.raises(IntegrityError, match="named_people_only"), transaction.atomic():
        _copied(entry, source_kind=source)
    assert _copied(
        entry, source_kind=source, is_counted=False, feeds="", not_counted_because=NotEvidence.OUTCOME_ONLY
    ).pk


@pytest.mark.parametrize("source", [Source.DECISION, Source.HUMAN])
def test_what_counts_names_its_person(house: factories.House, source: Source) -> None:
    (entry,) = earning.reviewed(house, earning.a_slice(house), 1)
    with pytest.raises(IntegrityError, match="named_people_only"), transaction.atomic():
        _copied(entry, source_kind=source, decided_by="")
    assert _copied(entry, source_kind=source).pk
