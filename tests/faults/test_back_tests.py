"""A worker that runs a back-test is killed at every moment: another one begins anew, and the result is the same."""

from datetime import timedelta

import pytest

from apps.audit.long_work import SILENT
from apps.rulebook import running
from apps.rulebook.models import BackTest, BackTestCase
from tests import factories
from tests.factories import House
from tests.faults.conftest import Victims
from tests.rulebook.drafts import draft_of, ordered, rule, with_rules

pytestmark = pytest.mark.timeout(900)
_LATER = SILENT + timedelta(seconds=1)


def test_killed_at_any_commit_and_begun_anew(live_house: House, victims: Victims) -> None:
    house = live_house
    for amount in ("600", "100") * 4:
        factories.pending(house, impact={"amount": amount, "currency": "EUR"})
    draft = draft_of(house, with_rules(rule("large", "impact.amount > 500", queue="senior")))
    undisturbed = ordered(house, draft)
    answer = victims.do("run_back_test", now=house.now)
    assert (answer["ended"], answer["answer"]) == ("done", True)
    wanted = result_of(undisturbed)
    assert wanted[0] == {"moved": 4}
    # Before, at and after each commit: taken, begun, three batches, ended.
    moments = sorted(
        {at + shift for at in answer["commits"] for shift in (-2, 0, 1)} & set(range(1, answer["moments"]))
    )
    assert len(answer["commits"]) >= 6
    for at in moments:
        test = ordered(house, draft)
        assert victims.do("run_back_test", now=house.now, fault="kill", at=at)["ended"] == "killed"
        left = BackTest.objects.get(pk=test.pk)
        if left.status == "running":
            # Nobody takes it up while its worker may be alive.
            assert not running.run_next(clock=lambda: house.now)
        running.run_next(clock=lambda: house.now + _LATER)
        again = BackTest.objects.get(pk=test.pk)
        assert again.status == "done", at
        assert result_of(again) == wanted, at


def result_of(test: BackTest) -> tuple[object, ...]:
    """What it counted, and the cases it lists."""
    test.refresh_from_db()
    cases = BackTestCase.objects.filter(back_test=test).order_by("kind", "proposal_id")
    figures = {name: value for name, value in test.figures.items() if name != "kinds"}
    return test.figures["kinds"], list(cases.values_list("kind", "proposal_id", "known")), figures, test.done
