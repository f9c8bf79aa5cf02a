"""Who may move a slice, sign for a step up, and change what it is judged by. `check_` raises with a sentence."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.accounts.queries import holders_of
from apps.accounts.roles import Role
from apps.delivery.unseen import readable
from apps.registry.models import Workflow
from apps.registry.states import AgentStatus, Stage
from apps.trust.gating import gaps_of
from apps.trust.models import DriftAlert, ReadinessItem, Recommendation, Slice
from apps.trust.readiness import LEAST_EVIDENCE, MOST_EVIDENCE, Gap, bounds, said
from apps.trust.review_dates import LEAST_NOTE, REVIEWED_STAGES
from apps.trust.review_dates import bounds as review_bounds
from apps.trust.states import ALERT_MOVES, AlertStatus, ReadyItem, RecommendationStatus
from apps.trust.terms import rules_of

_ORDER = [Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED]


def check_move_stage(row: Slice, *, to: Stage, by: User, reason: str, now: datetime) -> None:
    """Admins and governance take a slice back at once. Up to assisted only an admin moves it by hand, never one's own
    agent, and only where the workflow begins there and is ready; everything else goes by evidence and two signatures.
    """
    if to not in (Stage.SHADOW, Stage.ASSISTED):
        raise NotAllowed(_("A slice can be moved to shadow or to assisted."))
    if to == row.stage:
        raise NotAllowed(_("The slice is in that stage already."))
    if not readable(reason):
        raise NotAllowed(_("Give a reason: it is kept with the move."))
    is_admin = rights.holds_everywhere(by, Role.ADMIN)
    if _is_down(row.stage, to):
        if not is_admin and not rights.holds_everywhere(by, Role.GOVERNANCE):
            raise NotAllowed(
                _("Only an admin may move a slice to assisted; governance may move it back to shadow.")
            )
        return
    if not is_admin:
        raise NotAllowed(
            _("Only an admin may move a slice to assisted; governance may move it back to shadow.")
        )
    if row.agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: another admin has to move it up."))
    if row.workflow.initial_stage != Stage.ASSISTED:
        raise NotAllowed(
            _("Work of this workflow begins in shadow: the usefulness gate and two people move it up.")
        )
    check_workflow_ready(gaps_of(row.workflow_id, now=now))


def check_ratify(recommendation: Recommendation, row: Slice, *, by: User, now: datetime) -> None:
    """Two different people who answer for the work, neither of them the agent's owner, sign what stands open.

    Beside the evidence the slice has to be ready: its agent active, its time in shadow over, no drift left unanswered,
    its workflow with everything that is asked of one.
    """
    check_sign(row, by=by)
    if recommendation.status != RecommendationStatus.OPEN:
        raise NotAllowed(
            _("This recommendation is {status}: there is nothing to sign.").format(
                status=RecommendationStatus(recommendation.status).label
            )
        )
    if recommendation.signatures.filter(by=by).exists():
        raise NotAllowed(_("You have signed: a second, different person has to."))
    check_ready(row, has_drifted=bool(drifted([row])), gaps=gaps_of(row.workflow_id, now=now), now=now)


def check_ready(row: Slice, *, has_drifted: bool, gaps: Sequence[Gap], now: datetime) -> None:
    """Whatever the evidence, whether the slice may be given more now. `has_drifted`: it is one of `drifted`; `gaps`:
    what its workflow misses.
    """
    if row.agent.status != AgentStatus.ACTIVE:
        raise NotAllowed(_("The agent is suspended: it cannot be given more."))
    days = rules_of(row).shadow_days
    if row.stage == Stage.SHADOW and now < row.stage_since + timedelta(days=days):
        raise NotAllowed(_("It has to stay in shadow for {days} days at least.").format(days=days))
    if has_drifted:
        raise NotAllowed(_("The work has changed, and nobody has acted on it yet: see the drift alerts."))
    check_workflow_ready(gaps)


def check_workflow_ready(gaps: Sequence[Gap]) -> None:
    """Nothing is given more in a workflow that misses something of what every workflow has to have ready."""
    if gaps:
        raise NotAllowed(said(gaps))


def drifted(rows: Iterable[Slice]) -> set[int]:
    """Ids of those of these slices whose work has really changed, with nobody who acted on it. One query."""
    real = DriftAlert.objects.filter(slice__in=rows, status=AlertStatus.REAL)
    return set(real.values_list("slice_id", flat=True))


def check_sign(row: Slice, *, by: User) -> None:
    """Admins and the workflow's business and process owners answer for a step up; never the agent's owner."""
    if row.agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: others have to decide about it."))
    if by.pk not in _answering(row.workflow) and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only admins and the workflow's business and process owner may sign."))


def signers(row: Slice) -> set[User]:
    """Whose name under a step up would do. One query."""
    return {*holders_of(Role.ADMIN), row.workflow.business_owner, row.workflow.process_owner} - {
        row.agent.owner
    }


def check_decline(recommendation: Recommendation, row: Slice, *, by: User, reason: str) -> None:
    """Who may sign may say no, and so may governance."""
    if not rights.holds_everywhere(by, Role.GOVERNANCE):
        check_sign(row, by=by)
    if recommendation.status != RecommendationStatus.OPEN:
        raise NotAllowed(_("This recommendation has ended."))
    if not readable(reason):
        raise NotAllowed(_("Say why: it is kept with the slice."))


def check_set_criteria(row: Slice, *, by: User | None, reason: str) -> None:
    """Admins set what a slice is judged by, with a reason, not for their own agent; and the operator (None)."""
    if not readable(reason):
        raise NotAllowed(_("Give a reason: it is kept with the criteria."))
    if by is None:
        return
    if not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may change what a slice is judged by."))
    if row.agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: another admin has to."))


def check_set_segments(by: User | None) -> None:
    """Admins divide the work of action types into segments; and the operator (None)."""
    if by is not None and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only an admin may make or change segments."))


def check_judge_drift(alert: DriftAlert, *, by: User) -> None:
    """The alert's owner, or an admin, says what a drift means."""
    if alert.owner_id != by.pk and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(_("Only the owner of this alert or an admin may answer it."))


