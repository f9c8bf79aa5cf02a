"""Drafts: every change on the revision it was made on, nothing impossible, nothing half-done."""

import threading

import pytest
from django.db import connection

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.rulebook import drafting
from apps.rulebook.content import BadContent, digest
from apps.rulebook.drafting import (
    Stale,
    begin_draft,
    drop_draft,
    move_rule,
    remove_rule,
    save_rule,
    version_content,
)
from apps.rulebook.models import PolicyDraft
from apps.rulebook.states import DraftStatus
from tests import factories
from tests.factories import House
from tests.rulebook.trials import LARGE, begun, with_cell, with_rule

pytestmark = pytest.mark.django_db


def test_a_draft_begins_with_what_holds_and_there_is_one_of_a_scope(house: House) -> None:
    draft = begun(house)
    assert draft.based_on is not None
    assert draft.based_on.workflow is None
    assert draft.content == version_content(draft.based_on)
    assert begun(house) == draft
    assert begun(house, own=False) != draft
    assert Event.objects.filter(verb="policy_draft.begun").count() == 2


def test_a_change_is_kept_with_who_made_it_and_told_in_words(house: House) -> None:
    draft = with_cell(house, begun(house), people=2, veto_minutes=45)
    assert draft.revision == 2
    assert draft.digest == digest(draft.content)
    assert draft.editors == [house.adam.pk]
    told = Event.objects.get(verb="policy_draft.changed").data["changes"]
    assert "moderate, compensable: People who must agree: 1 → 2" in told
    assert any("Veto window at least" in one and "45 minutes" in one for one in told)
    same = with_cell(house, draft)
    assert same.revision == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"queue": "nowhere"}, "There is no nowhere"),
        ({"sla": "never"}, "There is no never"),
        ({"chain": "none"}, "There is no none"),
        ({"verbs": ["approve"]}, "able to reject"),
        ({"ceiling": "suspended"}, "a ceiling is shadow"),
        ({"stale_after": "soon"}, "soon"),
        ({"people": 3}, "less than or equal to 2"),
        ({"audit_floor": 101}, "less than or equal to 100"),
        ({"fallback": "approve"}, "hold"),
        ({"colour": "red"}, "not permitted"),
    ],
)
def test_what_is_impossible_is_refused_with_the_reason_and_nothing_changes(
    house: House, changes: dict[str, object], said: str
) -> None:
    draft = begun(house)
    with pytest.raises(BadContent, match=said):
        with_cell(house, draft, **changes)
    draft.refresh_from_db()
    assert draft.revision == 1


def test_a_critical_action_never_acts_alone(house: House) -> None:
    draft = begun(house)
    cell = draft.content["matrix"]["critical"]["reversible"] | {"ceiling": "supervised"}
    with pytest.raises(BadContent, match="always needs a person"):
        drafting.save_cell(
            draft_id=draft.pk,
            which="critical",
            how="reversible",
            cell=cell,
            revision=1,
            by=house.adam,
            now=house.now,
        )


def test_rules_are_added_changed_moved_and_removed(house: House) -> None:
    draft = with_rule(house, begun(house))
    draft = with_rule(house, draft, LARGE | {"name": "second", "title": "Second"})
    given = {"draft_id": draft.pk, "by": house.adam, "now": house.now}
    draft = move_rule(**given, at=1, up=True, revision=draft.revision)
    assert [rule["name"] for rule in draft.content["rules"]] == ["second", "large"]
    draft = move_rule(**given, at=0, up=True, revision=draft.revision)
    changed = LARGE | {"when": "impact.amount > 7"}
    draft = save_rule(**given, at=1, rule=changed, revision=draft.revision)
    draft = remove_rule(**given, at=0, revision=draft.revision)
    assert draft.content["rules"] == [changed]
    with pytest.raises(Stale):
        remove_rule(**given, at=5, revision=draft.revision)
    with pytest.raises(Stale):
        remove_rule(**given, at=-1, revision=draft.revision)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"when": "impact.amont > 1"}, "There is no impact.amont"),
        ({"then": {}}, "changes nothing"),
        ({"then": {"queue": "nowhere"}}, "There is no queue nowhere"),
        ({"then": {"approve": True}}, "not permitted"),
        ({"when": "args.iban == 'x'"}, "No action here has an argument iban"),
        ({"then": {"mask": ["iban"]}}, "No action here has an argument iban"),
        ({"name": "Not a slug"}, "name|slug|pattern"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(house: House, changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadContent, match=said):
        with_rule(house, begun(house), LARGE | changes)


def test_two_rules_have_two_names(house: House) -> None:
    draft = with_rule(house, begun(house))
    with pytest.raises(BadContent, match="two rules are called large"):
        with_rule(house, draft)


def test_a_change_on_an_old_revision_is_refused(house: House) -> None:
    draft = begun(house)
    with_rule(house, draft)
    with pytest.raises(Stale, match="changed meanwhile"):
        with_rule(house, draft, LARGE | {"name": "other"})


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_it_at_once_one_is_told(live_house: House) -> None:
    house = live_house
    draft = begun(house)
    outcomes: list[str] = []

    def change(name: str) -> None:
        try:
            with_rule(house, draft, LARGE | {"name": name})
            outcomes.append("kept")
        except Stale:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "told"]
    assert len(PolicyDraft.objects.get().content["rules"]) == 1


def test_a_dropped_draft_stays_on_record_and_makes_room(house: House) -> None:
    draft = begun(house)
    drop_draft(draft_id=draft.pk, by=house.adam, now=house.now)
    draft.refresh_from_db()
    assert draft.status == DraftStatus.DROPPED
    with pytest.raises(NotAllowed, match="dropped"):
        with_rule(house, draft)
    assert begun(house) != draft


@pytest.mark.parametrize("short", ["alice", "olga", "gina", "charlie"])
def test_only_an_admin_writes(house: House, short: str) -> None:
    with pytest.raises(NotAllowed, match="Only an admin"):
        begin_draft(workflow=None, by=getattr(house, short), now=house.now)


def test_without_a_policy_there_is_nothing_to_begin_from(db: None, house: House) -> None:
    other = factories.UserFactory(short="other")
    with pytest.raises(NotAllowed):
        begin_draft(workflow=None, by=other, now=house.now)
