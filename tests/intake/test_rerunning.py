"""An old answer can be had again, byte for byte, whatever was published since."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.intake.rerunning import compared, stored
from apps.registry.states import Stage
from apps.routing.facts import Facts
from tests import factories
from tests.factories import House
from tests.intake.test_ruling import publish
from tests.trust import earning

pytestmark = pytest.mark.django_db


def test_it_is_answered_the_same_after_other_versions_were_published(house: House) -> None:
    factories.pending(house)
    publish(house, ("impact.amount > 100 && run.step == 0", {"second_approver": True, "mask": ["order_id"]}))
    factories.pending(house, impact={"amount": "1000000.10", "currency": "EUR"})
    factories.pending(house, subject=None, evidence=[], alternatives=[], confidence=1)
    publish(house, ("true", {"refuse": "Nothing any more."}))
    factories.publish_matrix(house.now, house.workflow, ceiling=Stage.SHADOW)
    assert [is_same for _one, is_same in compared(stored(10))] == [True] * 3


def test_so_is_what_a_supervised_slice_let_act_or_had_audited(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    earning.supervised(house)
    for coin in (0.99, 0.0):
        monkeypatch.setattr("apps.intake.placing.toss", lambda slice_id, proposal_id, coin=coin: coin)
        factories.send(house, confidence=0.99)
    found = list(compared(stored(2)))
    assert [is_same for _one, is_same in found] == [True, True]
    assert found[0][0].trust["coin"] == 0.0


def test_a_difference_is_named_and_fails_the_command(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = factories.pending(house)
    out = StringIO()
    call_command("assessment_rerun", stdout=out)
    assert "1 assessments run again: no difference(s)." in out.getvalue()
    of = Facts.of
    monkeypatch.setattr(Facts, "of", lambda kept: replace(of(kept), unseen=("another",)))
    with pytest.raises(CommandError, match="1 difference"):
        call_command("assessment_rerun", stdout=out)
    assert str(proposal.pk) in out.getvalue()
    with pytest.raises(CommandError, match="from 1"):
        call_command("assessment_rerun", last=0)
