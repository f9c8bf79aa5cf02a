"""What is stored about a clock is what its events say, exactly, whatever was done to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.turns import together
from apps.sla import actions, retargeting
from apps.sla.models import ClockCycle, SlaPolicy
from apps.sla.policy_setup import Targets, save_policy
from apps.sla.rebuilding import rebuild

HOUR = timedelta(hours=1)


def differences() -> list[str]:
    found: list[str] = []
    rebuild(mend=False, tell=lambda difference: found.append(str(difference)))
    return found


def run(*words: str) -> str:
    out = StringIO()
    call_command("sla_rebuild", *words, stdout=out)
    return out.getvalue()


steps = st.tuples(
    st.sampled_from(
        ["pause", "resume", "resume", "meet", "reopen", "breaches", "warnings", "cancel", "retarget"]
    ),
    st.integers(0, 6 * 3600 * 10**6).map(lambda n: timedelta(microseconds=n)),
    st.integers(1, 40 * 3600).map(lambda n: timedelta(seconds=n)),
)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(["4wh", "90m", "2bd", "9h"]), st.lists(steps, max_size=12))
def test_any_history_is_reproduced_exactly(start, now, text, happenings):
    subject, moment = uuid4(), now
    start("decide", text, about=subject, longest_pause="16wh")
    policy = SlaPolicy.objects.get(versions=ClockCycle.objects.get(subject_id=subject).policy_version_id)
    for verb, later, lasts in happenings:
        moment += later
        happen(verb, subject, policy, moment, lasts)
    assert differences() == []


def happen(verb, subject, policy, moment, lasts):
    try:
        if verb == "pause":
            actions.pause(subject_id=subject, until=moment + lasts, reason="", now=moment)
        elif verb == "resume":
            actions.resume(subject_id=subject, now=moment)
        elif verb == "meet":
            actions.meet(subject_id=subject, target="decide", now=moment)
        elif verb == "reopen":
            actions.reopen(subject_id=subject, target="decide", now=moment)
        elif verb == "breaches":
            actions.mark_breaches(now=moment)
        elif verb == "warnings":
            actions.mark_warnings(now=moment)
        elif verb == "cancel":
            actions.cancel(subject_ids=[subject], now=moment)
        else:
            hours = f"{1 + lasts.seconds // 3600}wh"
            targets = Targets(hours, hours, hours, warn_at=(40, 80), longest_pause="16wh")
            version = save_policy(slug=policy.slug, name=policy.name, targets=targets, by=None, now=moment)
            retargeting.retarget(policy=policy, number=version.number, by=None, now=moment)
    except actions.WrongCycle:
        # Not every verb fits every state; what was refused has left no trace.
        pass


def test_the_command_says_that_all_is_well(start):
    start()
    assert run("--check") == "1 clocks compared: no difference.\n"


@pytest.mark.parametrize(
    ("column", "hours", "named"),
    [("due_at", 1, "due_at is 2026-11-17T16:00:00+00:00, its events give 2026-11-17T15:00:00+00:00")],
)
def test_a_row_changed_past_the_verbs_is_named_and_mended(start, column, hours, named):
    cycle = start()
    ClockCycle.objects.filter(pk=cycle.pk).update(**{column: getattr(cycle, column) + hours * HOUR})
    out = StringIO()
    with pytest.raises(CommandError, match="1 clocks compared, 1 differences"):
        call_command("sla_rebuild", "--check", stdout=out)
    assert named in out.getvalue()
    assert "1 differences mended" in run()
    assert "no difference" in run("--check")


def test_a_wrong_end_is_mended_although_no_verb_could(start, subject, now):
    cycle = start()
    actions.meet(subject_id=subject, target="decide", now=now + HOUR)
    ClockCycle.objects.filter(pk=cycle.pk).update(
        status="running", met_at=None, elapsed=None, warned=[50, 75]
    )
    assert [line.split(": ")[1].split(" is")[0] for line in differences()] == [
        "status",
        "warned",
        "met_at",
        "elapsed",
    ]
    run()
    cycle.refresh_from_db()
    assert (cycle.status, cycle.met_at, cycle.elapsed, cycle.warned) == ("met", now + HOUR, HOUR, [])


def test_elapsed_is_compared_to_the_microsecond(start, subject, now):
    cycle = start()
    actions.meet(subject_id=subject, target="decide", now=now + timedelta(microseconds=7))
    ClockCycle.objects.filter(pk=cycle.pk).update(elapsed=timedelta(microseconds=8))
    assert len(differences()) == 1


def test_many_clocks_are_compared_in_batches(start, now):
    for _ in range(3):
        start(about=uuid4())
    assert rebuild(mend=False, tell=lambda difference: pytest.fail(str(difference))) == 3


def test_a_target_met_too_late_is_a_breach_first_also_when_the_verb_writes_its_rows_at_the_end(
    start: Callable[..., ClockCycle], subject: UUID, now: datetime
) -> None:
    cycle = start()
    with transaction.atomic(), together():
        actions.meet(subject_id=subject, target="decide", now=now + 9 * HOUR)
    assert list(cycle.events.values_list("kind", flat=True)) == ["start", "breached", "met"]
    assert differences() == []
