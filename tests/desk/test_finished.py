"""A decided copy is called what any other task with this decision is."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.intake import examining
from apps.proposals.examining import order
from apps.proposals.models import Examination, Proposal
from apps.proposals.states import Purpose, Status
from apps.reviews import settling
from apps.routing.states import Verb
from tests import factories
from tests.desk.conftest import SignIn, card_url

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
RECORDED = "recorded (shadow)"
ANOTHER = "Another look at"


def _looked_at(house: factories.House, purpose: Purpose, verb: Verb) -> Proposal:
    """Bob decided a copy of what Alice had rejected."""
    original = factories.settled(house, Verb.REJECT)
    Examination.objects.filter(original=original).update(purpose=purpose)
    if not Examination.objects.exists():
        order(original=original, purpose=purpose, excluded=[house.alice.pk], now=house.now)
    now = house.now + HOUR
    examining.open_ordered(now=now)
    copy = Examination.objects.get().copy
    assert copy is not None
    factories.decided(factories.claimed(copy, house.bob, now), house.bob, now, verb)
    settling.settle_due(now=now + MINUTE)
    return copy


def _pages(copy: Proposal) -> list[str]:
    decided = reverse("desk:queue_detail", args=["standard"]) + "?show=decided"
    story = [reverse(f"desk:proposal_{name}", args=[copy.pk]) for name in ("detail", "print")]
    return [decided, card_url(copy), *story]


@pytest.mark.parametrize(("verb", "word"), [(Verb.APPROVE, "approved"), (Verb.REJECT, "denied")])
@pytest.mark.parametrize("purpose", [Purpose.SECOND_LOOK, Purpose.AGREEMENT, Purpose.REPLAY, Purpose.AUDIT])
def test_what_was_decided_on_a_copy_reads_like_any_other_decision(
    house: factories.House, sign_in: SignIn, purpose: Purpose, verb: Verb, word: str
) -> None:
    house.charlie.groups.add(house.team)
    copy = _looked_at(house, purpose, verb)
    pages = {house.bob: [reverse("desk:home"), *_pages(copy)]}
    if purpose != Purpose.SECOND_LOOK:
        # Of a second look that found otherwise a third one is made: it is not there for who may make that.
        pages[house.charlie] = _pages(copy)
    for person, urls in pages.items():
        browser = sign_in(person)
        for url in urls:
            page = browser.get(url).text
            assert RECORDED not in page, (person, url)
            assert ANOTHER not in page, (person, url)
        assert "proposed" in browser.get(_pages(copy)[1]).text
        assert word in browser.get(_pages(copy)[0]).text
        assert "before anybody decided" not in browser.get(_pages(copy)[2]).text
    copy.refresh_from_db()
    assert copy.status == Status.RECORDED


def test_offices_read_what_it_is(house: factories.House, sign_in: SignIn) -> None:
    copy = _looked_at(house, Purpose.AGREEMENT, Verb.APPROVE)
    browser = sign_in(house.gina)
    page = browser.get(_pages(copy)[2]).text
    assert RECORDED in page
    assert ANOTHER in page


def test_a_look_at_what_is_in_shadow_says_that_it_was_recorded(
    house: factories.House, sign_in: SignIn
) -> None:
    copy = _looked_at(house, Purpose.BLIND, Verb.APPROVE)
    assert RECORDED in sign_in(house.bob).get(_pages(copy)[0]).text
