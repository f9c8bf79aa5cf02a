"""What is older than its workflow keeps it goes by itself; nothing that is open, or that somebody still needs."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.costs.models import Run, Usage
from apps.delivery.models import Notification
from apps.intake.rerunning import compared, stored
from apps.privacy import retaining
from apps.privacy.models import Retention, RetentionDay
from apps.privacy.retention_setup import (
    FOR_GOOD,
    MOST_DAYS,
    BadDays,
    ChangedSince,
    Keeping,
    Result,
    confirm_retention,
    decline_retention,
    digest_of,
    keeping_of,
    set_retention,
)
from apps.proposals import examining
from apps.proposals.models import Proposal
from apps.proposals.states import ERASED, RUN_ERASED, Purpose
from apps.registry.models import Workflow
from apps.reviews.models import GoldCase
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from tests import factories
from tests.costs.conftest import use
from tests.factories import House
from tests.privacy.conftest import NAME, decided, told_everywhere, where
from tests.rulebook.drafts import tried

pytestmark = pytest.mark.usefixtures("db")

FILE = "retention:\n  - {workflow: orders, contents_days: 30, messages_days: 7}\n"

kept = st.builds(Keeping, *[st.none() | st.integers(1, MOST_DAYS)] * 3)


def keep(house: House, **days: int) -> None:
    set_retention(workflow=house.workflow, keeping=Keeping(**days), by=None, now=house.now)


def swept(house: House, *, days: int) -> int:
    return retaining.erase_old(now=house.now + timedelta(days=days, hours=1))


def carried_out(house: House, **changes: Any) -> Proposal:
    """One that was approved and done: nothing of it is awaited any more."""
    proposal = decided(house, **changes)
    factories.executed(proposal, house)
    return Proposal.objects.get(pk=proposal.pk)


def test_contents_go_when_their_time_is_over_and_not_before(house: House) -> None:
    proposal = carried_out(house)
    assert swept(house, days=400) == 0
    keep(house, contents_days=30)
    assert swept(house, days=29) == 0
    assert swept(house, days=31) == 1
    proposal.refresh_from_db()
    assert (proposal.summary, proposal.args) == (ERASED, {})
    assert swept(house, days=31) == 0
    left = where(NAME)
    # Messages are kept for longer here.
    assert all(place.startswith("delivery_") for place in left), left


def test_each_day_is_told_once_when_it_is_over(house: House) -> None:
    for _again in range(3):
        carried_out(house)
    keep(house, contents_days=30)
    assert swept(house, days=31) == 3
    day = RetentionDay.objects.get()
    assert (day.kind, day.proposals, day.told_proposals) == ("contents", 3, 0)
    assert Event.objects.filter(verb="proposal.erased", data__retention="contents").count() == 3
    swept(house, days=31)
    assert not Event.objects.filter(verb="retention.erased").exists()
    swept(house, days=32)
    swept(house, days=33)
    told = Event.objects.get(verb="retention.erased")
    assert told.data == {
        "day": day.day.isoformat(),
        "kind": "contents",
        "proposals": 3,
        "rows": day.rows,
    }


def test_what_a_sweep_writes_after_its_day_was_told_is_told_as_well(house: House) -> None:
    carried_out(house)
    keep(house, contents_days=30)
    assert swept(house, days=31) == 1
    swept(house, days=32)
    carried_out(house)
    # Begun on the day before, and over only now.
    assert swept(house, days=31) == 1
    swept(house, days=32)
    swept(house, days=33)
    day = RetentionDay.objects.get()
    told = Event.objects.filter(verb="retention.erased").values_list("data__proposals", "data__rows")
    assert [proposals for proposals, _rows in told] == [1, 1]
    assert sum(rows for _proposals, rows in told) == day.rows


def test_what_is_open_or_awaited_or_in_use_is_not_touched(house: House) -> None:
    keep(house, contents_days=1)
    factories.pending(house)
    awaited = decided(house)
    known = told_everywhere(house)
    looked_at = carried_out(house)
    examining.order(original=looked_at, purpose=Purpose.AUDIT, excluded=[], now=house.now)
    assert GoldCase.objects.get().proposal == known
    undone = carried_out(house)
    assert swept(house, days=2) == 1
    assert list(Proposal.objects.filter(erased_at__isnull=False)) == [undone]
    assert awaited.status == "approved"


def test_what_can_still_be_undone_stays(house: House) -> None:
    keep(house, contents_days=1)
    house.cancel_order.undo_window_seconds = 10 * 86_400
    house.cancel_order.save()
    carried_out(house)
    assert swept(house, days=9) == 0
    assert swept(house, days=11) == 1


def test_messages_go_and_contents_stay(house: House) -> None:
    told_everywhere(house)
    GoldCase.objects.update(retired_at=house.now, retired_because="old")
    assert Notification.objects.filter(title__contains=NAME).exists()
    keep(house, messages_days=7)
    assert swept(house, days=6) == 0
    assert swept(house, days=8) == 1
    assert not [
        place
        for place in where(NAME)
        if place.startswith("delivery_notif") or place == "delivery_delivery.body"
    ]
    assert Proposal.objects.filter(summary__contains=NAME).exists()
    assert swept(house, days=8) == 0


def test_traces_go_and_nobody_asks_again_what_rules_would_have_said(house: House) -> None:
    proposal = carried_out(house)
    use(house, "1.50", run=f"run-{NAME}", key=NAME, tokens=7)
    keep(house, traces_days=7)
    assert swept(house, days=8) == 1
    proposal.refresh_from_db()
    assert (proposal.run, proposal.erased_at) == (RUN_ERASED, None)
    assert NAME in proposal.summary
    assert [same for _one, same in compared(stored(10))] == [None]
    assert tried(house).figures["left_out"] == {"taken_out": 1}
    assert not Run.objects.filter(name__contains=NAME).exists()
    assert not Usage.objects.filter(key__contains=NAME).exists()
    assert (Run.objects.get().tokens, Usage.objects.get().answer) == (7, {})
    assert swept(house, days=8) == 0


def test_whatever_an_agent_calls_its_runs_their_names_go(house: House) -> None:
    use(house, "0.5", run=f"run-{NAME}", key="k1")
    pk = Run.objects.get().pk
    for name in (f"erased-{pk}", f"erased-{NAME}"):
        use(house, "0.5", run=name, key=name)
    use(house, "0.5", run="third", key=f"erased-{Usage.objects.first().pk}")  # type: ignore[union-attr]
    keep(house, traces_days=7)
    swept(house, days=8)
    assert not Run.objects.filter(erased_at__isnull=True).exists()
    assert where(NAME) == []
    assert all(run.name.startswith(f"erased-{run.pk}-") for run in Run.objects.all())


@pytest.mark.parametrize("broken", ["rename", "due_contents"])
def test_what_goes_wrong_in_one_workflow_does_not_stop_another(
    house: House, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    offices = {
        name: getattr(house.workflow, name) for name in ("business_owner", "process_owner", "technical_owner")
    }
    lead, team = house.workflow.governance_lead, house.workflow.reviewers
    other = Workflow.objects.create(slug="z", name="Z", governance_lead=lead, reviewers=team, **offices)
    for workflow in (house.workflow, other):
        use(house, "0.5", run=NAME, workflow=workflow)
        keeping = Keeping(contents_days=7, traces_days=7)
        set_retention(workflow=workflow, keeping=keeping, by=None, now=house.now)
    module = retaining.runs if broken == "rename" else retaining
    real = getattr(module, broken)

    def failing(first: Any, *given: Any) -> Any:
        if first == house.workflow.pk or first == list(house.workflow.runs.values_list("pk", flat=True)):
            raise ValueError("broken")
        return real(first, *given)

    monkeypatch.setattr(module, broken, failing)
    swept(house, days=8)
    assert Run.objects.get(workflow=other).erased_at is not None


def test_another_workflow_keeps_its_own(house: House) -> None:
    keep(house, contents_days=1)
    recorded = factories.proposal_at(house, factories.Status.RECORDED)
    assert swept(house, days=400) == 0
    assert Proposal.objects.get(pk=recorded.pk).erased_at is None


def test_one_that_fails_does_not_stop_the_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = carried_out(house), carried_out(house)
    keep(house, contents_days=1)
    real = retaining.erase

    def failing(**given: Any) -> Any:
        if given["proposal_id"] == first.pk:
            raise ValueError("broken")
        return real(**given)

    monkeypatch.setattr(retaining, "erase", failing)
    assert swept(house, days=2) == 1
    assert Proposal.objects.get(erased_at__isnull=False) == second


@pytest.mark.parametrize("days", [0, -1, 40_000])
def test_days_that_are_none_are_refused(house: House, days: int) -> None:
    with pytest.raises(BadDays):
        keep(house, contents_days=days)
    with pytest.raises(IntegrityError), transaction.atomic():
        Retention.objects.create(workflow=house.workflow, contents_days=0)


def test_only_an_admin_or_the_operator_says_how_long(house: House) -> None:
    for person in (house.gina, house.petra, house.alice):
        with pytest.raises(NotAllowed):
            set_retention(workflow=house.workflow, keeping=Keeping(1), by=person, now=house.now)
    for result in (Result.SET, Result.NOTHING):
        assert set_retention(workflow=house.workflow, keeping=Keeping(1), by=None, now=house.now) == result
    told = Event.objects.get(verb="retention.set")
    assert told.data["text"] == "contents 1 day, messages for good, traces for good"


def confirm(house: House, by: User, seen: str = "") -> None:
    row = Retention.objects.get(workflow=house.workflow)
    confirm_retention(workflow=house.workflow, seen=seen or digest_of(row), by=by, now=house.now)


def test_what_was_not_seen_is_not_confirmed(house: House) -> None:
    keep(house, contents_days=90)
    seen = []
    for days in (60, 1):
        set_retention(workflow=house.workflow, keeping=Keeping(days), by=house.adam, now=house.now)
        seen.append(digest_of(Retention.objects.get()))
    with pytest.raises(ChangedSince, match="look at it again"):
        confirm(house, house.gina, seen[0])
    assert keeping_of(Retention.objects.get()) == Keeping(90)
    confirm(house, house.gina, seen[1])
    assert keeping_of(Retention.objects.get()) == Keeping(1)


def test_a_shorter_time_waits_for_a_second_person_and_a_longer_one_does_not(house: House) -> None:
    keep(house, contents_days=90, traces_days=30)
    shorter, longer = Keeping(30, None, None), Keeping(90, None, None)
    row = Retention.objects.get()

    def said(keeping: Keeping) -> Result:
        return set_retention(workflow=house.workflow, keeping=keeping, by=house.adam, now=house.now)

    assert said(shorter) == Result.ORDERED
    row.refresh_from_db()
    assert keeping_of(row) == Keeping(90, None, 30)
    with pytest.raises(NotAllowed, match="another person"):
        confirm(house, house.adam)
    for person in (house.petra, house.alice):
        with pytest.raises(NotAllowed, match="Only an admin or governance"):
            confirm(house, person)
    assert Notification.objects.filter(kind="privacy").values_list("person", flat=True)[0] == house.gina.pk
    confirm(house, house.gina)
    row.refresh_from_db()
    assert (keeping_of(row), row.ordered) == (shorter, None)
    assert Event.objects.filter(verb="retention.set").latest("pk").data["ordered_by"] == "Adam"
    with pytest.raises(NotAllowed, match="any more"):
        confirm(house, house.gina)
    assert said(longer) == Result.SET
    row.refresh_from_db()
    assert keeping_of(row) == longer


def test_what_was_asked_for_is_declined_or_taken_back(house: House) -> None:
    keep(house, contents_days=90)
    for by in (house.adam, house.gina):
        set_retention(workflow=house.workflow, keeping=Keeping(1), by=house.adam, now=house.now)
        decline_retention(workflow=house.workflow, by=by, now=house.now)
    set_retention(workflow=house.workflow, keeping=Keeping(1), by=house.adam, now=house.now)
    # Said again as it is: nothing waits any more.
    set_retention(workflow=house.workflow, keeping=Keeping(90), by=house.adam, now=house.now)
    row = Retention.objects.get()
    assert (keeping_of(row), row.ordered) == (Keeping(90), None)
    assert Event.objects.filter(verb="retention.declined").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Retention.objects.update(ordered={})


@given(kept, kept)
def test_two_people_are_asked_where_any_day_is_lost(mine: Keeping, theirs: Keeping) -> None:
    lost = [
        name
        for name, days in asdict(mine).items()
        if days is not None and (asdict(theirs)[name] is None or days < asdict(theirs)[name])
    ]
    assert mine.is_shorter_than(theirs) == bool(lost)


def test_a_file_sets_it_and_comes_out_again(house: House) -> None:
    import_configuration(FILE, by=None, now=house.now)
    row = Retention.objects.get()
    assert asdict(keeping_of(row)) == {"contents_days": 30, "messages_days": 7, "traces_days": None}
    assert "contents_days: 30" in export_configuration()
    assert import_configuration(FILE, by=None, now=house.now) == []
    import_configuration("retention:\n  - {workflow: orders}\n", by=None, now=house.now)
    row.refresh_from_db()
    assert keeping_of(row) == FOR_GOOD
    assert "contents_days" not in export_configuration()


@pytest.mark.parametrize("wrong", ["contents_days: 0", "messages_days: x", "years: 1", "traces_days: 99999"])
def test_a_file_with_no_number_of_days_is_refused(house: House, wrong: str) -> None:
    with pytest.raises(WrongConfiguration):
        import_configuration(f"retention:\n  - {{workflow: orders, {wrong}}}\n", by=None, now=house.now)
