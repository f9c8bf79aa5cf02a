"""What a slice waits for is said with its number: reviews, looks, signatures, and looks that nobody may take."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from apps.escalation.auditing import audit
from apps.escalation.models import Incident
from apps.intake import examining
from apps.proposals.models import Examination
from apps.reviews import settling
from apps.routing.states import Verb
from apps.trust import recommending
from apps.trust.missing import missing
from apps.trust.models import Slice, Standing
from apps.trust.pending import looks_of
from tests import factories
from tests.trust import earning

MINUTE = timedelta(minutes=1)


def _ripe(house: factories.House, row: Slice) -> Standing:
    """Enough is right, and nobody has looked yet whether older reviews speak against it."""
    earning.reviewed(house, row, 170)
    found = earning.standing(row)
    found.recommendations.all().update(status="withdrawn", ended_at=house.now)
    found.is_recommended = False
    found.newest_counted = uuid4()
    found.save(update_fields=["is_recommended", "newest_counted"])
    return found


def _newest(found: Standing) -> Standing:
    Standing.objects.filter(pk=found.pk).update(newest_counted="ffffffff-ffff-7fff-bfff-ffffffffffff")
    return Standing.objects.select_related("slice").get(pk=found.pk)


def test_open_reviews_are_counted(house: factories.House) -> None:
    proposal = factories.pending(house, confidence=0.99)
    factories.pending(house, confidence=0.99, summary="another")
    found = _newest(_ripe(house, Slice.objects.get(pk=proposal.slice_id)))
    assert missing(found, now=house.now) == "2 older reviews that are still open"


def test_until_the_sweeper_comes_it_is_being_looked_at(house: factories.House) -> None:
    found = _ripe(house, earning.a_slice(house))
    assert missing(found, now=house.now) == "nothing: it is being looked at now"


def test_what_was_declined_says_when_it_may_be_recommended_again(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    recommending.decline(
        recommendation_id=earning.waiting(row).pk, by=house.olga, reason="not yet", now=house.now
    )
    said = missing(earning.standing(row), now=house.now + timedelta(days=1))
    assert said.startswith("nothing: it was declined, and may be recommended again after ")


def test_a_signature_is_missing_after_the_first(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    assert missing(earning.standing(row), now=house.now) == "2 signatures"
    waits = earning.waiting(row)
    recommending.ratify(
        recommendation_id=waits.pk, by=house.adam, seen_sha256=waits.evidence_sha256, now=house.now
    )
    assert missing(earning.standing(row), now=house.now) == "1 signature"


@pytest.fixture
def stuck(house: factories.House) -> Slice:
    """Alice rejects, Bob would not: the third look waits, and nobody else reviews in the queue."""
    proposal = factories.settled(house, Verb.REJECT)
    examining.open_ordered(now=house.now + 11 * MINUTE)
    copy = Examination.objects.get().copy
    assert copy is not None
    now = house.now + 12 * MINUTE
    factories.decided(factories.claimed(copy, house.bob, now), house.bob, now)
    settling.settle_due(now=now + MINUTE)
    examining.open_ordered(now=now + 2 * MINUTE)
    row = Slice.objects.get(pk=proposal.slice_id)
    _newest(_ripe(house, row))
    return row


def test_a_look_that_nobody_may_take_is_named_with_its_queue(house: factories.House, stuck: Slice) -> None:
    now = house.now + 20 * MINUTE
    assert [(one.queue_slug, one.n) for one in looks_of(stuck.pk, now=now).stuck] == [("standard", 1)]
    said = missing(earning.standing(stuck), now=now)
    assert "1 second look at an override" in said
    assert "1 look waits that nobody may take: add a reviewer to its queue" in said
    browser = Client()
    browser.force_login(house.olga)
    page = " ".join(browser.get(f"/slices/{stuck.pk}/").text.split())
    assert "1 look at an override waits that nobody may take" in page
    assert 'href="/queues/standard/"' in page
    assert "1 waits for a second look" in page


def test_the_auditor_names_the_slice_that_a_look_holds_up(house: factories.House, stuck: Slice) -> None:
    audit(now=house.now + 20 * MINUTE)
    (found,) = Incident.objects.filter(key=f"slice:{stuck.pk}", closed_at__isnull=True)
    assert str(stuck) in found.text
    assert "nobody may take" in found.text
    house.charlie.groups.add(house.team)
    assert not looks_of(stuck.pk, now=house.now + 21 * MINUTE).stuck
    audit(now=house.now + 21 * MINUTE)
    found.refresh_from_db()
    assert found.closed_at is not None
