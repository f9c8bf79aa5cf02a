"""Criteria of a slice as versions: what the values do to a real standing, and what the database and the file know."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.trust import thinning
from apps.trust.config import CriteriaOfSlices
from apps.trust.granted import granted_in
from apps.trust.models import Criteria, LedgerEntry, Recommendation, Slice, TrustEvent
from apps.trust.retermining import set_criteria
from apps.trust.rules import Rules
from apps.trust.states import Basis, Move
from apps.trust.terms import rules_of
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from tests import factories
from tests.trust import earning


def _set(house: factories.House, row: Slice, **changes: Any) -> Criteria:
    return set_criteria(
        slice_id=row.pk, rules=Rules(**changes), by=house.adam, reason="x", start_over=False, now=house.now
    )


def _moves(row: Slice) -> list[str]:
    return list(TrustEvent.objects.filter(slice=row).order_by("pk").values_list("move", flat=True))


def test_what_runs_is_audited_as_its_criteria_say(house: factories.House) -> None:
    row = earning.supervised(house)
    _set(house, row, audit_rates=(0.5, 0.4), audit_steps=(2,))
    earning.reviewed(house, row, 2, basis=Basis.AUDIT)
    row.refresh_from_db()
    (granted,) = granted_in([row]).values()
    assert granted.audit_rate == 0.4


def test_other_values_than_those_of_the_test_keep_the_evidence_and_the_certificate(
    house: factories.House,
) -> None:
    row = earning.supervised(house)
    _set(house, row, alarm_level=4, resume_after=50, start_over_every=200)
    found = earning.standing(row)
    assert (found.running, found.attempt, sum(found.n)) == (5, 1, 200)


def test_the_alarm_demotes_at_the_level_of_the_criteria_and_recomputing_knows_each_version(
    house: factories.House,
) -> None:
    row = earning.supervised(house)
    earning.incident(house, row.pk)
    earning.reviewed(house, row, 5, basis=Basis.PAUSED)
    _set(house, row, alarm_level=4, resume_after=50)
    earning.reviewed(house, row, 5, basis=Basis.PAUSED)
    call_command("trust_recompute", "--check")
    for _mistake in range(2):
        earning.incident(house, row.pk)
    assert _moves(row)[-1] == Move.DEMOTED
    used = LedgerEntry.objects.order_by("pk").values_list("criteria__number", flat=True)
    assert list(used)[-7:] == [1] * 7
    assert used[0] is None
    call_command("trust_recompute", "--check")


def test_an_open_recommendation_is_asked_again_under_other_criteria(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 170)
    before = earning.waiting(row)
    _set(house, row, alarm_level=50)
    after = earning.waiting(row)
    assert after != before
    assert after.criteria_sha256 == rules_of(Slice.objects.get(pk=row.pk)).sha256


def test_the_gate_of_shadow_recommends_by_the_criteria(house: factories.House) -> None:
    house.workflow.initial_stage = "shadow"
    house.workflow.save()
    row = earning.a_slice(house)
    _set(house, row, useful_error=0.4, useful_need=10)
    earning.reviewed(house, row, 6, basis=Basis.SHADOW)
    assert not Recommendation.objects.exists()
    earning.reviewed(house, row, 1, basis=Basis.SHADOW)
    assert earning.waiting(row).kind == "assisted"


@pytest.mark.parametrize(("audits", "is_thin"), [(29, True), (30, False)])
def test_too_few_audits_are_those_of_the_criteria(house: factories.House, audits: int, is_thin: bool) -> None:
    row = earning.supervised(house)
    _set(house, row, thin_audits=30, thin_days=60)
    later = house.now + timedelta(days=61)
    earning.reviewed(house, row, audits, basis=Basis.AUDIT, now=later - timedelta(days=1))
    assert thinning.take_back_thin(now=later) == int(is_thin)
    assert (earning.standing(row).running == 0) == is_thin


@pytest.mark.parametrize(
    "wrong",
    [
        {"audit_rates": [0.2, 0.0]},
        {"audit_rates": []},
        {"alarm_level": 2000},
        {"resume_after": 300},
        {"thin_audits": 1},
        {"useful_need": 1},
        {"start_over_every": 1},
    ],
)
def test_the_database_refuses_values_out_of_bounds(house: factories.House, wrong: dict[str, Any]) -> None:
    row = earning.a_slice(house)
    values = {"number": 1, "edges": [0.9], "alpha": 0.05, "delta": 0.05, "reason": "x", "by_name": "Adam"}
    with pytest.raises(DatabaseError, match="criteria_"), transaction.atomic():
        Criteria.objects.create(slice=row, at=house.now, **values | wrong)


NAME = "orders/cancel_order/all/order-bot"
FILE = f"""
criteria:
  - slice: {NAME}
    edges: [0.95, 0.9]
    alpha: 0.1
    audit_rates: [0.3, 0.1]
    audit_steps: [50]
"""


def _import(text: str, by: Any = None) -> list[Any]:
    return import_configuration(text, by=by, now=timezone.now())


def test_the_file_sets_criteria_before_any_outcome_and_a_second_time_nothing(house: factories.House) -> None:
    assert [change.name for change in _import(FILE)] == [NAME]
    row = Slice.objects.get()
    assert rules_of(row) == Rules(edges=(0.95, 0.9), alpha=0.1, audit_rates=(0.3, 0.1), audit_steps=(50,))
    assert Criteria.objects.get().by_name == "the operator"
    assert _import(FILE) == []
    (entry,) = CriteriaOfSlices.current()
    assert (entry["slice"], entry["alarm_level"]) == (NAME, 100)


def test_what_is_exported_is_imported_without_a_change(house: factories.House) -> None:
    _set(house, earning.a_slice(house), alarm_level=50, thin_days=90)
    assert _import(export_configuration()) == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            "alpha: 0.1",
            "alpha: 0.3",
            "The target error is 0.3: it has to be at least 0.000001 and below 0.25.",
        ),
        ("alpha: 0.1", "alpha: 0.0000009", "The target error is 9e-07: it has to be at least 0.000001"),
        ("alpha: 0.1", "delta: 0.0000009", "The chance of a wrong certificate is 9e-07: it has to be"),
        ("[0.3, 0.1]", "[0.3, 0]", "An audit rate (audit_rates) is 0"),
        ("[50]", "[50, 60]", "one step fewer"),
        ("[0.95, 0.9]", "[0.9, 0.95]", "fall"),
        ("order-bot", "other-bot", "no 'other-bot' in agents"),
        ("/all/", "/small/", "has no segment 'small'"),
        ("cancel_order", "pay_out", "has no action type 'pay_out'"),
    ],
)
def test_mistakes_in_the_file_are_named(house: factories.House, before: str, after: str, says: str) -> None:
    with pytest.raises(WrongConfiguration) as refusal:
        _import(FILE.replace(before, after))
    assert says in str(refusal.value)
    assert not Criteria.objects.exists()


def test_the_file_does_not_change_a_test_that_has_counted(house: factories.House) -> None:
    earning.reviewed(house, earning.a_slice(house), 3)
    with pytest.raises(WrongConfiguration, match="before outcomes"):
        _import(FILE)


def test_the_file_asks_the_policies_of_who_imports_it(house: factories.House) -> None:
    with pytest.raises(WrongConfiguration, match="Only an admin"):
        _import(FILE, by=house.olga)
