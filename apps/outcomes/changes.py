"""What may have moved a number: steps of autonomy, published policies and new agent versions of a workflow, by date."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit.models import Event
from apps.outcomes.picture import Change
from apps.registry.models import AgentGrant
from apps.trust.models import TrustEvent

_MOST = 200


def changes_in(workflow_id: int, *, between: tuple[date, date]) -> list[Change]:
    """The changes of a period, the oldest first, at most 200."""
    found = [
        *_stages(workflow_id, between),
        *_policies(workflow_id, between),
        *_versions(workflow_id, between),
    ]
    return sorted(found, key=lambda change: change.at)[-_MOST:]


def _stages(workflow_id: int, between: tuple[date, date]) -> list[Change]:
    moves = TrustEvent.objects.filter(slice__workflow_id=workflow_id, at__date__range=between)
    moves = moves.select_related("slice__action_type", "slice__agent", "slice__workflow")
    moved = [
        Change(move.at, f"{move.slice}: {move.get_move_display()}") for move in moves.order_by("-at")[:_MOST]
    ]
    by_hand = Event.objects.filter(
        verb="slice.stage_changed", workflow_id=workflow_id, at__date__range=between
    ).order_by("-at")[:_MOST]
    return moved + [
        Change(
            event.at,
            _("{slice}: from {before} to {after}").format(
                slice=event.subject_label, before=event.data.get("from"), after=event.data.get("to")
            ),
        )
        for event in by_hand
    ]


def _policies(workflow_id: int, between: tuple[date, date]) -> list[Change]:
    """Its own ones and the default one, which holds where it has none."""
    of_it = Q(workflow_id=workflow_id) | Q(workflow_id=None)
    published = Event.objects.filter(of_it, verb="policy.published", at__date__range=between)
    return [
        Change(event.at, _("Published: {policy}").format(policy=event.subject_label))
        for event in published.order_by("-at")[:_MOST]
    ]


def _versions(workflow_id: int, between: tuple[date, date]) -> list[Change]:
    agents = AgentGrant.objects.filter(workflow_id=workflow_id).values_list("agent_id", flat=True)
    seen = Event.objects.filter(
        verb="agent_version.registered", at__date__range=between, subject_id__in=[str(pk) for pk in agents]
    ).order_by("-at")[:_MOST]
    return [
        Change(event.at, _("A new version of {agent}").format(agent=event.subject_label)) for event in seen
    ]
