"""What a workflow asks of its judges comes from the configuration file, and only from an admin."""

from typing import Any

import pytest
from pydantic import ValidationError

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.evaluation.config import Terms, TermsEntry
from apps.evaluation.queries import asked_of
from tests.factories import House


def test_it_is_set_read_back_and_on_record_once(house: House) -> None:
    assert (asked_of(house.workflow).kappa, asked_of(house.workflow).cases) == (0.4, 50)
    entry = TermsEntry(workflow="orders", least_kappa=0.6, least_cases=80)
    for _twice in range(2):
        Terms.apply([entry], by=house.adam, now=house.now)
    assert Terms.current() == [entry.canonical()]
    assert (asked_of(house.workflow).kappa, asked_of(house.workflow).cases) == (0.6, 80)
    assert Event.objects.get(verb="judge_terms.set").data == {"kappa": 0.6, "cases": 80}
    with pytest.raises(NotAllowed):
        Terms.apply([TermsEntry(workflow="orders")], by=house.olga, now=house.now)


@pytest.mark.parametrize(
    "wrong", [{"least_kappa": 0.1}, {"least_kappa": 1}, {"least_kappa": float("nan")}, {"least_cases": 29}]
)
def test_what_would_show_anything_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TermsEntry(workflow="orders", **wrong)
