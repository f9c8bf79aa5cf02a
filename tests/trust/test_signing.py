"""Whoever may sign for a step up is told, finds it on their own page, and signs below the figures it rests on."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.delivery.models import Notification
from apps.trust import recommending
from apps.trust.actions import record
from apps.trust.models import Recommendation, Slice
from apps.trust.signing import figures_of, may_sign
from apps.trust.states import Basis, NotEvidence, Source
from tests import factories
from tests.trust import earning


def _page(person: Any, url: str) -> str:
    browser = Client()
    browser.force_login(person)
    return " ".join(browser.get(url).text.split())


def _outcome(house: factories.House, row: Slice, wrong: bool, proposal_id: Any) -> None:
    record(
        slice_id=row.pk,
        agent_version_id=earning.version(house).pk,
        proposal_id=proposal_id,
        source=(Source.OUTCOME, uuid4()),
        wrong=wrong,
        confidence=0.99,
        content_sha256=uuid4().hex * 2,
        not_counted_because=NotEvidence.OUTCOME_ONLY,
        now=house.now + timedelta(minutes=1),
    )


@pytest.fixture
def row(house: factories.House) -> Slice:
    """A step up of it is recommended."""
    found = earning.a_slice(house)
    earning.reviewed(house, found, 200)
    return found


def _sign(house: factories.House, found: Recommendation) -> None:
    recommending.ratify(
        recommendation_id=found.pk, by=house.adam, seen_sha256=found.evidence_sha256, now=house.now
    )


def test_the_button_stands_below_the_figures_it_signs_for(house: factories.House, row: Slice) -> None:
    found = earning.waiting(row)
    figures = figures_of(found, earning.standing(row), signed=0)
    assert (figures.n, figures.k, figures.signatures, figures.reported) == (sum(found.n), 0, 2, 0)
    assert figures.evidence >= figures.need
    assert figures.error_percent <= figures.target_percent
    panel = _page(house.adam, f"/slices/{row.pk}/").split("Recommended:")[1].split("</section>")[0]
    places = [panel.index(f"<dt>{name}</dt>") for name in ("Checked", "Wrong", "Error at most", "Evidence")]
    assert max(places) < panel.index("Sign: let it take this step")
    assert f"<dd>{figures.n}</dd>" in panel
    assert "target 5.0 %" in panel
    assert "2 signatures are missing." in panel


def test_after_one_signature_one_is_missing(house: factories.House, row: Slice) -> None:
    _sign(house, earning.waiting(row))
    page = _page(house.olga, f"/slices/{row.pk}/")
    assert "One signature is missing." in page
    assert "two people sign, neither" not in page


def test_wrong_outcomes_since_the_last_step_are_beside_the_button(house: factories.House, row: Slice) -> None:
    taken_back = uuid4()
    _outcome(house, row, True, uuid4())
    _outcome(house, row, True, taken_back)
    _outcome(house, row, False, taken_back)
    panel = _page(house.adam, f"/slices/{row.pk}/").split("Recommended:")[1].split("</section>")[0]
    assert "1 outcome of this slice was reported as wrong since its last step." in panel
    assert f'href="/slices/{row.pk}/outcomes/"' in panel


def test_the_gate_of_shadow_shows_its_own_need(house: factories.House) -> None:
    row = earning.a_slice(house)
    Slice.objects.filter(pk=row.pk).update(stage="shadow")
    earning.reviewed(house, row, 30, basis=Basis.SHADOW)
    figures = figures_of(earning.waiting(row), earning.standing(row), signed=0)
    assert (figures.k, figures.target_percent, round(figures.need)) == (0, 20, 20)
    assert figures.error_percent <= 20


def test_who_may_sign_finds_it_on_their_own_page(house: factories.House, row: Slice) -> None:
    found = earning.waiting(row)
    link = f"/slices/{row.pk}/#recommended-{found.pk}"
    for person in (house.adam, house.olga):
        assert link in _page(person, "/")
        assert "You are not a reviewer of any queue" not in _page(person, "/")
    for person in (house.alice, house.tina, house.charlie):
        assert link not in _page(person, "/")
        assert not may_sign(person)
    _sign(house, found)
    assert link not in _page(house.adam, "/")
    assert link in _page(house.olga, "/")


def test_the_admin_who_may_sign_is_told_as_the_others_are(house: factories.House, row: Slice) -> None:
    told = Notification.objects.filter(title__contains="is recommended").values_list(
        "person__name", flat=True
    )
    assert {"Adam", "Olga"} <= set(told)