def check_drift_step(alert: DriftAlert, *, to: AlertStatus, note: str, owner: User | None) -> None:
    """Alert, validate, act: it is looked at first, then somebody who answers for the work acts, and each says what."""
    if alert.ended_at is not None:
        raise NotAllowed(_("An answered alert stays answered."))
    if to not in ALERT_MOVES[AlertStatus(alert.status)]:
        raise NotAllowed(_("First somebody looks whether it is real; then somebody acts."))
    if not readable(note):
        raise NotAllowed(_("Say what you found or did: it is kept with the alert."))
    may_own = {alert.owner_id, *(person.pk for person in drift_owners(alert.slice.workflow))}
    if owner is not None and owner.pk not in may_own:
        raise NotAllowed(_("Only the named people of the workflow look after an alert."))


def drift_owners(workflow: Workflow) -> list[User]:
    """Who may look after a drift alert: the workflow's named people, each once, the technical owner first."""
    named = (
        workflow.technical_owner,
        workflow.process_owner,
        workflow.business_owner,
        workflow.governance_lead,
    )
    return list({person.pk: person for person in named}.values())


def readiness_owners(workflow: Workflow) -> list[User]:
    """Who may own an item of a workflow's readiness: its named people and its reviewers, who may sign in, by name."""
    reviewers = User.objects.filter(groups=workflow.reviewers_id)
    people = {person.pk: person for person in (*drift_owners(workflow), *reviewers) if person.is_active}
    return sorted(people.values(), key=lambda person: (person.name, person.pk))


def check_set_readiness(workflow: Workflow, *, by: User) -> None:
    """Whoever runs, operates or governs the workflow says what it has ready, and admins. Nobody says it by a key."""
    named = {workflow.process_owner_id, workflow.technical_owner_id, workflow.governance_lead_id}
    if by.pk not in named and not rights.holds_everywhere(by, Role.ADMIN):
        raise NotAllowed(
            _(
                "Only the process owner, the technical owner, the governance lead or an admin says what is ready."
            )
        )


