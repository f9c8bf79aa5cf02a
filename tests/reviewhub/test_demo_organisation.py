"""The demo organisation: loaded once, believable, the same after a second start, its credentials kept."""

import json
import stat
from pathlib import Path
from random import Random

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Event
from apps.escalation.models import AuditRun
from apps.evaluation.queries import judges
from apps.outcomes.comparing import compare
from apps.outcomes.models import Kpi
from apps.proposals.models import HumanAction, Outcome, Proposal, Result
from apps.proposals.states import Status
from apps.registry.models import Agent, AgentKey
from apps.registry.queries import authenticate as authenticate_agent
from apps.registry.states import Stage
from apps.reviews import policies
from apps.reviews.models import Queue, Task
from apps.reviews.states import TaskStatus
from apps.routing.queries import policy_for
from apps.routing.states import Verb
from apps.trust.models import LedgerEntry, Slice
from reviewhub.configuration import import_configuration
from reviewhub.demo import past
from reviewhub.demo.case import VERSIONS
from reviewhub.management.commands.demo_setup import ORGANISATION


@pytest.fixture
def data_dir(settings, tmp_path: Path) -> Path:
    """Where demo.json goes."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def newly_founded(db, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """The demo without a past or anything waiting; what demo.json says."""
    monkeypatch.setattr(past, "seed", lambda *, now: False)
    call_command("demo_setup", verbosity=0)
    return _file(data_dir)


@pytest.fixture
def demo(db, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """The demo with a shorter past, in which every kind of case occurs once; what demo.json says."""
    monkeypatch.setattr(past, "_DECIDED", 2 * len(past.KINDS))
    call_command("demo_setup", verbosity=0)
    return _file(data_dir)


def test_a_second_start_changes_nothing(demo: dict, data_dir: Path) -> None:
    before = _counts(), demo, list(User.objects.order_by("pk").values_list("password", flat=True))
    call_command("demo_setup", verbosity=0)
    assert (_counts(), _file(data_dir)) == before[:2]
    assert list(User.objects.order_by("pk").values_list("password", flat=True)) == before[2]


def test_what_people_changed_stays_changed(newly_founded: dict) -> None:
    Queue.objects.filter(slug="care-desk").update(name="Our desk")
    call_command("demo_setup", verbosity=0)
    assert Queue.objects.get(slug="care-desk").name == "Our desk"


def test_credentials_are_for_the_owners_eyes_and_work(newly_founded: dict, data_dir: Path) -> None:
    assert stat.S_IMODE((data_dir / "demo.json").stat().st_mode) == 0o600
    for email, user in newly_founded["users"].items():
        assert User.objects.get(email=email).check_password(user["password"])
    for slug, agent in newly_founded["agents"].items():
        key = authenticate_agent(agent["key"], timezone.now())
        assert key is not None
        assert key.agent.slug == slug
    roles = {role for user in newly_founded["users"].values() for role in user["roles"]}
    assert roles >= {"reviewer", "lead", "benefit_owner", "admin", "governance", "auditor"}
    assert set(newly_founded["agents"]) == set(VERSIONS)


def test_only_what_does_not_work_any_more_is_drawn_anew(newly_founded: dict, data_dir: Path) -> None:
    hanna = User.objects.get(short="hanna")
    hanna.set_password("something of her own")
    hanna.save()
    AgentKey.objects.filter(agent__slug="care-writer").update(revoked_at=timezone.now())
    call_command("demo_setup", verbosity=0)
    now = _file(data_dir)
    changed = {email for email, user in now["users"].items() if user != newly_founded["users"][email]}
    assert changed == {"hanna.berger@northwind.example"}
    assert {slug for slug, agent in now["agents"].items() if agent != newly_founded["agents"][slug]} == {
        "care-writer"
    }


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"users": 3, "agents": {"care-writer": []}}'])
def test_a_damaged_file_is_written_anew(newly_founded: dict, data_dir: Path, damage: str) -> None:
    (data_dir / "demo.json").write_text(damage)
    call_command("demo_setup", verbosity=0)
    users = _file(data_dir)["users"]
    assert all(
        User.objects.get(email=email).check_password(user["password"]) for email, user in users.items()
    )


def test_the_past_is_believable(demo: dict) -> None:
    statuses = set(Proposal.objects.values_list("status", flat=True))
    assert statuses >= {Status.APPROVED, Status.DENIED, Status.PENDING, Status.RECORDED}
    verbs = set(Proposal.objects.values_list("resolution__verb", flat=True)) - {None}
    assert verbs == {verb.value for verb in Verb}
    assert Result.objects.exists()
    assert Outcome.objects.exists()
    assert HumanAction.objects.exists()
    assert LedgerEntry.objects.filter(is_counted=True, wrong=False).exists()
    assert LedgerEntry.objects.filter(is_counted=True, wrong=True).exists()
    assert LedgerEntry.objects.filter(is_counted=False).exists()
    stages = set(Slice.objects.values_list("stage", flat=True))
    assert stages == {Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED}
    assert not Event.objects.filter(at__gt=timezone.now()).exists()


def test_it_starts_with_all_well(demo: dict) -> None:
    assert AuditRun.objects.latest("at").is_clean


def test_what_waits_is_of_every_kind(demo: dict) -> None:
    waiting = Task.objects.filter(status__in=[TaskStatus.OPEN, TaskStatus.CLAIMED])
    assert 20 <= waiting.count() <= 30
    assert waiting.filter(due_at__lt=timezone.now()).exists()
    assert waiting.filter(status=TaskStatus.CLAIMED).count() == 1
    assert any(len(task.deciders) == 1 and task.quorum == 2 for task in waiting)
    assert waiting.filter(proposal__alternatives__isnull=False).exists()
    assert len(set(waiting.values_list("tier", flat=True))) >= 4


def test_every_task_has_people_enough_to_decide_it(demo: dict) -> None:
    people = list(User.objects.filter(is_active=True))
    for task in Task.objects.select_related("queue"):
        able = [
            person
            for person in people
            if task.queue_id in policies.queue_ids(person) and person.pk != task.agent_owner_id
        ]
        # One more than needed: when two disagree, a third decides.
        assert len(able) > task.quorum, task.queue


def test_people_can_sign_in(newly_founded: dict, rf) -> None:
    email = "sofia.marin@northwind.example"
    request = rf.post("/accounts/login/")
    person = authenticate(request, email=email, password=newly_founded["users"][email]["password"])
    assert person == User.objects.get(email=email)


def test_it_settles_into_an_installation_that_has_its_defaults(db, data_dir: Path) -> None:
    call_command("setup_defaults", verbosity=0)
    import_configuration(ORGANISATION.read_bytes(), by=None, now=timezone.now(), only_missing=True)
    staffed = {
        queue.slug
        for queue in Queue.objects.all()
        if any(policies.queue_ids(u) >= {queue.pk} for u in _all())
    }
    for agent in Agent.objects.all():
        for grant in agent.grants.all():
            assert {cell.queue for cell in policy_for(grant.workflow_id).matrix.values()} <= staffed


@pytest.mark.parametrize("kind", past.KINDS, ids=lambda kind: kind.__name__)
def test_cases_differ_and_tell_why(kind: past.Kind) -> None:
    cases = [kind(Random(number)) for number in range(40)]
    assert len({case.summary for case in cases}) > 10
    for case in cases:
        assert len(case.rationale) > 80
        assert case.evidence
        if case.answer.verb is Verb.CHOOSE_ALTERNATIVE:
            assert case.answer.rank is not None
            assert len(case.others) >= case.answer.rank
        if case.answer.verb is not Verb.APPROVE:
            assert case.answer.reason


def _all() -> list[User]:
    return list(User.objects.all())


def _counts() -> dict[str, int]:
    models = (User, Agent, AgentKey, Proposal, Task, LedgerEntry, Event)
    return {model.__name__: model.objects.count() for model in models}


def _file(folder: Path) -> dict:
    return json.loads((folder / "demo.json").read_text())


def test_the_demo_shows_what_moved_and_what_its_owner_owes(demo: dict) -> None:
    time, cost = Kpi.objects.order_by("-slug")
    for kpi in (time, cost):
        found = compare(kpi, now=timezone.now())
        assert found.before is not None
        assert found.before.is_enough
        assert found.now.value is not None
    assert cost.owner.short == "claire"

    policy, tone = sorted(judges(time.workflow), key=lambda row: row.judge.name)
    assert policy.belief.agreement.kappa > 0.4
    assert not tone.belief.is_shown
    assert (policy.after_answer, tone.after_answer) == (0, 0)
