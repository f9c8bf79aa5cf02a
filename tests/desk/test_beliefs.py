"""What a card says about how far to believe the agent: every verdict of people, and near ones where it is unsure."""

from datetime import timedelta

from django.test import Client

from apps.desk.queries.beliefs import belief
from apps.intake import examining
from apps.proposals.models import Examination, Proposal
from apps.trust.models import Slice
from tests import factories
from tests.desk.conftest import card_url
from tests.trust import earning


def _proposal(house: factories.House, confidence: float) -> Proposal:
    found = factories.pending(house, confidence=confidence)
    return Proposal.objects.select_related("slice").get(pk=found.pk)


def test_overrides_that_do_not_count_are_in_the_figure(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 4)
    earning.reviewed(house, row, 0, 4)
    found = belief(_proposal(house, 0.98))
    assert (found.near_judged, found.near_agreed, found.judged, found.agreed) == (8, 4, 8, 4)


def test_below_the_tested_confidences_only_what_is_near_is_said(
    as_alice: Client, house: factories.House
) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 16)
    proposal = _proposal(house, 0.5)
    assert belief(proposal).shown_share is None
    page = " ".join(as_alice.get(card_url(proposal)).text.split())
    assert "Nobody has decided lately where this agent said about 50 % here." in page
    assert "In this slice people agreed" not in page
    earning.reviewed(house, row, 1, 2, confidence=0.5)
    found = belief(_proposal(house, 0.5))
    assert (found.near_judged, found.near_agreed, found.is_near) == (3, 1, True)
    page = " ".join(as_alice.get(card_url(proposal)).text.split())
    assert "(1 of 3 lately)" in page
    assert "In the whole slice" not in page


def test_a_blind_second_look_does_not_read_the_override_in_the_figure(house: factories.House) -> None:
    proposal = factories.settled(house, factories.Verb.REJECT)
    row = Slice.objects.get(pk=proposal.slice_id)
    assert (row.judged, row.refused) == (1, 1)
    examining.open_ordered(now=house.now + timedelta(minutes=11))
    copy = Examination.objects.select_related("copy__slice").get().copy
    assert copy is not None
    found = belief(copy)
    assert (found.judged, found.agreed, found.near_judged) == (0, 0, 0)
