import ast
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps as django_apps

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


def verbs_in_the_code() -> set[str]:
    """Every `noun.past` that is given as a verb somewhere under `apps/`, or passed on to be one."""
    found: set[str] = set()
    for path in (Path(__file__).parents[2] / "apps").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = [word.value for word in node.keywords if word.arg in {"verb", "audit_verb"}]
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            first = node.args[:1] if called in {"_record", "_trace", "trace"} else []
            texts = [part for given in (*named, *first) for part in ast.walk(given)]
            found |= {
                text.value
                for text in texts
                if isinstance(text, ast.Constant) and isinstance(text.value, str) and _is_verb(text.value)
            }
    return found


def _is_verb(text: str) -> bool:
    noun, dot, past = text.partition(".")
    return bool(dot) and noun.replace("_", "").isalpha() and past.replace("_", "").isalpha()


def test_every_verb_in_the_code_has_its_sentence() -> None:
    found = verbs_in_the_code()
    assert {"task.claimed", "webhook.registered", "role.given", "proposal.grant_issued"} <= found
    assert found - set(SENTENCES) == set()


def test_everything_the_registry_saves_has_its_sentences() -> None:
    """Its verbs are made from the model's name."""
    saved = ["Workflow", "ActionType", "ReasonCode", "Agent", "AgentGrant"]
    nouns = [
        django_apps.get_model("registry", name)._meta.verbose_name_raw.replace(" ", "_") for name in saved
    ]
    assert {f"{noun}.{past}" for noun in nouns for past in ("registered", "changed")} <= set(SENTENCES)
