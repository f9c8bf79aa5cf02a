"""The past the demo starts with: some weeks of decided cases, then what is waiting now.

Seeded once, from a fixed random source, in one transaction: it is there as a whole or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from apps.delivery import tasks as delivery
from apps.escalation import tasks as escalation
from apps.evaluation import tasks as evaluation
from apps.intake import tasks as intake
from apps.proposals.models import Proposal
from apps.registry.models import Agent
from apps.reviews import settling
from apps.reviews.models import Task
from apps.sla import tasks as sla
from reviewhub.demo import care, contracts, earned, judges, orders, readying, story, suppliers
from reviewhub.demo.case import VERSIONS, Case

_SEED = 20261121
_DECIDED = 80
_PAST = timedelta(days=12)
_QUIET = timedelta(hours=30)
_MOST_LOOKS = 5
_BEFORE_A_STEP = timedelta(days=1)

Kind = Callable[[Random], Case]
# What happens how often; each kind also occurs in turn, so that none is missing.
KINDS: tuple[Kind, ...] = (*orders.ALL, *care.ALL, *suppliers.ALL, *contracts.ALL)
_OFTEN: tuple[Kind, ...] = (
    orders.damaged_on_arrival,
    orders.parcel_lost,
    orders.ordered_twice,
    orders.wrong_item,
    orders.paid_twice,
    care.tell_of_delay,
    suppliers.moved_office,
    suppliers.new_terms,
    contracts.extend,
    contracts.price_change,
)


@dataclass(frozen=True)
class Waiting:
    """A case that is open when the demo starts, and for how long it has been."""

    kind: Kind
    since: timedelta


def _ago(**span: int) -> timedelta:
    return timedelta(**span)


_WAITING: tuple[Waiting, ...] = (
    Waiting(suppliers.new_terms, _ago(days=6)),
    Waiting(orders.parcel_lost, _ago(days=2, hours=2)),
    Waiting(contracts.extend, _ago(days=2)),
    Waiting(suppliers.moved_office, _ago(days=3)),
    Waiting(orders.late_and_expensive, _ago(hours=29)),
    Waiting(care.close_account, _ago(hours=26)),
    Waiting(contracts.extend, _ago(hours=25)),
    Waiting(suppliers.moved_office, _ago(hours=22)),
    Waiting(orders.parcel_lost, _ago(hours=9)),
    Waiting(orders.wrong_item, _ago(hours=7)),
    Waiting(orders.told_what_to_do, _ago(hours=5)),
    Waiting(suppliers.new_terms, _ago(hours=4)),
    Waiting(orders.damaged_on_arrival, _ago(hours=3)),
    Waiting(care.tell_of_delay, _ago(minutes=150)),
    Waiting(suppliers.new_bank_account, _ago(minutes=110)),
    Waiting(orders.ordered_twice, _ago(minutes=95)),
    Waiting(orders.parcel_lost, _ago(minutes=80)),
    Waiting(care.close_account, _ago(minutes=64)),
    Waiting(orders.late_and_expensive, _ago(minutes=55)),
    Waiting(orders.paid_twice, _ago(minutes=43)),
    Waiting(care.tell_of_delay, _ago(minutes=31)),
    Waiting(suppliers.new_bank_account, _ago(minutes=24)),
    Waiting(orders.damaged_on_arrival, _ago(minutes=17)),
    Waiting(orders.wrong_item, _ago(minutes=11)),
    Waiting(orders.ordered_twice, _ago(minutes=6)),
    Waiting(orders.paid_twice, _ago(minutes=2)),
)


def seed(*, now: datetime) -> bool:
    """Play the past, unless an agent of the demo has proposed anything before. Whether it was played."""
    with transaction.atomic():
        agents = {agent.slug: agent for agent in Agent.objects.filter(slug__in=VERSIONS)}
        if Proposal.objects.filter(agent__in=agents.values()).exists():
            return False
        stage = story.Stage(agents, Random(_SEED))  # noqa: S311  (a story, not a secret)
        _play_decided(stage, now)
        open_cases = [_open(stage, waiting, number, now) for number, waiting in enumerate(_WAITING)]
        _someone_works_already(stage, open_cases, now)
    return True


def _play_decided(stage: story.Stage, now: datetime) -> None:
    step = (_PAST - _QUIET) / _DECIDED
    for number in range(_DECIDED):
        at = now - _PAST + step * number
        if number == _DECIDED * 9 // 10:
            readying.count_what_contracts_cost(at=at - _BEFORE_A_STEP)
            for slug in ("contract-terms", "customer-orders"):
                readying.make_ready(slug, at=at - _BEFORE_A_STEP)
            earned.let_extensions_out_of_shadow(stage, at)
            earned.let_messages_be_sent(stage, at)
            readying.open_the_baseline_of_contracts(at=at)
        case = _next_kind(stage.random, number)(stage.random)
        proposal = story.propose(stage, case, external_id=_external_id(case, number), at=at)
        judges.speak(case, proposal, at=at)
        story.finish(stage, case, proposal, at=at)


def _next_kind(random: Random, number: int) -> Kind:
    """Every other case in turn, so that each kind has a past; the others as often as they happen."""
    return KINDS[number // 2 % len(KINDS)] if number % 2 == 0 else random.choice(_OFTEN)


def _open(stage: story.Stage, waiting: Waiting, number: int, now: datetime) -> tuple[Case, Proposal]:
    case = waiting.kind(stage.random)
    external_id = _external_id(case, _DECIDED + number)
    return case, story.propose(stage, case, external_id=external_id, at=now - waiting.since)


def _someone_works_already(stage: story.Stage, cases: Sequence[tuple[Case, Proposal]], now: datetime) -> None:
    """One task waits for its second person, and one is on somebody's desk."""
    pairs = [(case, proposal) for case, proposal in cases if _quorum(proposal) > 1]
    case, proposal = pairs[-1]
    settled_at = story.decide(stage, case, proposal, at=now - timedelta(minutes=19))
    settling.settle_due(now=settled_at)
    held = next(proposal for _case, proposal in reversed(cases) if _quorum(proposal) == 1)
    story.take(stage, held, at=now - timedelta(minutes=1))


def _quorum(proposal: Proposal) -> int:
    return Task.objects.filter(proposal=proposal).values_list("quorum", flat=True).first() or 0


def _external_id(case: Case, number: int) -> str:
    return f"{case.agent}-{number + 1:05}"


def catch_up() -> None:
    """Do what the sweepers would have done meanwhile, and look it over until all is well: as after weeks of work."""
    evaluation.count_again()
    for _turn in range(_MOST_LOOKS):
        for sweep in (
            intake.expire_due,
            intake.close_windows,
            sla.mark_breaches,
            escalation.run_due,
            delivery.deliver_due,
        ):
            sweep()
        if escalation.audit():
            return
