"""Who says how reviewers are checked, within which bounds, and that the file and the verb agree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.reviews.check_setup import CheckRules, problems, rules_of, set_checks
from apps.reviews.choosing import Invalid
from apps.reviews.config import ChecksEntry
from apps.reviews.models import Queue
from tests import factories

NEW = CheckRules(reading_words=1200, reading_seconds=15, streak=30, second_percent=5, gold_percent=3)


@pytest.mark.parametrize(
    ("person", "may"),
    [("adam", True), ("gina", True), ("alice", False), ("olga", False), ("tina", False), ("charlie", False)],
)
def test_who_may_say_how_reviewers_are_checked(house: factories.House, person: str, may: bool) -> None:
    queue = house.queues["standard"]
    if not may:
        with pytest.raises(NotAllowed, match="admin or governance"):
            set_checks(queue_id=queue.pk, rules=NEW, by=getattr(house, person), now=house.now)
        return
    set_checks(queue_id=queue.pk, rules=NEW, by=getattr(house, person), now=house.now)
    assert rules_of(Queue.objects.get(pk=queue.pk)) == NEW
    event = Event.objects.get(verb="queue.checks_changed")
    assert event.data["streak"] == {"before": 0, "after": 30}
    assert sentence(event) == f"{person.title()} changed how the reviewers of Standard are checked."


def test_the_same_again_is_no_event(house: factories.House) -> None:
    queue = house.queues["standard"]
    for _time in range(2):
        set_checks(queue_id=queue.pk, rules=NEW, by=house.adam, now=house.now)
    assert Event.objects.filter(verb="queue.checks_changed").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("reading_words", 10, "600 and 6,000"),
        ("reading_seconds", 61, "At most 60"),
        ("streak", 3, "5 and 200"),
        ("second_percent", 101, "0 and 100"),
        ("second_percent", -1, "0 and 100"),
        ("gold_percent", 21, "2 to 5 is usual"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    house: factories.House, field: str, value: float, said: str
) -> None:
    queue = house.queues["standard"]
    wrong: dict[str, Any] = {field: value}
    with pytest.raises(Invalid, match=said) as refusal:
        set_checks(queue_id=queue.pk, rules=CheckRules(**wrong), by=house.adam, now=house.now)
    assert refusal.value.field == field
    told = {"second_percent": "second_review_percent"}.get(field, field)
    with pytest.raises(ValueError, match=f"{told}: .*{said}"):
        ChecksEntry(**{told: value})


def test_what_the_file_leaves_out_has_its_default() -> None:
    assert ChecksEntry().rules() == CheckRules()
    assert problems(CheckRules()) == {}


@given(
    st.integers(0, 7000),
    st.integers(0, 100),
    st.integers(0, 300),
    st.floats(0, 60),
    st.none() | st.floats(0, 30),
)
def test_the_database_takes_whatever_has_no_problem_and_the_file_gives_it_back(
    words: int, seconds: int, streak: int, second: float, gold: float | None
) -> None:
    rules = CheckRules(words, seconds, streak, second, gold)
    if problems(rules):
        return
    entry = ChecksEntry(
        reading_words=words,
        reading_seconds=seconds,
        streak=streak,
        second_review_percent=second,
        gold_percent=gold,
    )
    assert entry.rules() == rules
    assert ChecksEntry(**entry.canonical()).rules() == rules
