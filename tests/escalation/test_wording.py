"""How steps and differences of chains read."""

import pytest

from apps.escalation.states import Do
from apps.escalation.steps import To, Unreadable, read_steps
from apps.escalation.wording import Change, difference, does, reads, whom

END = {"after": "200%", "do": "notify", "to": ["office:admin"]}
NAMES = {To("team", "night"): "Night shift", To("queue", "senior"): "Senior"}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            {"after": "75%", "do": "notify", "to": ["leads", "team:night"]},
            "At 75 % of the time to decide: tell the leads of the queue, Night shift",
        ),
        ({"after": "0%", "do": "raise_tier"}, "At once: raise its tier"),
        ({"after": "100%", "do": "fallback"}, "When the decision is due: apply the fallback"),
        (
            {"after": "2wh", "do": "reassign", "to": ["queue:senior"]},
            "After 2 working hours: move it to Senior",
        ),
        (
            {"after": "1h", "do": "widen", "to": ["queue:senior"]},
            "After 1 hour: also offer it to the people of Senior",
        ),
        ({"after": "1h", "do": "require_second"}, "After 1 hour: ask for a second person"),
    ],
)
def test_a_step_reads_as_a_sentence(written, text):
    assert reads(read_steps([written, END])[0], NAMES) == text


def test_every_sort_of_step_reads():
    for do in Do:
        to = {"notify": ["leads"], "widen": ["queue:senior"], "reassign": ["queue:senior"]}.get(do.value, [])
        step = read_steps([{"after": "1h", "do": do.value, "to": to}, END])[0]
        assert does(step, NAMES)
        assert "{" not in does(step, NAMES)


def test_what_does_not_exist_says_so():
    assert whom(To("team", "gone"), NAMES) == "team:gone (does not exist)"


def test_an_unreadable_step_says_why():
    assert reads(Unreadable("there is no such verb"), NAMES) == "Cannot be read: there is no such verb"


def test_a_difference_names_what_came_went_and_changed():
    one = {"after": "50%", "do": "notify", "to": ["leads"]}
    raised = {"after": "100%", "do": "raise_tier"}
    before = read_steps([one, END])
    assert difference(before, before, NAMES) == []
    assert difference(before, read_steps([one, raised, END]), NAMES) == [
        Change(2, "", "When the decision is due: raise its tier")
    ]
    assert difference(read_steps([one, raised, END]), before, NAMES) == [
        Change(2, "When the decision is due: raise its tier", "")
    ]
    later = read_steps([{**one, "after": "75%"}, END])
    assert difference(before, later, NAMES) == [
        Change(
            1,
            "At 50 % of the time to decide: tell the leads of the queue",
            "At 75 % of the time to decide: tell the leads of the queue",
        )
    ]
