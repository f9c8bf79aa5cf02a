"""A worker that erases is killed at every moment: another one goes on, and everything is gone, once."""

import pytest

from apps.audit.long_work import SILENT
from apps.privacy import ordering, running
from apps.privacy.certifying import check, document
from apps.privacy.models import Certificate, ErasedProposal, Erasure
from apps.privacy.retention_setup import Keeping, set_retention
from apps.proposals.models import Proposal
from tests import factories
from tests.factories import House
from tests.faults.conftest import Victims
from tests.privacy.conftest import NAME, asked_for, decided, moment, where

pytestmark = pytest.mark.timeout(900)


def confirmed(house: House) -> Erasure:
    """Two proposals about the customer, asked for and confirmed."""
    for _again in range(2):
        decided(house)
    erasure = asked_for(house)
    return ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=moment(house))


def test_killed_at_any_commit_and_gone_on_with(live_house: House, victims: Victims) -> None:
    house = live_house
    first = confirmed(house)
    answer = victims.do("run_erasure", now=moment(house))
    assert (answer["ended"], answer["answer"]) == ("done", True)
    assert Erasure.objects.get(pk=first.pk).status == "done"
    moments = sorted(
        {at + shift for at in answer["commits"] for shift in (-2, 0, 1)} & set(range(1, answer["moments"]))
    )
    assert len(answer["commits"]) >= 4
    for at in moments:
        erasure = confirmed(house)
        assert victims.do("run_erasure", now=moment(house), fault="kill", at=at)["ended"] == "killed"
        if Erasure.objects.get(pk=erasure.pk).status == "running":
            # Nobody goes on with it while its worker may be alive.
            assert not running.run_next(clock=lambda: moment(house))
        running.run_next(clock=lambda: moment(house) + SILENT * 2)
        again = Erasure.objects.get(pk=erasure.pk)
        assert (again.status, again.found, again.done, again.kept) == ("done", 2, 2, []), at
        assert ErasedProposal.objects.filter(erasure=again).count() == 2, at
        assert check(document(Certificate.objects.get(erasure=again))).holds, at
    assert where(NAME) == []


def test_a_sweeper_of_what_is_old_is_killed_and_the_next_one_goes_on(
    live_house: House, victims: Victims
) -> None:
    house = live_house
    set_retention(workflow=house.workflow, keeping=Keeping(contents_days=1), by=None, now=house.now)

    def old() -> None:
        for _again in range(2):
            factories.executed(decided(house), house)

    old()
    answer = victims.do("erase_old", now=moment(house))
    assert (answer["ended"], answer["answer"]) == ("done", 2)
    for at in sorted({at + shift for at in answer["commits"] for shift in (-1, 1)})[:12]:
        old()
        victims.do("erase_old", now=moment(house), fault="kill", at=max(1, at))
        victims.do("erase_old", now=moment(house))
        assert not Proposal.objects.filter(erased_at__isnull=True).exists(), at
