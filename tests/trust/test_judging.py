"""Every verdict of a person shows in the agreement of a slice, also those that prove nothing; no other entry does."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from apps.trust.actions import Look, record
from apps.trust.judging import folded
from apps.trust.models import Slice
from apps.trust.states import NotEvidence, Source
from tests import factories
from tests.trust import earning


def _figures(row: Slice) -> tuple[int, int, int, int]:
    row.refresh_from_db()
    return row.judged, row.refused, row.counted, row.wrong


def _entry(house: factories.House, row: Slice, **changes: Any) -> None:
    values: dict[str, Any] = {
        "slice_id": row.pk,
        "agent_version_id": earning.version(house).pk,
        "proposal_id": uuid4(),
        "source": (Source.DECISION, uuid4()),
        "wrong": True,
        "confidence": 0.99,
        "content_sha256": uuid4().hex * 2,
        "decided_by": "Alice",
        "now": house.now,
    }
    record(**values | changes)


def test_overrides_that_prove_nothing_are_verdicts_all_the_same(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 16)
    earning.reviewed(house, row, 0, 9, confidence=0.5)
    earning.reviewed(house, row, 0, 5)
    assert _figures(row) == (30, 14, 16, 0)
    assert sum(earning.standing(row).k) == 0
    call_command("trust_recompute", "--check")


@pytest.mark.parametrize(
    "because",
    [
        NotEvidence.OUTCOME_ONLY,
        NotEvidence.VETOED,
        NotEvidence.BULK,
        NotEvidence.TOO_FAST,
        NotEvidence.STREAK,
        NotEvidence.BREAK_GLASS,
        NotEvidence.REPLAY,
        NotEvidence.SUPERSEDED,
        NotEvidence.NOT_AGENTS_FAULT,
        NotEvidence.SECOND_LOOK_SPLIT,
    ],
)
def test_what_is_no_judgement_of_the_agent_is_no_verdict(
    house: factories.House, because: NotEvidence
) -> None:
    row = earning.a_slice(house)
    _entry(house, row, not_counted_because=because)
    assert _figures(row)[:2] == (0, 0)
    call_command("trust_recompute", "--check")


@pytest.mark.parametrize(("would_not", "refused"), [(True, 1), (False, 0)])
def test_the_last_look_has_the_last_word_on_an_override(
    house: factories.House, would_not: bool, refused: int
) -> None:
    row, proposal = earning.a_slice(house), uuid4()
    _entry(house, row, proposal_id=proposal)
    assert _figures(row)[:2] == (1, 1)
    _entry(
        house,
        row,
        proposal_id=proposal,
        wrong=False,
        not_counted_because=NotEvidence.SECOND_LOOK_SPLIT,
    )
    assert _figures(row)[:2] == (1, 1)
    _entry(house, row, proposal_id=proposal, wrong=would_not, look=Look(is_last=True))
    assert _figures(row)[:2] == (1, refused)
    call_command("trust_recompute", "--check")


def test_verdicts_are_folded_from_entries_alone() -> None:
    one, other = uuid4(), uuid4()
    entries = [
        (one, "decision", True, "second_look"),
        (other, "decision", False, ""),
        (one, "decision", False, "too_fast"),
        (one, "decision", False, ""),
        (one, "ending", None, "expired"),
    ]
    found = folded(entries)
    assert (found.judged, found.refused) == (2, 0)


def test_what_an_agent_reports_again_is_no_verdict_what_reviewers_say_is(house: factories.House) -> None:
    row = earning.a_slice(house)
    for because in (NotEvidence.DUPLICATE_CONTENT, NotEvidence.HUMAN_ONLY, NotEvidence.NOT_BLIND):
        _entry(house, row, source=(Source.HUMAN, uuid4()), not_counted_because=because)
    assert _figures(row)[:2] == (1, 1)


def test_the_pages_say_how_people_decided_and_what_of_it_counts(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 16)
    earning.reviewed(house, row, 0, 14, confidence=0.5)
    browser = Client()
    browser.force_login(house.olga)
    page = " ".join(browser.get(f"/slices/{row.pk}/").text.split())
    assert "16 of 30" in page
    assert "The proof uses those that count, 16 so far" in page
    listed = browser.get("/slices/").text
    assert "53\xa0%" in listed
    assert "100\xa0%" not in listed
