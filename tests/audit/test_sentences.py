import ast
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps as django_apps

from apps.audit.models import Event
from apps.audit.sentences import SENTENCES, plainly, sentence
from apps.delivery.models import ChatChannel, WebhookEndpoint

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
    known = {"actor", "subject", "role", "reason", "from", "to", "verb", "count", "version", "resume_at"}
    of_escalation = {"told", "step", "fallback", "note", "text"}
    of_trust = {"attempt", "kind", "people", "threshold", "verdict"}
    of_checks = {"result", "position"}
    of_outcomes = {"n", "value", "cases", "events", "problem", "day", "format"}
    of_evaluation = {"judge", "seed", "kappa"}
    of_quality = {"limit", "owner", "alert_at", "target"}
    of_policies = {"back_to", "changes", "name", "score", "wanted", "against", "answered", "changed"}
    known |= {"label", "until", "evidence", "next"}  # of assurance
    known |= {"kept", "kinds", "proposals", "rows", "sha256"}  # of privacy
    known |= of_escalation | of_trust | of_checks | of_outcomes | of_evaluation | of_quality | of_policies
    assert keys <= known


def test_names_and_data_are_filled_in() -> None:
    text = sentence(
        event("slice.stage_changed", data={"from": "shadow", "to": "assisted", "reason": "ready"})
    )
    assert text == "Alice moved the slice task 7 from shadow to assisted: ready"


def test_a_list_of_names_reads_as_names() -> None:
    text = sentence(
        event("proposal.escalated", subject_label="W1", data={"told": ["Bob", "Olga"], "step": 2})
    )
    assert text == "Nobody had decided W1: step 2 of its chain told Bob, Olga."


def test_moments_and_truths_read_as_words() -> None:
    data = {"resume_at": "2026-11-27T10:05:06.123456+00:00", "reason": "Which one?"}
    text = sentence(event("clock.paused", data=data))
    assert text == "A clock was paused until 27 Nov 2026, 10:05 UTC."
    assert [plainly(value) for value in (True, False, "2026-99-99T10:05:06+00:00", 7)] == [
        "yes",
        "no",
        "2026-99-99T10:05:06+00:00",
        "7",
    ]


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
            first = node.args[:1] if called in {"_record", "tell"} else []
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
    assert {"task.claimed", "incident.opened", "role.given", "proposal.grant_issued"} <= found
    assert found - set(SENTENCES) == set()


def test_everything_done_to_a_receiver_of_messages_has_its_sentences() -> None:
    """Its verbs are made from what the audit log calls it."""
    shared = ["registered", "changed", "disabled", "enabled", "deleted", "replayed"]
    done = {f"{kind.audit_kind}.{past}" for kind in (WebhookEndpoint, ChatChannel) for past in shared}
    assert done | {"webhook.secret_rotated", "chat_channel.tested"} <= set(SENTENCES)


def test_everything_the_registry_saves_has_its_sentences() -> None:
    """Its verbs are made from the model's name."""
    saved = ["Workflow", "ActionType", "ReasonCode", "Agent", "AgentGrant"]
    nouns = [
        django_apps.get_model("registry", name)._meta.verbose_name_raw.replace(" ", "_") for name in saved
    ]
    assert {f"{noun}.{past}" for noun in nouns for past in ("registered", "changed")} <= set(SENTENCES)
