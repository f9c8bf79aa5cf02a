"""A case that speaks of one customer everywhere, and the request to have that erased."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection

from apps.accounts.models import User
from apps.intake.examining import open_ordered
from apps.privacy import ordering, running
from apps.privacy.models import Erasure
from apps.proposals import actions as proposals
from apps.proposals.models import Examination, Proposal
from apps.proposals.questions import Said
from apps.proposals.states import Disposition, Verdict
from apps.registry.states import Consequence
from apps.reviews import adjudicating, asking, settling
from apps.routing.states import Verb
from tests import factories
from tests.factories import House

NAME = "Zebulon"
SUBJECT = "c-Zebulon-17"
# After all that happens in `told_everywhere`, and after its grant has run out.
LATER = timedelta(days=3)
_ARGS = {"order_id": f"#{NAME}", "reason": "no longer needed"}


def body(**changes: Any) -> dict[str, Any]:
    """A proposal that names the customer in every text an agent writes."""
    return {
        "external_id": f"{NAME}-{factories.uuid4().hex[:8]}",
        "action": {"name": "cancel_order", "args": _ARGS},
        "summary": f"Cancel the order of {NAME}",
        "rationale": f"{NAME} asked for it.",
        "evidence": [
            {
                "id": f"e-{NAME}",
                "kind": "record",
                "claim": f"{NAME} ordered",
                "title": f"Order of {NAME}",
                "content": f"status of {NAME}: pending",
            }
        ],
        "alternatives": [
            {
                "rank": 1,
                "action": {"name": "cancel_order", "args": _ARGS | {"reason": "ordered by mistake"}},
                "summary": f"Tell {NAME} it was a mistake",
                "probability": 0.1,
            }
        ],
        "subject": {"kind": "customer", "id": SUBJECT},
        "run": {"id": f"run-{NAME}"},
        "state": f"state of {NAME}",
    } | changes


def decided(house: House, *, by: User | None = None, verb: Verb = Verb.APPROVE, **changes: Any) -> Proposal:
    """One that a person decided, with a note that names the customer."""
    proposal = factories.pending(house, **body(**changes))
    person = by or house.alice
    task = factories.claimed(proposal, person, house.now)
    factories.decided(task, person, house.now, verb, note=f"{NAME} is right.")
    settling.settle_due(now=house.now + timedelta(minutes=10))
    return Proposal.objects.get(pk=proposal.pk)


def looked_at(house: House, verb: Verb = Verb.EDIT) -> None:
    """What was ordered to be looked at again is opened, and Bob does the same as Alice did."""
    now = house.now + timedelta(hours=3)
    open_ordered(now=now)
    for look in Examination.objects.filter(concluded_at__isnull=True).select_related("copy"):
        copy = look.copy
        assert copy is not None
        choice: dict[str, Any] = {"note": f"No {NAME} here."}
        if verb is Verb.EDIT:
            choice |= {"args": copy.args | {"reason": "ordered by mistake"}, "reason_code": "wrong-facts"}
        factories.decided(factories.claimed(copy, house.bob, now), house.bob, now, verb, **choice)
    settling.settle_due(now=now + timedelta(minutes=10))


def told_everywhere(house: House) -> Proposal:
    """One that was asked about, answered, edited, carried out, and turned out wrong; each time with the name."""
    proposal = factories.pending(house, **body())
    task = factories.claimed(proposal, house.alice, house.now)
    factories.asked(task, house.alice, house.now, f"Is {NAME} sure?")
    now = house.now + timedelta(minutes=5)
    asking.answer(proposal_id=proposal.pk, said=Said(f"{NAME} is sure."), by=house.agent, now=now)
    task.refresh_from_db()
    if task.claimed_by_id is None:
        task = factories.claimed(Proposal.objects.get(pk=proposal.pk), house.alice, now)
    task = type(task).objects.select_related("proposal").get(pk=task.pk)
    args = _ARGS | {"reason": "ordered by mistake"}
    factories.decided(
        task, house.alice, now, Verb.EDIT, args=args, reason_code="wrong-facts", note=f"{NAME} is right."
    )
    settling.settle_due(now=now + timedelta(minutes=10))
    proposal = Proposal.objects.get(pk=proposal.pk)
    factories.executed(proposal, house, Disposition.EXECUTED, detail=f"{NAME} was told.")
    proposals.report_outcome(
        proposal_id=proposal.pk,
        verdict=Verdict.WRONG,
        severity=Consequence.HIGH,
        source=f"{NAME} on the phone",
        detail=f"{NAME} complained.",
        occurred_at=house.now,
        by=house.agent,
        now=house.now + timedelta(hours=1),
    )
    adjudicating.adjudicate(
        proposal_id=proposal.pk,
        answers=[proposal.resolution.args_sha256],
        explanation=f"{NAME} ordered by mistake.",
        by=house.gina,
        now=house.now + timedelta(hours=2),
    )
    looked_at(house)
    return Proposal.objects.get(pk=proposal.pk)


def asked_for(house: House, **changes: Any) -> Erasure:
    """Adam asks that the customer's data is erased."""
    values: dict[str, Any] = {
        "workflow": house.workflow,
        "subject_kind": "customer",
        "subject_id": SUBJECT,
        "reason": "Ticket 4711.",
        "by": house.adam,
        "now": house.now + LATER,
    }
    return ordering.order(**values | changes)


def erased(house: House, **changes: Any) -> Erasure:
    """Asked for by Adam, confirmed by Gina, carried out."""
    erasure = asked_for(house, **changes)
    ordering.confirm(erasure_id=erasure.pk, by=house.gina, now=house.now + LATER)
    assert running.run_next(clock=lambda: house.now + LATER)
    erasure.refresh_from_db()
    return erasure


def where(word: str) -> list[str]:
    """Every table and column in which this word stands, in any case."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            for field in model._meta.local_concrete_fields:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE "{field.column}"::text ILIKE %s',  # noqa: S608
                    [f"%{word}%"],
                )
                (count,) = cursor.fetchone()
                if count:
                    found.append(f"{table}.{field.column}")
    return sorted(found)


def moment(house: House) -> datetime:
    """When everything here is over."""
    return house.now + LATER
