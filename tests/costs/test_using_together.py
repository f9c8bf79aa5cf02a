"""Many reports at once, with real threads: every one is counted, none twice, and each level is told once."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from apps.costs.models import Run, Spent, SpentByAgent, Usage
from apps.delivery.models import Notification
from tests.costs.conftest import set_plan, use
from tests.factories import AgentFactory, House
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_sums_are_right_and_people_are_told_once(live_house: House) -> None:
    house = live_house
    set_plan(house, month="10", run="100")
    other = AgentFactory(slug="other")

    def work(who: int) -> None:
        for number in range(8):
            use(
                house,
                "0.5",
                run=f"run-{number % 2}",
                agent=other if who % 2 else house.agent,
                key=f"{who}-{number}",
            )

    results = at_once([lambda who=who: work(who) for who in range(4)])
    assert results == [None] * 4
    assert Usage.objects.aggregate(total=Sum("amount"))["total"] == 16
    assert Run.objects.aggregate(total=Sum("amount"))["total"] == 16
    assert SpentByAgent.objects.aggregate(total=Sum("amount"))["total"] == 16
    assert set(Spent.objects.values_list("amount", "runs")) == {(Decimal(16), 4)}
    titles = Notification.objects.filter(person=house.olga).values_list("title", flat=True)
    assert sorted(title.split()[0] for title in titles) == ["50", "80", "Spent:"]
    # The budget is spent by the twentieth; the twelve after it are refused, and on record.
    assert Usage.objects.filter(problem="budget-spent").count() == 12


def test_the_same_key_at_once_counts_once(live_house: House) -> None:
    answers = at_once([lambda: use(live_house, "1", key="same") for _number in range(4)])
    assert sorted(answer.is_replay for answer in answers) == [False, True, True, True]
    assert Run.objects.get().amount == 1
