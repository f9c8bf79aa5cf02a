"""Easy real cases on the desk of one reviewer: what agents were surest of and right about, and one person may grant."""

from django.utils import timezone

from apps.accounts.models import User
from apps.intake.actions import submit
from apps.intake.contract import ProposalIn
from apps.intake.requests import Accepted, Submission
from apps.registry import actions as registry
from apps.registry.scopes import Permitted
from apps.registry.states import Stage
from apps.reviews.models import Queue
from apps.routing.states import Verb
from tests.bench.ground import Ground, signed_in
from tests.factories import UserFactory, add_reasons, make_queue, publish_matrix
from tests.replay.inputs import read_rows
from tests.replay.mapping import WORKFLOW, Row, body, intent
from tests.replay.shop import TWO_PEOPLE_FROM, stock

_SURE = 0.8


def lay_out(ground: Ground, most: int) -> tuple[int, Queue, User, str] | None:
    """At most so many of them in a queue of its own: how many, the queue, its reviewer and their session. None without
    the real input.
    """
    rows = read_rows()
    if rows is None:
        return None
    easy = [row for row in rows if _is_easy(row)][:most]
    now, house = timezone.now(), ground.house
    person = UserFactory(short="easy-going")
    team = house.team.__class__.objects.create(name="Easy desk", slug="easy-desk")
    team.user_set.add(person)
    queue = make_queue("easy", team, now)
    roles = registry.FiveRoles(house.olga, house.petra, house.tina, house.gina, team)
    workflow = registry.save_workflow(
        slug=WORKFLOW, name="Retail", roles=roles, initial_stage=Stage.ASSISTED, by=None, now=now
    )
    publish_matrix(now, workflow, quorum=1, queue=queue.slug)
    add_reasons(workflow)
    stock(workflow, rows)
    agent = registry.save_agent(slug="retail-bot", name="Retail bot", owner=house.tina, by=None, now=now)
    registry.set_grants(agent=agent, grants={workflow: Permitted()}, by=None, now=now)
    sent = [
        Submission(row["external_id"], row["external_id"], ProposalIn.model_validate(body(row)))
        for row in easy
    ]
    answers = submit(agent=agent, submissions=sent, now=now)
    refused = [answer for answer in answers if not isinstance(answer, Accepted)]
    if refused:
        raise RuntimeError(f"a case was refused: {refused[0]}")
    return len(easy), queue, person, signed_in(person)


def _is_easy(row: Row) -> bool:
    """The agent is sure and right, the money is what one person may give, and nothing has to be typed."""
    is_small = row["amount"] is None or row["amount"] < TWO_PEOPLE_FROM
    is_light = row["reversibility"] != "irreversible"
    return row["confidence"] >= _SURE and intent(row).verb is Verb.APPROVE and is_small and is_light
