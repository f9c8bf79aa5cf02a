"""Changing, taking back and reviewing what an agent may propose: who may, what is kept, who is reminded."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.registry import actions, policies, reminding
from apps.registry.actions.permissions import ChangedSince
from apps.registry.models import AgentGrant, PermissionReview
from apps.registry.scopes import EVERYTHING, AgentScope, Permitted, digest
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from tests import factories
from tests.factories import House
from tests.together import at_once

SMALL = AgentScope.of(["cancel_order"], "impact.amount <= 100")
DELETES = AgentScope.of(["delete_record"])
DAY = timedelta(days=1)


def given(house: House, *scopes: AgentScope, days: int = 90, **changes: Any) -> AgentGrant:
    """The grant of the house's agent, changed by Adam to these scopes."""
    facts = {
        "agent": house.agent,
        "workflow": house.workflow,
        "given": Permitted(scopes or (EVERYTHING,), days),
        "by": house.adam,
        "now": house.now,
    }
    return actions.save_grant(**facts | changes)


def changed(house: House, scope: AgentScope, *, seen: str, by: Any = None) -> AgentGrant:
    """The same by somebody who saw what `seen` is the digest of."""
    return actions.change_grant(
        agent=house.agent,
        workflow=house.workflow,
        given=Permitted([scope]),
        seen=seen,
        by=by or house.adam,
        now=house.now,
    )


def grant_now() -> AgentGrant:
    return AgentGrant.objects.select_related("agent", "workflow").get()


def reviewed(house: House, by: Any = None, **changes: Any) -> PermissionReview:
    grant = grant_now()
    facts = {"note": "Fits its work.", "seen": digest(grant.scope_list), "now": house.now}
    return actions.review_permissions(grant=grant, by=by or house.gina, **facts | changes)