def check_complete_item(
    workflow: Workflow,
    *,
    item: ReadyItem,
    evidence: str,
    link: str,
    owner: User,
    expires_on: date,
    now: datetime,
) -> None:
    """An item is done with evidence somebody can follow, an owner of the workflow, and a last day within its bounds."""
    if len(readable(evidence)) < LEAST_EVIDENCE or len(evidence) > MOST_EVIDENCE:
        raise NotAllowed(
            _("Say what the evidence is, in {least} to {most} characters.").format(
                least=LEAST_EVIDENCE, most=MOST_EVIDENCE
            )
        )
    if link and not _leads_to_the_web(link):
        raise NotAllowed(_("The link has to begin with http:// or https://."))
    if owner not in readiness_owners(workflow):
        raise NotAllowed(_("The owner has to be one of the workflow's people who may sign in."))
    first, last = bounds(item, timezone.localdate(now))
    if not first <= expires_on <= last:
        raise NotAllowed(
            _("Its last day has to lie between {first} and {last}.").format(
                first=date_format(first, "DATE_FORMAT"), last=date_format(last, "DATE_FORMAT")
            )
        )


def check_reopen_item(row: ReadinessItem | None, *, reason: str) -> None:
    """What is done can be opened again, with a reason. None: nobody has done it."""
    if row is None or row.done_at is None:
        raise NotAllowed(_("This item is open already."))
    if not readable(reason):
        raise NotAllowed(_("Say why it does not hold any more: it is kept with the item."))


def check_review(row: Slice, *, by: User) -> None:
    """Governance looks whether what a slice is let do is still right: the office, the workflow's lead, or an admin;
    never whoever owns the agent.
    """
    if row.agent.owner_id == by.pk:
        raise NotAllowed(_("You own this agent: others have to review what it is let do."))
    if by.pk != row.workflow.governance_lead_id and not rights.holds_everywhere(
        by, Role.GOVERNANCE, Role.ADMIN
    ):
        raise NotAllowed(_("Only governance or an admin reviews what a slice is let do."))
    if row.stage not in REVIEWED_STAGES:
        raise NotAllowed(_("Nothing of this slice can happen: there is nothing to review."))


def check_review_says(row: Slice, *, note: str, next_on: date, now: datetime) -> None:
    """A review says what was looked at, and by when somebody looks again."""
    if len(readable(note)) < LEAST_NOTE:
        raise NotAllowed(_("Say what you looked at and why it stays: it is kept with the slice."))
    first, last = review_bounds(row.stage, timezone.localdate(now))
    if not first <= next_on <= last:
        raise NotAllowed(
            _("The next review has to be between {first} and {last}.").format(
                first=date_format(first, "DATE_FORMAT"), last=date_format(last, "DATE_FORMAT")
            )
        )


def check_begins_assisted(workflow_id: int, now: datetime) -> None:
    """A workflow that began in shadow begins in assisted only when it is ready."""
    check_workflow_ready(gaps_of(workflow_id, now=now))


def check_stop(workflow: Workflow, *, by: User) -> None:
    """Who may stop an action in its veto window: the workflow's reviewers and named people, admins, governance."""
    named = {*_answering(workflow), workflow.technical_owner_id, workflow.governance_lead_id}
    if by.pk in named or rights.holds_everywhere(by, Role.ADMIN, Role.GOVERNANCE):
        return
    if not by.groups.filter(pk=workflow.reviewers_id).exists():
        raise NotAllowed(_("Only the people of this workflow may stop its actions."))


def _answering(workflow: Workflow) -> set[int]:
    return {workflow.business_owner_id, workflow.process_owner_id}


def _leads_to_the_web(link: str) -> bool:
    try:
        URLValidator(["http", "https"])(link)
    except ValidationError:
        return False
    return True


def _is_down(stage: str, to: Stage) -> bool:
    return stage == Stage.SUSPENDED or _ORDER.index(to) < _ORDER.index(Stage(stage))
