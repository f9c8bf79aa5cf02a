"""What the processes of a soak do until they are killed: agents send, people decide, sweepers sweep, an auditor looks.

Each acts by dice, through the real verbs, at the simulated moment it is. What a verb refuses is an answer; what it
breaks with goes into the journal and fails the soak, except for sessions that were ended and deadlocks.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from psycopg.errors import DeadlockDetected

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.delivery import dispatch
from apps.intake import endings
from apps.intake.actions import submit
from apps.intake.requests import Accepted
from apps.proposals import actions as proposals
from apps.proposals import grants
from apps.proposals.changes import WrongStatus
from apps.proposals.models import Grant, Proposal, Question
from apps.proposals.questions import Said
from apps.proposals.states import Disposition, Status
from apps.registry.models import Agent
from apps.reviews import asking, claiming, deciding, returning
from apps.reviews.choosing import Conflict, Invalid
from apps.reviews.claiming import Taken
from apps.reviews.models import Task
from apps.routing.states import Verb
from tests import factories
from tests.faults.acts import SWEEPERS, audit
from tests.soak.world import Journal, SimulatedClock

# The two sides of a race, seen from the one who lost it.
ANSWERS = (Conflict, Invalid, NotAllowed, Taken, WrongStatus, grants.NotRedeemable, Task.DoesNotExist)
_PAUSE = 0.05
_AT_A_TIME = 100


@dataclass
class Scene:
    """What an actor knows. `pace` are tasks per tick, `total` how many there will be, `agents` how many send."""

    clock: SimulatedClock
    journal: Journal
    dice: Random
    pace: float
    total: int
    agents: int
    people: int

    def wanted_of_each(self) -> int:
        """How many proposals each agent has sent when it has sent what is its to send by now."""
        return min(self.total, int(self.pace * self.clock.tick())) // self.agents

    def last_names(self) -> list[str]:
        """External ids of the last of them, one an agent."""
        each = self.wanted_of_each()
        return [external_id((each - 1) * self.agents + number) for number in range(self.agents) if each]


def external_id(name: int | str) -> str:
    """What the proposal of this name is called outside."""
    return f"soak-{name}"


def act_for_ever(turn: Callable[[Scene], object], scene: Scene) -> None:
    """Take turns until somebody kills this process."""
    while True:
        try:
            turn(scene)
        except ANSWERS:
            continue
        except (OperationalError, InterfaceError) as error:
            kind = "deadlock" if isinstance(error.__cause__, DeadlockDetected) else "cut off"
            scene.journal.write(kind, turn.__name__)
            connection.close()
        except Exception as error:
            scene.journal.write("broken", turn.__name__, type(error).__name__, error)
            connection.close()
            time.sleep(_PAUSE)


def sweeper(scene: Scene) -> None:
    """Every sweeper once, in any order, a few rows at a time; then the post."""
    names = [name for name in SWEEPERS if name != "audit"]
    scene.dice.shuffle(names)
    done = sum(SWEEPERS[name](now=scene.clock.now(), limit=_AT_A_TIME) for name in names)
    done += dispatch.run(now=scene.clock.now())
    if not done:
        time.sleep(_PAUSE)


class Auditor:
    """A look in each tick, and another one when it was killed in it."""

    __name__ = "auditor"

    def __init__(self) -> None:
        self._tick = -1

    def __call__(self, scene: Scene) -> None:
        tick = scene.clock.tick()
        if tick == self._tick:
            time.sleep(_PAUSE)
            return
        audit(now=scene.clock.now())
        scene.journal.write("audited")
        self._tick = tick


class Paced:
    """Does so much in a tick and no more: `share` of as many acts as tasks come in it, divided among `of` processes."""

    share = 1.0

    def __init__(self) -> None:
        self.tick = -1
        self.left = 0.0

    def may_act(self, scene: Scene, of: int) -> bool:
        """Whether there is something left to do in this tick; waits a moment when not."""
        if scene.clock.tick() != self.tick:
            self.tick = scene.clock.tick()
            self.left = self.left % 1 + self.share * scene.pace / of
        if self.left < 1:
            time.sleep(_PAUSE)
            return False
        self.left -= 1
        return True


class Person(Paced):
    """One process that is many reviewers."""

    share = 0.8
    __name__ = "person"

    def __call__(self, scene: Scene) -> None:
        if self.may_act(scene, scene.people):
            self._work(scene, scene.dice)

    def _work(self, scene: Scene, dice: Random) -> None:
        now = scene.clock.now()
        reviewers = list(User.objects.filter(groups__name="Order desk", is_active=True).order_by("pk"))
        by = dice.choice(reviewers)
        held = list(Task.objects.filter(claimed_by=by, status="claimed").select_related("proposal"))
        task = dice.choice(held) if len(held) > 5 else claiming.claim_next(by=by, now=now)
        if task is None:
            return
        does = dice.choices(_DOES, _OFTEN)[0]
        if does is not None:
            does(scene, task, by)


def _approve(scene: Scene, task: Task, by: User) -> None:
    decision = factories.decided(task, by, scene.clock.now())
    scene.journal.write("decided", decision.pk)
    if scene.dice.random() < 0.05:
        deciding.undo(task_id=task.pk, by=by, now=scene.clock.now())
        scene.journal.write("undone", decision.pk)


def _reject(scene: Scene, task: Task, by: User) -> None:
    reason = "customer-changed-mind"
    decision = factories.decided(task, by, scene.clock.now(), Verb.REJECT, reason_code=reason)
    scene.journal.write("decided", decision.pk)


def _skip(scene: Scene, task: Task, by: User) -> None:
    returning.skip(task_id=task.pk, by=by, reason="not mine", now=scene.clock.now())


def _release(scene: Scene, task: Task, by: User) -> None:
    returning.release(task_id=task.pk, by=by, now=scene.clock.now())


def _ask(scene: Scene, task: Task, by: User) -> None:
    question = factories.asked(task, by, scene.clock.now())
    scene.journal.write("asked", question.pk)


# None: they leave, and the claim runs out.
_DOES: list[Callable[[Scene, Task, User], None] | None] = [_approve, _reject, _skip, _release, _ask, None]
_OFTEN = [58, 14, 6, 5, 8, 9]


class Sender(Paced):
    """One agent process: sends what is its to send, answers, takes back, carries out and reports."""

    share = 0.7
    __name__ = "agent"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.sent: int | None = None

    def __call__(self, scene: Scene) -> None:
        bot = Agent.objects.get(slug="order-bot")
        if self.sent is None:
            # After a crash: what it remembers. What it does not remember it sends again, under the same name.
            mine = [int(name) for name, _id in scene.journal.read("accepted")]
            self.sent = 1 + max(
                (name // scene.agents for name in mine if name % scene.agents == self.number), default=-1
            )
        wanted = scene.wanted_of_each()
        if self.sent < wanted:
            self._send(scene, bot, min(wanted - self.sent, scene.dice.randint(1, 15)))
            return
        if self.may_act(scene, scene.agents):
            acts: list[Callable[[Scene, Agent], None]] = [_answer, _answer, _withdraw, _carry_out, _report]
            scene.dice.choice(acts)(scene, bot)

    def _send(self, scene: Scene, bot: Agent, count: int) -> None:
        assert self.sent is not None
        names = [str((self.sent + more) * scene.agents + self.number) for more in range(count)]
        bodies = [_body(name, scene) for name in names]
        sent = [factories.submission(body, key=body["external_id"]) for body in bodies]
        for name, answer in zip(
            names, submit(agent=bot, submissions=sent, now=scene.clock.now()), strict=True
        ):
            assert isinstance(answer, Accepted), answer
            scene.journal.write("accepted", name, answer.resource["id"])
        self.sent += count


def _body(name: str, scene: Scene) -> dict[str, Any]:
    """The same for the same name: a repetition has to be one."""
    dice = Random(name)
    action = "delete_record" if dice.random() < 0.25 else "cancel_order"
    return factories.proposal_body(
        external_id=external_id(name),
        action={"name": action, "args": {"order_id": f"#{name}", "reason": "ordered by mistake"}},
        alternatives=[],
        subject={"kind": "order", "id": f"#{name}"},
        confidence=round(0.5 + dice.random() / 2, 3),
    )


def _answer(scene: Scene, bot: Agent) -> None:
    question = Question.objects.filter(ended_at=None, proposal__agent=bot).order_by("?").first()
    # Every third is never answered: its last digit says so.
    if question is not None and question.pk.int % 3:
        asking.answer(proposal_id=question.proposal_id, said=Said("It is #7."), by=bot, now=scene.clock.now())
        scene.journal.write("answered", question.pk)


def _withdraw(scene: Scene, bot: Agent) -> None:
    if scene.dice.random() > 0.2:
        return
    newest = list(Proposal.objects.filter(status=Status.PENDING).order_by("-pk")[:50])
    if newest:
        row = scene.dice.choice(newest)
        endings.withdraw(proposal_id=row.pk, by=bot, reason="not needed", now=scene.clock.now())
        scene.journal.write("withdrawn", row.pk)


def _carry_out(scene: Scene, bot: Agent) -> None:
    waiting = Grant.objects.filter(redeemed_at=None, expires_at__gt=scene.clock.now()).order_by("-pk")[:5]
    for grant in waiting:
        with suppress(*ANSWERS):
            grants.redeem(grant_id=grant.pk, args_sha256=grant.args_sha256, by=bot, now=scene.clock.now())
            scene.journal.write("redeemed", grant.pk)


def _report(scene: Scene, bot: Agent) -> None:
    done = Proposal.objects.filter(grant__redeemed_at__isnull=False, result=None).order_by("pk")[:5]
    for row in done:
        with suppress(*ANSWERS):
            now = scene.clock.now()
            proposals.report_result(
                proposal_id=row.pk, disposition=Disposition.EXECUTED, occurred_at=now, by=bot, now=now
            )
            scene.journal.write("reported", row.pk)


def start(role: str, scene: Scene) -> None:
    """Be this actor, such as `sweeper 2` or `agent 0`, in a forked process; never returns."""
    name, _space, number = role.partition(" ")
    scene.dice = Random(f"{role} {os.getpid()} {time.monotonic()}")
    turns: dict[str, Callable[[Scene], object]] = {
        "sweeper": sweeper,
        "auditor": Auditor(),
        "person": Person(),
        "agent": Sender(int(number)),
    }
    act_for_ever(turns[name], scene)
