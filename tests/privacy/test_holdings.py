"""Whatever a model of ReviewHub keeps in words about a proposal is erased, or there is a reason why it stays."""

from importlib import import_module

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.privacy.becoming import Becomes
from apps.privacy.holdings import ELSEWHERE, HOLDINGS, KEPT
from apps.privacy.wording import ROWS
from apps.proposals.models import Proposal

_WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
# Columns that name a proposal, or a row that belongs to one, without a key.
_NAMING = {"proposal_id", "task_id", "subject_id", "replay_id", "source_id"}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def belonging() -> set[type[models.Model]]:
    """Proposal, and every model with a key, or an id, that leads to one."""
    found: set[type[models.Model]] = {Proposal}
    found |= {
        model
        for model in own_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.UUIDField) and field.name in _NAMING
    }
    more = True
    while more:
        new = {
            model
            for model in own_models()
            for field in model._meta.concrete_fields
            if field.remote_field is not None and field.related_model in found
        } - found
        found |= new
        more = bool(new)
    return found


def holds_words(field: models.Field) -> bool:
    """Text, JSON or bytes that are not one of our own choices."""
    inner = field.base_field if isinstance(field, ArrayField) else field
    return isinstance(inner, _WORDS) and not inner.choices


def dealt_with() -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for holding in HOLDINGS:
        known.setdefault(holding.model, set()).update(holding.becomes)
    for table in (ELSEWHERE, KEPT):
        for label, columns in table.items():
            known.setdefault(label, set()).update(columns)
    return known


def test_every_column_of_words_that_belongs_to_a_proposal_is_erased_or_kept_for_a_reason() -> None:
    known = dealt_with()
    models_ = belonging() | {apps.get_model(label) for label in known}
    missing = [
        f"{model._meta.label}.{field.name}"
        for model in models_
        for field in model._meta.concrete_fields
        if holds_words(field) and field.name not in known.get(model._meta.label, set())
    ]
    assert sorted(missing) == []
    assert len(belonging()) > 30


def test_the_lists_name_nothing_that_is_not_there() -> None:
    for label, columns in dealt_with().items():
        names = {field.name for field in apps.get_model(label)._meta.concrete_fields}
        assert columns <= names, label
    assert all(reason.strip() for columns in KEPT.values() for reason in columns.values())


def test_what_changes_other_tables_is_there() -> None:
    named = {by for columns in ELSEWHERE.values() for by in columns.values()}
    for module, function in (by.split(".") for by in named):
        assert callable(getattr(import_module(f"apps.privacy.{module}"), function))


def test_nothing_is_both_erased_and_kept() -> None:
    erased = {(holding.model, column) for holding in HOLDINGS for column in holding.becomes}
    kept = {(label, column) for label, columns in KEPT.items() for column in columns}
    # Who an agent named is erased from the ledger; who decided stays.
    assert erased & kept == {("trust.LedgerEntry", "decided_by")}


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda one: f"{one.model} {one.kind}")
def test_only_triggers_that_are_there_are_passed_and_all_that_would_refuse(holding: object) -> None:
    names = {trigger.name for trigger in getattr(holding.table._meta, "triggers", ())}  # type: ignore[attr-defined]
    assert set(holding.past) <= names  # type: ignore[attr-defined]
    refusing = {
        trigger.name
        for trigger in getattr(holding.table._meta, "triggers", ())  # type: ignore[attr-defined]
        if isinstance(trigger, pgtrigger.Protect) and trigger.operation != pgtrigger.Delete
    }
    assert set(holding.past) <= refusing  # type: ignore[attr-defined]


def test_every_way_of_becoming_is_used() -> None:
    used = {becomes for holding in HOLDINGS for becomes in holding.becomes.values()}
    assert used == set(Becomes)


def test_the_rows_of_everything_that_is_erased_have_a_name() -> None:
    assert ROWS.keys() == {holding.model for holding in HOLDINGS} | ELSEWHERE.keys()