def test_what_is_changed_is_told_with_before_and_after(house: House) -> None:
    given(house, SMALL)
    event = Event.objects.get(verb="agent_grant.changed")
    assert event.data["scopes"] == {"before": [EVERYTHING.as_json()], "after": [SMALL.as_json()]}
    assert event.workflow_id == house.workflow.pk
    given(house, SMALL)
    assert Event.objects.filter(verb="agent_grant.changed").count() == 1


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (AgentScope.of([], "impact.amount"), "not a yes or no"),
        (AgentScope.of(["cancel_order"], "args.colour == 'red'"), "argument colour"),
        (AgentScope.of([], "args.colour == 'red'"), "argument colour"),
        (AgentScope.of([], "rationale == ''"), "There is no rationale"),
    ],
)
def test_a_limit_that_says_nothing_is_refused(house: House, scope: AgentScope, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        given(house, scope)
    assert grant_now().scope_list == (EVERYTHING,)


def test_a_limit_on_an_action_that_is_not_registered_yet_is_kept(house: House) -> None:
    later = AgentScope.of(["refund"], "args.colour == 'red'")
    assert given(house, later).scope_list == (later,)


def test_an_empty_list_is_refused_by_the_verb_and_by_the_database(house: House) -> None:
    with pytest.raises(ValidationError):
        given(house, given=Permitted(()))
    with pytest.raises(DatabaseError), transaction.atomic():
        AgentGrant.objects.update(scopes=[])


def test_one_scope_is_taken_back_and_with_the_last_the_grant(house: House) -> None:
    grant = given(house, SMALL, DELETES)
    seen = digest(grant.scope_list)
    actions.withdraw_scope(grant=grant, place=1, seen=seen, by=house.adam, now=house.now)
    assert grant_now().scope_list == (SMALL,)
    with pytest.raises(ChangedSince):
        actions.withdraw_scope(grant=grant, place=0, seen=seen, by=house.adam, now=house.now)
    actions.withdraw_scope(grant=grant, place=0, seen=digest([SMALL]), by=house.adam, now=house.now)
    assert not AgentGrant.objects.exists()
    assert Event.objects.get(verb="agent_grant.withdrawn").data == {"scopes": [SMALL.as_json()]}


@pytest.mark.parametrize("who", ["alice", "olga", "gina", "tina", "charlie"])
def test_only_an_admin_changes_or_takes_back(house: House, who: str) -> None:
    grant, by = grant_now(), getattr(house, who)
    seen = digest(grant.scope_list)
    with pytest.raises(NotAllowed, match="Only an admin"):
        changed(house, SMALL, seen=seen, by=by)
    with pytest.raises(NotAllowed, match="Only an admin"):
        actions.withdraw_scope(grant=grant, place=0, seen=seen, by=by, now=house.now)
    assert grant_now().scope_list == (EVERYTHING,)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_what_they_saw_at_once_one_is_told_to_look_again(live_house: House) -> None:
    house, seen = live_house, digest(grant_now().scope_list)
    results = at_once([lambda scope=scope: changed(house, scope, seen=seen) for scope in (SMALL, DELETES)])
    assert sorted(type(one).__name__ for one in results) == ["AgentGrant", "ChangedSince"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_the_first_scope_at_once_one_is_told_to_look_again(live_house: House) -> None:
    AgentGrant.objects.all().delete()
    seen = digest(())
    results = at_once(
        [lambda scope=scope: changed(live_house, scope, seen=seen) for scope in (SMALL, DELETES)]
    )
    assert sorted(type(one).__name__ for one in results) == ["AgentGrant", "ChangedSince"]


REVIEWS = {"gina": True, "adam": True, "tina": False, "olga": False, "petra": False, "alice": False}


@pytest.mark.parametrize("who", REVIEWS)
def test_who_reviews(house: House, who: str) -> None:
    """Tina is the technical owner, and owns the agent."""
    by = getattr(house, who)
    if REVIEWS[who]:
        assert reviewed(house, by).by == by
    else:
        with pytest.raises(NotAllowed):
            reviewed(house, by)


def test_the_technical_owner_reviews_an_agent_of_somebody_else(house: House) -> None:
    house.agent.owner = house.petra
    house.agent.save()
    policies.check_review_permissions(grant_now(), by=house.tina)


def test_a_review_keeps_what_was_looked_at_and_sets_the_next_day(house: House) -> None:
    given(house, SMALL, days=30)
    review = reviewed(house)
    assert grant_now().review_on == timezone.localdate(house.now) + 30 * DAY
    given(house, SMALL, DELETES, days=30)
    review.refresh_from_db()
    assert review.scope_list == (SMALL,)
    assert (review.by_name, review.note, review.at) == ("Gina", "Fits its work.", house.now)
    event = Event.objects.get(verb="agent_grant.reviewed")
    assert event.data == {"note": "Fits its work.", "scopes": [SMALL.as_json()]}


def test_what_was_changed_since_it_was_seen_is_not_called_good(house: House) -> None:
    seen = digest(grant_now().scope_list)
    given(house, SMALL, DELETES)
    with pytest.raises(ChangedSince):
        reviewed(house, seen=seen)
    assert not PermissionReview.objects.exists()


@pytest.mark.parametrize("note", ["", "  ", "x" * 501])
def test_a_review_says_something(house: House, note: str) -> None:
    with pytest.raises(ValidationError):
        reviewed(house, note=note)


def test_a_review_is_never_changed(house: House) -> None:
    review = reviewed(house)
    with pytest.raises(DatabaseError), transaction.atomic():
        PermissionReview.objects.update(note="else")
    with pytest.raises(DatabaseError), transaction.atomic():
        review.delete()


def test_what_nobody_has_looked_at_is_due_at_once_and_less_than_before_is_not(house: House) -> None:
    given(house, SMALL, DELETES, days=30)
    reviewed(house)
    given(house, SMALL, days=30)
    assert grant_now().review_on == timezone.localdate(house.now) + 30 * DAY
    given(house, EVERYTHING, days=30)
    assert grant_now().review_on == timezone.localdate(house.now)
    reviewed(house)
    assert grant_now().review_on == timezone.localdate(house.now) + 30 * DAY


def test_a_review_stays_when_the_grant_is_taken_back(house: House) -> None:
    reviewed(house)
    actions.withdraw_grant(grant=grant_now(), by=house.adam, now=house.now)
    assert PermissionReview.objects.get().agent == house.agent


def test_another_cadence_moves_the_next_review(house: House) -> None:
    reviewed(house)
    assert given(house, days=10).review_on == timezone.localdate(house.now) + 10 * DAY
    with pytest.raises(ValidationError):
        given(house, days=0)


def test_from_its_day_on_technical_owner_and_governance_lead_are_reminded_once_a_week(house: House) -> None:
    reviewed(house)
    due = house.now + 90 * DAY
    assert reminding.remind_reviewers(now=due - DAY) == 0
    assert reminding.remind_reviewers(now=due) == 1
    assert reminding.remind_reviewers(now=due + 6 * DAY) == 0
    told = Notification.objects.filter(kind="permissions")
    assert set(told.values_list("person__short", flat=True)) == {"tina", "gina"}
    assert told[0].title == "Review what Order bot may propose in Orders"
    assert reminding.remind_reviewers(now=due + 7 * DAY) == 1
    # The newer one stands for the one before.
    assert told.filter(read_at=None).count() == 2
    reviewed(house, now=due + 8 * DAY)
    assert reminding.remind_reviewers(now=due + 30 * DAY) == 0
    assert reminding.remind_reviewers(now=due + 98 * DAY) == 1


def test_nobody_is_asked_about_a_workflow_that_is_closed(house: House) -> None:
    house.workflow.is_active = False
    house.workflow.save()
    assert reminding.remind_reviewers(now=house.now + 900 * DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_any_number_of_sweepers_tells_each_once(live_house: House) -> None:
    due = live_house.now + 900 * DAY
    done = at_once([lambda: reminding.remind_reviewers(now=due) for _worker in range(4)])
    assert sorted(done, key=str) == [0, 0, 0, 1]
    assert Notification.objects.filter(kind="permissions").count() == 2


AGENTS = """
agents:
  - slug: order-bot
    name: Order bot
    owner: tina
    may_propose:
      - {workflow: orders, actions: [delete_record, cancel_order], within: impact.amount <= 100}
      - {workflow: orders, within: 'subject.id.startsWith("NL-")', review_days: 30}
"""


def test_scopes_are_written_to_the_configuration_and_read_from_it(house: House) -> None:
    import_configuration(AGENTS, by=None, now=house.now)
    grant = grant_now()
    assert grant.scope_list == (
        AgentScope.of(["cancel_order", "delete_record"], "impact.amount <= 100"),
        AgentScope.of([], 'subject.id.startsWith("NL-")'),
    )
    assert grant.review_days == 30
    (agent,) = yaml.safe_load(export_configuration())["agents"]
    assert agent["may_propose"] == [
        {"workflow": "orders", **scope.as_json(), "review_days": 30} for scope in grant.scope_list
    ]
    before = Event.objects.count()
    import_configuration(yaml.safe_dump({"agents": [agent]}), by=None, now=house.now)
    assert Event.objects.filter(verb="agent_grant.changed").count() == 1
    assert before <= Event.objects.count()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{workflow: orders, within: impact.amount}", "not a yes or no"),
        ("{workflow: orders, within: args.colour == 1}", "argument colour"),
        ("{workflow: orders, review_days: 0}", "review_days"),
        ("{workflow: orders, review_days: 9}\n      - {workflow: orders, review_days: 8}", "give one"),
    ],
)
def test_a_wrong_entry_of_the_configuration_is_refused(house: House, wrong: str, told: str) -> None:
    head = AGENTS.split("      - {")[0]
    with pytest.raises((WrongConfiguration, ValidationError)) as refusal:
        import_configuration(f"{head}      - {wrong}\n", by=None, now=house.now)
    problems = getattr(refusal.value, "problems", [refusal.value])
    assert told in " ".join(str(problem) for problem in problems)
    assert grant_now().scope_list == (EVERYTHING,)


def test_the_agent_of_another_workflow_is_reviewed_by_its_people(house: House) -> None:
    other = factories.AgentFactory(slug="other", owner=house.bob)
    grant = AgentGrant.objects.create(agent=other, workflow=house.workflow)
    policies.check_review_permissions(grant, by=house.tina)
    with pytest.raises(NotAllowed, match="Only the workflow's technical owner"):
        policies.check_review_permissions(grant, by=house.bob)
