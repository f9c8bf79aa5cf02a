"""Makes and changes segments: parts of the work of an action type that earn their trust by themselves.

What a segment is may change until something has counted in it; afterwards its evidence would speak of other work. Then
another segment is made, which begins without any, and as low as the lowest of the slices it is split from
(`beginning`). Work never goes up by this: no change moves it into a slice that is let do more than the one it leaves.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.audit import actions as audit
from apps.registry.conditions.arguments import unknown_arguments
from apps.registry.models import ActionType
from apps.registry.states import Stage
from apps.trust import policies
from apps.trust.beginning import ORDER
from apps.trust.dividing import check_may_divide
from apps.trust.models import Segment, Slice
from apps.trust.segments import SEGMENTS
from apps.trust.statistics.inputs import BadInput


@transaction.atomic
def save_segment(
    *,
    action_type: ActionType,
    slug: str,
    name: str,
    when: str,
    by: User | None,
    now: datetime,
    position: int = 0,
    is_active: bool = True,
) -> Segment:
    """Make a segment, or change it; proposals from now on are placed by it, those that wait stay where they are.

    `by` None is the operator. Raises NotAllowed (also when something has counted already, when work would go to a slice
    that is let do more, and while some of it is halted), ValidationError, BadExpression for a condition that cannot be
    used, and BadInput for arguments the action type does not have.
    """
    policies.check_set_segments(by)
    SEGMENTS.compiled(when)
    _check_arguments(action_type, when)
    row = Segment.objects.select_for_update(no_key=True).filter(action_type=action_type, slug=slug).first()
    made = row is None
    row = row or Segment(action_type=action_type, slug=slug)
    before = {} if made else _facts(row)
    if not made and row.when != when:
        _check_nothing_counted(row)
    _check_moves(row, is_active, is_changed=(row.when, row.position) != (when, position))
    row.name, row.when, row.position, row.is_active = name, when, position, is_active
    row.full_clean()
    after = _facts(row)
    changes = {
        field: value if made else {"before": before[field], "after": value}
        for field, value in after.items()
        if before.get(field) != value
    }
    if changes:
        row.save()
        audit.record(
            verb="segment.made" if made else "segment.changed",
            now=now,
            by=by,
            subject=("segment", row.pk, f"{action_type.title}: {row.name}"),
            workflow_id=action_type.workflow_id,
            data=changes,
        )
    return row


def _check_arguments(action_type: ActionType, when: str) -> None:
    known = set(action_type.args_schema.get("properties", {}))
    for name in unknown_arguments(when, known):
        raise BadInput(
            _("{action} has no argument {name}: it has {known}.").format(
                action=action_type.title, name=name, known=", ".join(sorted(known)) or "-"
            )
        )


def _check_nothing_counted(row: Segment) -> None:
    slices = Slice.objects.filter(action_type_id=row.action_type_id, segment=row.slug)
    counted = slices.aggregate(all=Sum("counted"))["all"] or 0
    if counted:
        raise NotAllowed(
            _(
                "{count} decisions have counted in this segment: they speak of the work it holds now. Close it and "
                "make another one."
            ).format(count=counted)
        )


def _check_moves(row: Segment, is_active: bool, *, is_changed: bool) -> None:
    """Whether work may go where it would go: `row` is as it is kept, or has no key when the segment is new."""
    was_active = row.pk is not None and row.is_active
    if not (was_active or is_active) or (was_active and is_active and not is_changed):
        return
    # Until this ends no slice of it is moved, opened or halted.
    slices = list(
        Slice.objects.select_for_update(no_key=True).filter(action_type_id=row.action_type_id).order_by("pk")
    )
    check_may_divide(row.action_type_id)
    for own in slices:
        if own.segment != row.slug:
            continue
        others = [ORDER.index(Stage(one.stage)) for one in slices if one.agent_id == own.agent_id]
        place = ORDER.index(Stage(own.stage))
        if (was_active and max(others) > place) or (is_active and min(others) < place):
            raise NotAllowed(
                _(
                    "Work of {what} would go to a slice that is let do more. Take that one back first, or make another "
                    "segment: it begins as low as the lowest."
                ).format(what=own)
            )


def _facts(row: Segment) -> dict[str, Any]:
    return {
        "name": row.name,
        "when": row.when,
        "position": row.position,
        "active": row.is_active,
    }
