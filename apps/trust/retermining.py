"""Sets what a slice is judged by: a new version of its criteria. What was tested otherwise starts over."""

from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.trust import controller, policies
from apps.trust.models import Criteria, Slice, Standing
from apps.trust.moving import keep, moved
from apps.trust.recommending import is_ripe, reconsider
from apps.trust.rules import Rules
from apps.trust.states import Move
from apps.trust.terms import rules_of, terms_of, terms_with


class NeedsStartOver(NotAllowed):
    """What is tested would change after decisions have counted: only by starting over."""


def set_criteria(
    *, slice_id: int, rules: Rules, by: User | None, reason: str, start_over: bool, now: datetime
) -> Criteria:
    """Publish the next version; `by` None is the operator. Edges, alpha or delta may change only before anything
    counted, or with `start_over`, which gives up all evidence and begins the next, harder attempt.

    Raises NotAllowed, NeedsStartOver, and BadInput for values that test nothing.
    """
    with transaction.atomic():
        row = (
            Slice.objects.select_for_update(of=("self",), no_key=True)
            .select_related("agent", "workflow", "action_type")
            .get(pk=slice_id)
        )
        policies.check_set_criteria(row, by=by, reason=reason)
        terms_with(rules, row)
        standings = list(Standing.objects.select_for_update(no_key=True).filter(slice=row))
        changes_test = _tested(rules) != _tested(rules_of(row))
        counted = sum(sum(standing.n) for standing in standings)
        if changes_test and counted and not start_over:
            raise NeedsStartOver(
                ngettext(
                    "{count} decision has counted already. Confidences, target and chance are chosen before "
                    "outcomes: start over to change them.",
                    "{count} decisions have counted already. Confidences, target and chance are chosen before "
                    "outcomes: start over to change them.",
                    counted,
                ).format(count=counted)
            )
        made = _publish(row, rules, by, reason, now)
        for standing in standings:
            standing.slice = row
            if changes_test:
                _start_over(standing, len(rules.edges), by, reason, now)
            standing.is_ripe = is_ripe(row, standing.earned, terms_of(row))
            standing.save(update_fields=["is_ripe"])
            reconsider(standing, now=now)
        return made


def _publish(row: Slice, rules: Rules, by: User | None, reason: str, now: datetime) -> Criteria:
    newest = row.criteria_versions.order_by("-number").values_list("number", flat=True).first() or 0
    values = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rules).items()
    }
    made = Criteria.objects.create(
        slice=row, number=newest + 1, reason=reason.strip(), by_name=_name(by), at=now, **values
    )
    row.criteria = made
    row.save(update_fields=["criteria"])
    audit.record(
        verb="slice.criteria_set",
        now=now,
        by=by,
        subject=("slice", row.pk, str(row)),
        workflow_id=row.workflow_id,
        data={"version": made.number, "reason": reason.strip(), "sha256": rules.sha256},
    )
    return made


def _start_over(standing: Standing, bands: int, by: User | None, reason: str, now: datetime) -> None:
    before = standing.earned
    is_used = sum(before.n) > 0 or before.running
    after = controller.again(before, bands=bands)
    keep(standing, after if is_used else _same_attempt(after, before), now)
    standing.newest_counted = None
    standing.save(update_fields=["newest_counted"])
    moved(standing, Move.RETERMED, before=before, now=now, by=by, people=[_name(by)], reason=reason.strip())


def _same_attempt(after: controller.Earned, before: controller.Earned) -> controller.Earned:
    """Nothing was tested yet, so no chance of being wrong was used up."""
    return replace(after, attempt=before.attempt)


def _name(by: User | None) -> str:
    return _("the operator") if by is None else by.name


def _tested(rules: Rules) -> tuple[object, ...]:
    return rules.edges, rules.alpha, rules.delta
