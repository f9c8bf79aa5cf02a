import string
from datetime import UTC, datetime

import pytest

from apps.audit.models import Event
from apps.audit.sentences import SENTENCES, sentence

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)


def event(verb: str, **fields: object) -> Event:
    values: dict[str, object] = {
        "verb": verb,
        "at": NOW,
        "actor_kind": "person",
        "actor_name": "Alice",
        "subject_kind": "task",
        "subject_id": "7",
        "subject_label": "",
        "data": {},
    }
    return Event(**values | fields)


@pytest.mark.parametrize("verb", sorted(SENTENCES))
def test_every_verb_reads_as_a_sentence_with_or_without_its_data(verb: str) -> None:
    text = sentence(event(verb, subject_label="Refund 12.90 to Bob"))
    assert text[0].isupper()
    assert text[-1] in ".-"
    assert "{" not in text
    keys = {name for _, name, _, _ in string.Formatter().parse(str(SENTENCES[verb])) if name}
    assert keys <= {"actor", "subject", "role", "reason", "from", "to", "verb", "count"}


def test_names_and_data_are_filled_in() -> None:
    text = sentence(
        event("slice.stage_changed", data={"from": "shadow", "to": "assisted", "reason": "ready"})
    )
    assert text == "Alice moved the slice task 7 from shadow to assisted: ready"


def test_a_verb_nobody_described_is_still_readable() -> None:
    text = sentence(event("clock.went_backwards", subject_label="Orders"))
    assert text == "Alice: clock went backwards, Orders."


def test_braces_in_untrusted_text_are_only_text() -> None:
    text = sentence(event("agent.registered", actor_name="{subject.__class__}", subject_label="{0}{actor}"))
    assert text == "{subject.__class__} registered the agent {0}{actor}."
