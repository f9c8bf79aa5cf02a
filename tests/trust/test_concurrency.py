"""Exactly once, whoever presses at the same moment: the ledger, the two signatures, and the promotion."""

import threading
from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.db import connection, transaction

from apps.accounts.policies import NotAllowed
from apps.registry.states import Stage
from apps.trust import recommending
from apps.trust.actions import record
from apps.trust.models import LedgerEntry, Signature, Slice, Standing, TrustEvent
from apps.trust.recomputing import differences
from apps.trust.states import Move, Source
from tests import factories
from tests.together import at_once, somebody_waits_for_us
from tests.trust import earning
from tests.waiting import until


def _record(house: factories.House, slice_id: int, version_id: int, source_id: object) -> LedgerEntry | None:
    return record(
        slice_id=slice_id,
        agent_version_id=version_id,
        proposal_id=uuid4(),
        source=(Source.DECISION, source_id),  # type: ignore[arg-type]
        wrong=False,
        confidence=0.99,
        content_sha256=uuid4().hex * 2,
        decided_by="Alice",
        now=house.now,
    )


def test_the_same_decision_at_once_is_written_once(live_house: factories.House) -> None:
    row, version, source = earning.a_slice(live_house), earning.version(live_house), uuid4()
    written = at_once([partial(_record, live_house, row.pk, version.pk, source)] * 8)
    assert [type(one) for one in written].count(LedgerEntry) == 1
    assert written.count(None) == 7
    assert Standing.objects.get().n == [1, 0, 0, 0, 0]


def test_the_slice_is_locked_before_its_standing(live_house: factories.House) -> None:
    """A rule change holds the slice and then asks for the standing: who waits for the slice must not hold it."""
    row, version = earning.a_slice(live_house), earning.version(live_house)
    _record(live_house, row.pk, version.pk, uuid4())
    deciding = threading.Thread(target=_recorded, args=(live_house, row.pk, version.pk))
    with transaction.atomic():
        Slice.objects.select_for_update(no_key=True).get(pk=row.pk)
        deciding.start()
        until(somebody_waits_for_us)
        Standing.objects.select_for_update(nowait=True).get(slice=row)
    deciding.join(timeout=30)
    assert Standing.objects.get().n == [2, 0, 0, 0, 0]


def _recorded(house: factories.House, slice_id: int, version_id: int) -> None:
    try:
        _record(house, slice_id, version_id, uuid4())
    finally:
        connection.close()


def test_many_decisions_at_once_lose_none(live_house: factories.House) -> None:
    row, version = earning.a_slice(live_house), earning.version(live_house)
    at_once([partial(_record, live_house, row.pk, version.pk, uuid4()) for _one in range(12)])
    assert Standing.objects.get().n == [12, 0, 0, 0, 0]
    assert Slice.objects.get().counted == LedgerEntry.objects.count() == 12
    assert list(differences()) == []


def test_two_signing_at_once_promote_once(live_house: factories.House) -> None:
    row = earning.a_slice(live_house)
    earning.reviewed(live_house, row, 170)
    found = earning.waiting(row)
    people = [live_house.adam, live_house.olga, live_house.petra, live_house.adam]
    signed = at_once(
        [
            partial(
                recommending.ratify,
                recommendation_id=found.pk,
                by=person,
                seen_sha256=found.evidence_sha256,
                now=live_house.now + timedelta(minutes=1),
            )
            for person in people
        ]
    )
    assert sum(isinstance(one, NotAllowed) for one in signed) == 2
    assert Signature.objects.count() == 2
    assert TrustEvent.objects.filter(move=Move.PROMOTED).count() == 1
    row.refresh_from_db()
    assert row.stage == Stage.SUPERVISED
