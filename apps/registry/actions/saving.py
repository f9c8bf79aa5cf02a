"""Writes a registered thing and tells what changed: made, changed from what to what, or nothing at all."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.registry import policies

Row = TypeVar("Row", bound=models.Model)


def save(
    model: type[Row], *, key: Mapping[str, Any], values: Mapping[str, Any], by: User | None, now: datetime
) -> tuple[Row, bool]:
    """Make or change the row of `model` at `key`; (row, whether anything was written).

    Call it inside a transaction. Writes one audit event, `<noun>.registered` or `<noun>.changed` with before
    and after of each field; nothing when all is so already. Raises NotAllowed, and ValidationError by field.
    """
    policies.check_register(by)
    row = model._default_manager.select_for_update(no_key=True).filter(**key).first()
    made = row is None
    row = row or model(**key)
    # A row just made has no values yet: a required relation could not even be read.
    before = {} if made else {name: getattr(row, name) for name in values}
    changes = {
        name: (before.get(name), value)
        for name, value in values.items()
        if made or _differ(before[name], value)
    }
    if not made and not changes:
        return row, False
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    noun = model._meta.verbose_name_raw.replace(" ", "_")
    audit.record(
        verb=f"{noun}.{'registered' if made else 'changed'}",
        now=now,
        by=by,
        subject=(noun, row.pk, str(row)),
        workflow_id=getattr(row, "workflow_id", None) or (row.pk if noun == "workflow" else None),
        data={
            name: _plain(new) if made else {"before": _plain(old), "after": _plain(new)}
            for name, (old, new) in changes.items()
        },
    )
    return row, True


def _differ(before: Any, after: Any) -> bool:
    """Whether two values differ; in a JSON object the order of names counts."""
    if isinstance(before, dict) and isinstance(after, dict):
        return json.dumps(before) != json.dumps(after)
    return bool(before != after)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | dict):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
