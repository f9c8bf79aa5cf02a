"""What a slice is judged by now: the newest criteria, or the defaults, with what its reviewers may miss."""

from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from typing import Any

from apps.trust.controller import Terms
from apps.trust.models import Criteria, Slice
from apps.trust.rules import DEFAULTS, Rules
from apps.trust.statistics.misses import MissRate, miss_rate

# A version of criteria never changes.
_known: dict[int, Rules] = {}
_MOST_KNOWN = 10_000


def rules_of(row: Slice) -> Rules:
    """The criteria of this slice. No query once they are known to the process: a version never changes."""
    return rules_of_version(row.criteria_id)


def rules_of_version(criteria_id: int | None) -> Rules:
    """One version of criteria by its id; None are the defaults."""
    return DEFAULTS if criteria_id is None else _loaded(criteria_id)


def misses_of(row: Slice) -> MissRate:
    """What the reviewers of the slice's workflow may miss."""
    return _misses(row.seeds, row.missed)


def terms_of(row: Slice) -> Terms:
    """What the controller tests. Kept for the counts of seeds: the bound is found by bisection."""
    return _terms(rules_of(row), row.seeds, row.missed)


def terms_with(rules: Rules, row: Slice) -> Terms:
    """What would be tested by these criteria. Raises BadInput for those that test nothing."""
    return _terms(rules, row.seeds, row.missed)


def rules_in(criteria: Criteria) -> Rules:
    """The values of one version."""
    return rules_from({each.name: getattr(criteria, each.name) for each in fields(Rules)})


def rules_from(values: dict[str, Any]) -> Rules:
    """Values with lists in the place of tuples, as they are stored and written. Raises BadInput."""
    frozen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Rules(**frozen)


def know_rules(criteria_ids: Iterable[int | None]) -> None:
    """Read those of these versions that the process does not know yet, all at once. At most one query."""
    unknown = {key for key in criteria_ids if key is not None and key not in _known}
    if unknown:
        for criteria in Criteria.objects.filter(pk__in=unknown):
            _keep(criteria)


def _loaded(criteria_id: int) -> Rules:
    found = _known.get(criteria_id)
    return _keep(Criteria.objects.get(pk=criteria_id)) if found is None else found


def _keep(criteria: Criteria) -> Rules:
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    return _known.setdefault(criteria.pk, rules_in(criteria))


@lru_cache(maxsize=4096)
def _misses(seeds: int, missed: int) -> MissRate:
    return miss_rate(seeds, missed)


@lru_cache(maxsize=4096)
def _terms(rules: Rules, seeds: int, missed: int) -> Terms:
    return Terms(
        edges=rules.edges,
        alpha=rules.alpha,
        delta=rules.delta,
        misses=_misses(seeds, missed).upper,
        movement=rules.movement,
    )
