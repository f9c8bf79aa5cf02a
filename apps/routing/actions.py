"""The verbs of routing: publish a policy version, remember what a slice has seen."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.actors import SYSTEM, Acting
from apps.registry.models import Workflow
from apps.registry.states import Consequence, Reversibility
from apps.routing.ceilings import STARTING, raised
from apps.routing.models import MatrixCell, PolicyRule, PolicyVersion, Sighting
from apps.routing.rules.expressions import RULES

# Any number, as long as nothing else in the database locks on it.
_ONE_PUBLISHER = 7_238_461_002


class IncompleteMatrix(ValueError):
    """A policy version must say what happens in each of the twelve cells, once."""


class ReasonMissing(ValueError):
    """A policy version that raises a ceiling must say why."""


def publish_policy(
    *,
    workflow: Workflow | None,
    cells: Sequence[MatrixCell],
    rules: Sequence[PolicyRule] = (),
    reason: str,
    by: Acting | None,
    now: datetime,
) -> PolicyVersion:
    """Publish the next version of a workflow's policy (None: the default): the unsaved cells of its matrix, and its
    rules in their order. It takes effect on the next proposal.

    `reason` may be empty unless a ceiling rises above what held for the workflow before. Raises IncompleteMatrix naming
    the cells that are missing or given twice, ReasonMissing naming those whose ceiling rises, BadExpression for a rule
    whose condition cannot be used.
    """
    given = [(cell.consequence, cell.reversibility) for cell in cells]
    wanted = {(c.value, r.value) for c in Consequence for r in Reversibility}
    missing = sorted(wanted - set(given))
    twice = sorted({address for address in given if given.count(address) > 1})
    if missing or twice:
        raise IncompleteMatrix(
            _("Missing cells: {missing}. Given twice: {twice}.").format(missing=missing, twice=twice)
        )
    for rule in rules:
        RULES.compiled(rule.when)
    with transaction.atomic():
        one_publisher()
        previous = PolicyVersion.objects.filter(workflow=workflow).order_by("-number").first()
        reason = reason.strip()
        if not reason:
            _check_nothing_rises(workflow, previous, cells)
        version = PolicyVersion.objects.create(
            workflow=workflow,
            number=previous.number + 1 if previous else 1,
            reason=reason,
            published_at=now,
            published_by=(by.actor if by is not None else SYSTEM).name,
        )
        for cell in cells:
            cell.version = version
        MatrixCell.objects.bulk_create(cells)
        for position, rule in enumerate(rules):
            rule.version, rule.position = version, position
        PolicyRule.objects.bulk_create(rules)
        audit.record(
            verb="policy.published",
            now=now,
            by=by,
            subject=("policy_version", version.pk, str(version)),
            workflow_id=workflow.pk if workflow else None,
            data={"reason": reason},
        )
    return version


def one_publisher() -> None:
    """Let nobody else publish until the transaction ends; also for a first version, when there is no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_PUBLISHER])


def _check_nothing_rises(
    workflow: Workflow | None, previous: PolicyVersion | None, cells: Sequence[MatrixCell]
) -> None:
    if previous is None and workflow is not None:
        # Until now the default one held.
        previous = PolicyVersion.objects.filter(workflow=None).order_by("-number").first()
    before = STARTING if previous is None else _ceilings(previous.cells.all())
    rising = raised(before, _ceilings(cells))
    if rising:
        raise ReasonMissing(
            _("Say in `reason` why a ceiling rises: {cells}.").format(
                cells="; ".join(", ".join(address) for address in rising)
            )
        )


def _ceilings(cells: Iterable[MatrixCell]) -> dict[tuple[str, str], str]:
    return {(str(cell.consequence), str(cell.reversibility)): str(cell.ceiling) for cell in cells}


def note_sightings(*, seen: Mapping[int, Mapping[str, str]], now: datetime) -> None:
    """Remember {slice id: {fingerprint: label}}; what is known already stays as it was."""
    rows: list[Any] = [
        Sighting(slice_id=slice_id, fingerprint=fingerprint, label=label, first_seen_at=now)
        for slice_id, labels in sorted(seen.items())
        for fingerprint, label in sorted(labels.items())
    ]
    if rows:
        Sighting.objects.bulk_create(rows, ignore_conflicts=True)
