"""The demo's agents: they propose over HTTP, act on exactly the answer, and stop when told to."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from apps.proposals.models import HumanAction, Proposal, Question, Result
from apps.proposals.states import Status
from apps.reviews import settling
from apps.reviews.models import Task
from reviewhub.demo import agents as demo_agents
from reviewhub.demo import care, contracts, conversation, past, story
from reviewhub.demo.agents import Agents
from reviewhub.demo.case import Answer
from tests import factories
from tests.replay.serving import serving
from tests.waiting import until


@pytest.fixture
def demo(transactional_db: None, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """The demo without a past or open tasks; what demo.json says."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(past, "seed", lambda *, now: False)
    call_command("demo_setup", verbosity=0)
    return json.loads((tmp_path / "demo.json").read_text())


@pytest.fixture
def running(demo: dict, tmp_path: Path) -> Iterator[Agents]:
    """Agents at work on a real web process; each test says what they propose."""
    with serving(tmp_path) as url:
        agents = Agents(credentials=lambda: {**demo, "url": url}, random=Random(1), pace=(0.05, 0.1))
        thread = threading.Thread(target=agents.run)
        thread.start()
        yield agents
        agents.stop.set()
        asked = time.monotonic()
        thread.join(timeout=10)
        assert time.monotonic() - asked < 1
    # The web is gone, so nobody waits in it any more: no thread is left to disturb the next test.
    until(lambda: agents.open_count() == 0)


@pytest.fixture
def only_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """One agent, one kind of case, three at a time."""
    monkeypatch.setattr(past, "KINDS", (care.tell_of_delay,))
    monkeypatch.setattr(demo_agents, "MOST_OPEN", 3)


@pytest.mark.usefixtures("only_delays")
def test_open_work_is_bounded(running: Agents) -> None:
    until(lambda: Proposal.objects.count() == 3)
    time.sleep(1)
    assert Proposal.objects.count() == 3


@pytest.mark.usefixtures("only_delays")
def test_an_approved_action_is_redeemed_and_reported(running: Agents) -> None:
    proposal = until(lambda: Proposal.objects.first())
    assert isinstance(proposal, Proposal)
    _answer(proposal, Answer())
    result = until(lambda: Result.objects.filter(proposal=proposal).first())
    assert isinstance(result, Result)
    proposal.refresh_from_db()
    assert proposal.grant.redeemed_at is not None
    assert result.disposition in ("executed", "execution_error")


@pytest.mark.usefixtures("only_delays")
def test_a_reviewers_question_is_answered(running: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "_TO_LOOK_AGAIN", (0.1, 0.2))
    proposal = until(lambda: Proposal.objects.first())
    assert isinstance(proposal, Proposal)
    now = timezone.now()
    task, person = story.take(story.Stage({}, Random(1)), proposal, at=now)
    factories.asked(task, person, now, text="Does the customer know?")
    question = until(lambda: Question.objects.exclude(ended_at=None).first())
    assert isinstance(question, Question)
    assert question.ending == "answered"
    task.refresh_from_db()
    assert task.claimed_by == person


def test_a_watched_agent_tells_what_people_did(running: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "KINDS", (contracts.price_change,))
    recorded = until(lambda: HumanAction.objects.filter(proposal__status=Status.RECORDED).first())
    assert isinstance(recorded, HumanAction)
    assert recorded.proposal.agent.slug == "contract-scout"
    assert not Task.objects.filter(proposal=recorded.proposal).exists()


def test_agents_whose_web_is_down_wait_and_stop_when_asked(tmp_path: Path) -> None:
    content = {
        "url": "http://127.0.0.1:9",
        "users": {},
        "agents": {"care-writer": {"key": "k", "workflow": "w"}},
    }
    (tmp_path / "demo.json").write_text(json.dumps(content))
    command = [sys.executable, "-c", _STARTED, "demo_agents"]
    environment = {**os.environ, "REVIEWHUB_DATA": str(tmp_path), "REVIEWHUB_SECRET_KEYS": "x" * 40}
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        time.sleep(1.5)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        output, _nothing = process.communicate(timeout=30)
    assert (process.returncode, output) == (0, b"")


# Says when the agents begin, so that the test does not measure how long Python takes to start.
_STARTED = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "reviewhub.settings"
import django
django.setup()
from django.core.management import execute_from_command_line
from reviewhub.demo import credentials
read = credentials.read
def told():
    print("started", flush=True)
    credentials.read = read
    return read()
credentials.read = told
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def _answer(proposal: Proposal, answer: Answer) -> None:
    stage = story.Stage({}, Random(1))
    now = timezone.now()
    task, person = story.take(stage, proposal, at=now)
    decision = story.record(task, person, proposal, answer, at=now)
    settling.settle_due(now=decision.decided_at + story._UNDO)
