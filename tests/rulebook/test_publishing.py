"""A draft counts when it was tried as it is, and a second person lets it."""

import pytest

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.roles import Role
from apps.audit.models import Event
from apps.routing.models import PolicyVersion
from apps.rulebook.drafting import begin_draft, version_content
from apps.rulebook.models import PolicyDraft
from apps.rulebook.publishing import NotReady, publish_draft, what_is_missing
from apps.rulebook.states import DraftStatus
from tests import factories
from tests.factories import House
from tests.rulebook.trials import LARGE, begun, tried, with_cell, with_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve(house: House) -> User:
    """Another admin."""
    person = factories.UserFactory(short="eve")
    rights.appoint(role=Role.ADMIN, to=person, by=None, now=house.now)
    return person


def publish(
    draft: PolicyDraft, by: User, house: House, reason: str = "Large amounts to seniors"
) -> PolicyVersion:
    return publish_draft(draft_id=draft.pk, digest=draft.digest, reason=reason, by=by, now=house.now)


def test_it_counts_from_the_next_proposal_on(house: House, eve: User) -> None:
    before = factories.pending(house)
    draft = tried(house, with_rule(house, with_cell(house, begun(house), people=2)))
    version = publish(draft, eve, house)
    draft.refresh_from_db()
    assert (draft.status, draft.published, draft.ended_by) == (DraftStatus.PUBLISHED, version, eve)
    assert version_content(version) == draft.content
    assert (version.workflow, version.number, version.reason) == (
        house.workflow,
        1,
        "Large amounts to seniors",
    )
    after = factories.pending(house)
    assert (after.task.queue.slug, after.task.quorum) == ("senior", 2)
    assert after.assessment.policy_version == version
    assert before.assessment.policy_version != version
    assert Event.objects.get(verb="policy_draft.published").data["version"] == "orders v1"


def test_who_wrote_any_of_it_does_not_publish_it(house: House, eve: User) -> None:
    draft = tried(house, with_rule(house, begun(house)))
    with pytest.raises(NotAllowed, match="You wrote part of this draft"):
        publish(draft, house.adam, house)
    for short in ("alice", "olga", "charlie"):
        with pytest.raises(NotAllowed, match="Only an admin or governance"):
            publish(draft, getattr(house, short), house)
    assert not PolicyVersion.objects.filter(workflow=house.workflow).exists()


def test_what_is_missing_is_said(house: House, eve: User) -> None:
    draft = begun(house)
    assert "nothing to publish" in what_is_missing(draft)
    draft = with_rule(house, draft)
    with pytest.raises(NotReady, match="back-test"):
        publish(draft, eve, house)
    tried(house, draft)
    changed = with_rule(house, draft, LARGE | {"name": "more"})
    with pytest.raises(NotReady, match="back-test"):
        publish(changed, eve, house)
    with pytest.raises(NotReady, match="changed since you read it"):
        publish(draft, eve, house)
    tried(house, changed)
    with pytest.raises(NotReady, match="Say why"):
        publish(changed, eve, house, reason="  ")
    factories.publish_matrix(house.now, house.workflow)
    with pytest.raises(NotReady, match="Another version was published"):
        publish(changed, eve, house)


def test_a_chain_that_reaches_nobody_is_not_put_into_force(
    house: House, eve: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tried(house, with_rule(house, begun(house)))
    monkeypatch.setattr(
        "apps.rulebook.publishing.chains.unproven_in",
        lambda matrices, now: [("", "urgent", "it reaches nobody.")],
    )
    with pytest.raises(NotReady, match="urgent cannot be put into force here: it reaches nobody"):
        publish(draft, eve, house)
    assert not PolicyVersion.objects.filter(workflow=house.workflow).exists()


def test_going_back_needs_no_new_trial_but_a_second_person(house: House, eve: User) -> None:
    first = publish(tried(house, with_rule(house, begun(house))), eve, house)
    factories.publish_matrix(house.now, house.workflow)
    back = begin_draft(workflow=house.workflow, by=house.adam, now=house.now, back_to=first)
    assert back.reason == "Back to version 1"
    with pytest.raises(NotAllowed):
        publish(back, house.adam, house)
    third = publish(back, eve, house)
    assert third.number == 3
    assert version_content(third) == version_content(first)


def test_going_back_with_a_draft_open_is_refused(house: House, eve: User) -> None:
    first = publish(tried(house, with_rule(house, begun(house))), eve, house)
    begun(house)
    with pytest.raises(NotAllowed, match="publish or drop it"):
        begin_draft(workflow=house.workflow, by=house.adam, now=house.now, back_to=first)


def test_what_goes_back_and_is_changed_then_has_to_be_tried(house: House, eve: User) -> None:
    first = publish(tried(house, with_rule(house, begun(house))), eve, house)
    factories.publish_matrix(house.now, house.workflow)
    back = begin_draft(workflow=house.workflow, by=house.adam, now=house.now, back_to=first)
    with pytest.raises(NotReady, match="back-test"):
        publish(with_cell(house, back, people=2), eve, house)
