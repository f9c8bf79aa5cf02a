"""What agents report is added up once, told once, and stops at the budget; nothing reported is lost."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.costs.accounts import CostError, OtherCurrency
from apps.costs.model_setup import save_model
from apps.costs.modelling import Assumed
from apps.costs.models import Account, Budget, Run, Spent, SpentByAgent, Usage
from apps.costs.plan_setup import Plan, plan_of
from apps.costs.states import ScenarioKind, Span
from apps.costs.using import KeyUsed
from apps.delivery.models import Notification
from apps.intake.requests import Answered, Refused
from apps.proposals.models import Proposal
from apps.proposals.states import Status
from apps.reviews import settling
from tests.costs.conftest import use
from tests.factories import AgentFactory, House, claimed, decided, executed, pending, send

Planner = Callable[..., bool]


def _told() -> list[str]:
    """Titles of what Olga was told."""
    return list(
        Notification.objects.filter(person__short="olga").order_by("pk").values_list("title", flat=True)
    )


def test_sums_of_run_periods_and_agent(house: House) -> None:
    use(house, "1.5", tokens=100, steps=2)
    use(house, "0.25", tokens=50, tool_calls=3, steps=1)
    use(house, "4", run="run-2")
    use(house, "8", run="run-1", agent=AgentFactory(slug="other"))
    run = Run.objects.get(agent=house.agent, name="run-1")
    assert (run.amount, run.tokens, run.tool_calls, run.steps) == (Decimal("1.75"), 150, 3, 3)
    assert Run.objects.count() == 3
    sums = {row.span: (row.amount, row.runs) for row in Spent.objects.all()}
    assert sums == dict.fromkeys(("day", "week", "month", "ever"), (Decimal("13.75"), 3))
    assert SpentByAgent.objects.get(agent=house.agent).amount == Decimal("5.75")


def test_a_new_day_begins_a_new_sum_but_the_whole_goes_on(house: House) -> None:
    use(house, "1")
    use(house, "2", now=house.now + timedelta(days=1))
    use(house, "4", now=house.now + timedelta(days=31))
    days = Spent.objects.filter(span=Span.DAY).order_by("starts_on").values_list("amount", flat=True)
    assert list(days) == [1, 2, 4]
    assert list(
        Spent.objects.filter(span=Span.MONTH).order_by("starts_on").values_list("amount", flat=True)
    ) == [3, 4]
    assert Spent.objects.get(span=Span.EVER).amount == 7


def test_the_same_key_has_the_effect_of_one(house: House) -> None:
    first = use(house, "1", key="k")
    again = use(house, "1", key="k")
    assert (first.resource, first.is_replay, again.is_replay) == (again.resource, False, True)
    with pytest.raises(KeyUsed):
        use(house, "2", key="k", body_sha256="1" * 64)
    assert Run.objects.get().amount == 1


def test_people_are_told_once_at_half_and_at_80_and_at_the_end(house: House, plan: Planner) -> None:
    plan(month="10")
    for amount in ("4.99", "0.01", "1", "2", "1", "1", "1"):
        use(house, amount)
    assert _told() == [
        "50 % used: the budget of this month for Orders",
        "80 % used: the budget of this month for Orders",
        "Spent: the budget of this month for Orders",
    ]
    told = set(Notification.objects.values_list("person__short", flat=True))
    assert told == {"olga", "petra", "tina", "gina"}
    verbs = list(Event.objects.filter(verb__startswith="budget.").values_list("verb", flat=True))
    assert sorted(verbs) == ["budget.spent", "budget.warned", "budget.warned"]


def test_one_leap_is_told_once(house: House, plan: Planner) -> None:
    plan(run="1", day="100")
    use(house, "0.9")
    assert _told() == [
        f"80 % used: the budget of a run in Orders, no. {Run.objects.get().pk} of {house.agent.name}"
    ]


def test_a_new_period_is_told_anew_and_so_is_another_budget(house: House, plan: Planner) -> None:
    plan(day="10")
    use(house, "6")
    use(house, "6", now=house.now + timedelta(days=1))
    assert len(_told()) == 2
    plan(day="11")
    use(house, "0.1", now=house.now + timedelta(days=1))
    assert len(_told()) == 3


def test_a_spent_budget_refuses_but_everything_is_on_record(house: House, plan: Planner) -> None:
    plan(day="10", ever="1000")
    crossing = use(house, "12", key="crossing")
    assert (crossing.problem, crossing.resource["stopped"]) == ("", True)
    after = use(house, "3", key="after")
    assert after.problem == "budget-spent"
    assert after.detail.startswith(
        "What you reported is on record. The budget of today for Orders is spent: 15.00 of 10.00 EUR. "
        "A new one begins on 18 November 2026; an admin can raise it before: http"
    )
    assert after.detail.endswith("/costs/orders/budgets/")
    assert Run.objects.get().amount == 15
    assert Usage.objects.count() == 2
    again = use(house, "3", key="after")
    assert (again.problem, again.detail, again.is_replay) == (after.problem, after.detail, True)
    assert use(house, "1", now=house.now + timedelta(days=1)).problem == ""


def test_a_raised_budget_frees_at_once(house: House, plan: Planner) -> None:
    plan(day="10")
    use(house, "10")
    assert use(house, "0").problem == "budget-spent"
    assert isinstance(_submit(house), Refused)
    plan(day="20")
    assert use(house, "0").problem == ""
    assert not isinstance(_submit(house), Refused)


def test_a_run_of_its_own_budget_stops_alone(house: House, plan: Planner) -> None:
    plan(run="1")
    use(house, "1")
    refused = _submit(house, run={"id": "run-1"})
    assert isinstance(refused, Refused)
    assert (refused.status_code, refused.problem) == (403, "budget-spent")
    assert "until an admin raises it" in refused.detail
    assert not isinstance(_submit(house, run={"id": "run-2"}), Refused)
    assert not isinstance(_submit(house, run=None), Refused)


def test_what_is_under_way_goes_on(house: House, plan: Planner) -> None:
    """A task that waits is decided, its grant redeemed and its result reported, whatever is spent."""
    proposal = pending(house)
    plan(ever="1")
    use(house, "5")
    decided(claimed(proposal, house.alice, house.now), house.alice, house.now)
    settling.settle_due(now=house.now + timedelta(minutes=10))
    executed(Proposal.objects.get(), house)
    assert Proposal.objects.get().status == Status.APPROVED
    assert Proposal.objects.get().result.disposition == "executed"


def test_a_run_takes_no_more_steps_than_it_may(house: House, plan: Planner) -> None:
    plan(step_cap=5)
    assert use(house, steps=5).resource["stopped"] is False
    assert not isinstance(_submit(house, run={"id": "run-1", "step": 5}), Refused)
    for step in ({"id": "run-1", "step": 6}, {"id": "new", "step": 6}):
        refused = _submit(house, run=step)
        assert isinstance(refused, Refused)
        assert refused.problem == "step-cap-reached"
    assert use(house, steps=1).resource["stopped"] is True
    assert use(house, steps=1).problem == "step-cap-reached"
    assert isinstance(_submit(house, run={"id": "run-1"}), Refused)
    assert Run.objects.get().steps == 7


def test_a_dear_run_is_told_once(house: House, plan: Planner) -> None:
    plan(benchmarks={house.agent.slug: "1"})
    use(house, "3")
    assert _told() == []
    use(house, "0.01")
    use(house, "5")
    assert _told() == [
        f"A run in Orders costs over 3 times what is usual: no. {Run.objects.get().pk} of {house.agent.name}"
    ]


def test_one_currency_a_workflow(house: House, plan: Planner) -> None:
    use(house, "0", currency="")
    use(house, "1", currency="EUR")
    with pytest.raises(OtherCurrency):
        use(house, "1", currency="USD")
    with pytest.raises(OtherCurrency):
        plan(currency="USD", day="1")
    assert Run.objects.get().amount == 1


def test_only_admins_set_budgets_and_every_change_is_on_record(house: House, plan: Planner) -> None:
    for person in (house.olga, house.alice, house.gina, house.charlie):
        with pytest.raises(NotAllowed):
            plan(day="10", by=person)
    assert plan(day="10", run="1", step_cap=4, benchmarks={house.agent.slug: "0.5"})
    assert not plan(day="10", run="1", step_cap=4, benchmarks={house.agent.slug: "0.5"})
    assert plan(month="10")
    assert plan_of(Account.objects.get()) == Plan("EUR", {Span.MONTH: Decimal(10)})
    first, second = Event.objects.filter(verb="budgets.set").order_by("pk")
    assert "at most 4 steps a run" in first.data["text"]
    assert second.data["before"] == first.data["text"]


@pytest.mark.parametrize(
    "what", [{"day": "0"}, {"day": "-1"}, {"step_cap": 0}, {"currency": "eur"}, {"benchmarks": {"x": "0"}}]
)
def test_a_plan_that_says_nothing_sound_is_refused(house: House, plan: Planner, what: dict) -> None:
    with pytest.raises(CostError):
        plan(**what)
    assert not Budget.objects.exists()


def test_usage_cannot_be_changed(house: House) -> None:
    use(house, "1")
    for change in (lambda: Usage.objects.update(amount=0), lambda: Usage.objects.all().delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


def test_statements_do_not_grow_with_what_was_used(house: House, plan: Planner) -> None:
    plan(run="1000", day="1000", month="1000")
    use(house, "1")
    with CaptureQueriesContext(connection) as few:
        use(house, "1")
    for number in range(20):
        use(house, "1", run=f"run-{number}")
    with CaptureQueriesContext(connection) as many:
        use(house, "1")
    assert len(few) == len(many)


def test_proposals_pay_for_budgets_only_where_there_are_any(house: House, plan: Planner) -> None:
    _submit(house)
    with CaptureQueriesContext(connection) as without:
        _submit(house)
    plan(day="1000")
    _submit(house)
    with CaptureQueriesContext(connection) as with_budget:
        _submit(house, run={"id": "run-1"})
    assert len(with_budget) <= len(without) + 2


def _submit(house: House, **more: Any) -> Answered:
    return send(house, **more)


def test_the_currency_an_admin_set_is_not_changed_by_reports_or_a_cost_model(
    house: House, plan: Planner
) -> None:
    plan(month="100")
    for amount in ("0", "3"):
        with pytest.raises(OtherCurrency):
            use(house, amount, currency="VND")
    scenario = Assumed(1, *[Decimal(1)] * 6)
    model = {"manual_cost": Decimal(1), "scenarios": dict.fromkeys(ScenarioKind, scenario)}
    who = {"workflow": house.workflow, "by": house.olga, "now": house.now}
    with pytest.raises(OtherCurrency):
        save_model(currency="VND", **model, **who)
    assert Account.objects.get().currency == "EUR"
    # Without a budget whoever sets the model may, and who sets budgets may while nothing is spent.
    plan()
    save_model(currency="CHF", **model, **who)
    assert save_model(currency="NOK", **model, **who) is not None
    assert Event.objects.filter(verb="cost_model.saved").count() == 2
    plan(currency="SEK", month="100")
    assert Account.objects.get().currency == "SEK"


def test_a_sum_of_the_largest_reports_is_kept(house: House) -> None:
    use(house, "1")
    Spent.objects.update(amount=Decimal(10) ** 14)
    Run.objects.update(amount=Decimal(10) ** 14)
    use(house, "9999999999.999999")
    assert Run.objects.get().amount == Decimal("100009999999999.999999")
