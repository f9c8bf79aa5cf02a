"""What webhooks can ask for is exactly what is emitted."""

import ast
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from apps.delivery import actions
from apps.delivery.event_types import EVENT_TYPES

APPS = Path(__file__).parents[2] / "apps"
# Put together where proposals end: `reviewhub.proposal.{event}.v1`.
PUT_TOGETHER = {"reviewhub.proposal.expired.v1", "reviewhub.proposal.withdrawn.v1"}


def test_every_type_is_emitted_somewhere_and_every_emitted_type_is_offered() -> None:
    found = {
        node.value
        for path in APPS.rglob("*.py")
        if path.name != "event_types.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("reviewhub.")
        and node.value.endswith(".v1")
    }
    assert found | PUT_TOGETHER == set(EVENT_TYPES)


def test_a_type_nobody_can_ask_for_is_a_mistake(db: None, now: datetime) -> None:
    with pytest.raises(ValueError, match="event_types"):
        actions.emit(type="reviewhub.proposal.admired.v1", subject_id=uuid4(), now=now, data={})
