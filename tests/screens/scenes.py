"""What is to be seen: the main pages of the demo organisation, and the states a reviewer gets into."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from random import Random

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from apps.accounts.models import User
from apps.intake import endings
from apps.outcomes.models import Kpi
from apps.proposals.models import Proposal
from apps.registry.models import Agent, Workflow
from apps.reviews import claiming, picking, returning, settling
from apps.reviews.models import Task
from apps.reviews.picking import Picked
from apps.reviews.states import TaskStatus
from apps.rulebook.drafting import begin_draft, save_cell
from apps.rulebook.ordering import order
from apps.rulebook.running import run_next
from apps.trust.models import Slice
from reviewhub.demo import orders, story, suppliers
from reviewhub.demo.case import Answer, Case
from tests.screens.camera import WINDOWS, Scene

HANNA, TOMAS, AYLIN, JONAS, CLAIRE, SOFIA, PETER = (
    f"{name}@northwind.example"
    for name in (
        "hanna.berger",
        "tomas.ribeiro",
        "aylin.demir",
        "jonas.lindqvist",
        "claire.dubois",
        "sofia.marin",
        "peter.novak",
    )
)
_WIDE = ("desktop", "phone")
_NUMBERS = count(90_001)
_RANDOM = Random(20261121)

Kind = Callable[[Random], Case]


def scenes() -> Iterator[Scene]:
    """All of them; the states they show are brought about first."""
    card = _held(_proposed(orders.damaged_on_arrival), HANNA)
    before = _held(_proposed(orders.wrong_item), CLAIRE)
    after = _held(_proposed(orders.wrong_item), TOMAS)
    _pick_otherwise(after, TOMAS)
    second = _second()
    done = Proposal.objects.filter(task__status=TaskStatus.DONE).order_by("-pk")[0]
    slice_id = Slice.objects.order_by("-counted")[0].pk

    yield Scene("home", HANNA, reverse("desk:home"))
    yield Scene("queue", HANNA, _queue("care-desk"))
    yield Scene("queue-filters", HANNA, f"{_queue('care-desk')}?due=late&stuck=on", windows=_WIDE)
    yield Scene("card", HANNA, _card(card))
    yield Scene("card-reject", HANNA, _card(card), _press("r"), windows=_WIDE)
    yield Scene("card-ask", HANNA, _card(card), _press("i"), windows=_WIDE)
    yield Scene("card-skip", HANNA, _card(card), _press("s"), windows=_WIDE)
    yield Scene("blind-first-before", CLAIRE, _card(before))
    yield Scene("blind-first-after", TOMAS, _card(after))
    yield Scene("card-second-person", JONAS, _card(second))
    yield Scene("card-withdrawn", HANNA, "/", _withdrawn, windows=_WIDE)
    yield Scene("card-lost-claim", HANNA, "/", _lost, windows=_WIDE)
    yield Scene("story", AYLIN, reverse("desk:proposal_detail", args=[done.pk]), windows=_WIDE)
    yield Scene(
        "print", AYLIN, reverse("desk:proposal_print", args=[done.pk]), on_paper=True, windows=("desktop",)
    )
    yield Scene("own-checks", HANNA, reverse("desk:own_checks"), windows=_WIDE)
    yield Scene("queue-checks", AYLIN, reverse("desk:queue_checks", args=["care-desk"]), windows=_WIDE)
    yield Scene("slices", SOFIA, reverse("trust:slice_list"), windows=_WIDE)
    yield Scene("slice", SOFIA, reverse("trust:slice_detail", args=[slice_id]))
    yield Scene("chain", SOFIA, reverse("escalation:chain_read", args=["care"]), windows=_WIDE)
    yield Scene("report", SOFIA, reverse("desk:report_attainment"), windows=_WIDE)
    yield from _of_outcomes()
    yield from _of_policies()
    yield from _of_governance()
    yield Scene("audit", PETER, reverse("audit:event_list"), windows=_WIDE)
    yield Scene("workflows", SOFIA, reverse("registry:workflow_list"), windows=("desktop",))


def _of_policies() -> Iterator[Scene]:
    """What needs a person: what holds, a draft of it, and one of its rules as it is written."""
    workflow = Workflow.objects.get(slug="customer-orders")
    sofia, now = User.objects.get(email=SOFIA), timezone.now()
    draft = begin_draft(workflow=workflow, by=sofia, now=now)
    cell = draft.content["matrix"]["moderate"]["compensable"] | {"people": 2, "veto_minutes": 60}
    save_cell(
        draft_id=draft.pk,
        which="moderate",
        how="compensable",
        cell=cell,
        revision=draft.revision,
        by=sofia,
        now=now,
    )
    yield Scene("policy", SOFIA, reverse("rulebook:policy_read", args=[workflow.slug]), windows=_WIDE)
    yield Scene("policy-draft", SOFIA, reverse("rulebook:draft_read", args=[draft.pk]))
    yield Scene("policy-rule", SOFIA, reverse("rulebook:rule_edit", args=[draft.pk, 1]))
    yield Scene(
        "policy-cell",
        SOFIA,
        reverse("rulebook:cell_edit", args=[draft.pk, "moderate", "compensable"]),
        windows=_WIDE,
    )
    test = order(draft_id=draft.pk, last=1000, by=sofia, now=now)
    run_next()
    yield Scene("back-test", SOFIA, reverse("back_tests:back_test_read", args=[test.pk]))


def _of_governance() -> Iterator[Scene]:
    """What is stopped, what is ready, what each slice is let do, what agents may propose, and what was erased."""
    yield Scene("halts", SOFIA, reverse("halts:halt_list"))
    yield Scene("readiness", SOFIA, reverse("assurance:readiness_read", args=["contract-terms"]))
    yield Scene("register", SOFIA, reverse("assurance:register_read"))
    yield Scene("permissions", SOFIA, reverse("permissions:permission_list"))
    yield Scene("privacy", SOFIA, reverse("privacy:erasure_list"))
    yield Scene("seals", PETER, reverse("audit:seal_list"), windows=_WIDE)


def _of_outcomes() -> Iterator[Scene]:
    """Did the number move, what does it cost, how well does it go, and who may be believed: as its owner sees it."""
    kpi = Kpi.objects.get(slug="time-to-an-answer")
    yield Scene("outcomes", CLAIRE, reverse("outcomes:portfolio"), windows=_WIDE)
    yield Scene("kpi", CLAIRE, reverse("outcomes:kpi_read", args=[kpi.pk]))
    for name, view, windows in (
        ("process", "outcomes:process_read", tuple(WINDOWS)),
        ("costs", "costs:costs_read", _WIDE),
        ("cost-model", "costs:model_read", _WIDE),
        ("scorecard", "quality:scorecard_read", tuple(WINDOWS)),
        ("quality", "quality:watch_read", _WIDE),
        ("judges", "evaluation:judge_list", _WIDE),
    ):
        yield Scene(name, CLAIRE, reverse(view, args=[kpi.workflow.slug]), windows=windows)
    # What agents in shadow proposed: contracts are the ones they only watch.
    yield Scene("shadow", SOFIA, reverse("evaluation:shadow_read", args=["contract-terms"]), windows=_WIDE)


def _queue(slug: str) -> str:
    return reverse("desk:queue_detail", args=[slug])


def _card(task: Task) -> str:
    return reverse("desk:task_detail", args=[task.pk])


def _person(email: str) -> User:
    return User.objects.get(email=email)


def _proposed(kind: Kind) -> Proposal:
    stage = story.Stage({agent.slug: agent for agent in Agent.objects.all()}, _RANDOM)
    case = kind(_RANDOM)
    return story.propose(stage, case, external_id=f"{case.agent}-{next(_NUMBERS)}", at=timezone.now())


def _held(proposal: Proposal, email: str) -> Task:
    """Its task, in the hands of this person; what else they hold goes back."""
    now, person = timezone.now(), _person(email)
    for held in Task.objects.filter(claimed_by=person, status=TaskStatus.CLAIMED):
        returning.release(task_id=held.pk, by=person, now=now)
    return claiming.claim(task_id=proposal.task.pk, by=person, now=now)


def _pick_otherwise(task: Task, email: str) -> None:
    """Somebody who would have done something else than the agent proposes."""
    person = _person(email)
    offered = picking.offered_to(task, by=person)
    option = next(one for one in offered if one.action.sha256 != task.proposal.args_sha256)
    if task.lease_token is not None:
        picking.pick(
            task_id=task.pk,
            by=person,
            picked=Picked(option.key),
            lease_token=task.lease_token,
            version=task.version,
            now=timezone.now(),
        )


def _second() -> Task:
    """A new bank account that one person has approved, in the hands of the second."""
    proposal = _proposed(suppliers.new_bank_account)
    marta = User.objects.get(short="marta")
    now = timezone.now()
    task = claiming.claim(task_id=proposal.task.pk, by=marta, now=now)
    story.record(task, marta, proposal, Answer(), at=now)
    settling.settle_due(now=now + timedelta(minutes=5))
    return _held(proposal, JONAS)


def _press(key: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.press(key)


def _opened(page: Page) -> Task:
    """A card that has just been opened, of somebody who holds it."""
    task = _held(_proposed(orders.parcel_lost), HANNA)
    page.goto(f"{page.url.rstrip('/')}{_card(task)}")
    page.wait_for_selector("body[data-settled]", state="attached")
    page.keyboard.press("r")
    page.fill("#id_reject_note", "The carrier found the parcel this morning.")
    return task


def _withdrawn(page: Page) -> None:
    task = _opened(page)
    agent = task.proposal.agent
    endings.withdraw(
        proposal_id=task.proposal_id, by=agent, reason="The parcel turned up", now=timezone.now()
    )
    page.get_by_text("The agent withdrew it while you read it.").wait_for()


def _lost(page: Page) -> None:
    task = _opened(page)
    Task.objects.filter(pk=task.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    returning.return_lost_claims(now=timezone.now())
    page.get_by_text("The task changed hands.").wait_for()
