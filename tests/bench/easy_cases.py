"""Easy real cases on the desk of one reviewer: what agents were right about and surest of, and can be undone."""

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
from tests.replay.shop import stock


def lay_out(ground: Ground, most: int) -> tuple[int, Queue, User, str] | None:
    """The `most` surest of them in a queue of its own: how many, the queue, its reviewer, their session. None without
    the real input.
    """
    rows = read_rows()
    if rows is None:
        return None
    easy = sorted(filter(_is_easy, rows), key=lambda row: -row["confidence"])[:most]
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
    """The agent is right, and nothing has to be typed. Of what needs two people, this is the first one's part."""
    return intent(row).verb is Verb.APPROVE and row["reversibility"] != "irreversible"
