"""What does ReviewHub itself see of the things a workflow has to have ready?

A fact is shown beside what people say. Where it is false, people cannot say otherwise; where ReviewHub cannot know, it
tells what it sees and leaves the word to them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.queries import away_among
from apps.assurance.models import TriggerRun
from apps.costs.model_setup import newest_model
from apps.outcomes.models import Baseline as KpiBaseline
from apps.quality.models import Target
from apps.registry.models import AgentGrant, PermissionReview, Workflow
from apps.trust.models import Baseline, ReadinessItem, TrustEvent
from apps.trust.states import WENT_DOWN, ReadyItem

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """`text` is what is seen; `holds` False says that the item cannot be done as things are, None that only people can
    say. `url` leads to where it is seen.
    """

    text: str
    holds: bool | None = None
    url: str = ""


def facts_of(workflow: Workflow, *, now: datetime) -> dict[ReadyItem, Fact]:
    """Of every item. About ten queries."""
    return {item: look(workflow, now) for item, look in _LOOKS.items()}


def fact_of(workflow: Workflow, item: ReadyItem, *, now: datetime) -> Fact:
    """Of one item."""
    return _LOOKS[item](workflow, now)


def whereabouts(person: User, *, now: datetime) -> str:
    """Whether whoever is on call can be called at all."""
    if not person.is_active:
        return _("{name} may not sign in any more.").format(name=person.name)
    if person.pk in away_among([person.pk], now):
        return _("{name} is away now.").format(name=person.name)
    return _("{name} is not away now.").format(name=person.name)


def newest_run(workflow: Workflow) -> TriggerRun | None:
    """The last simulated trigger; None: nobody has run one."""
    runs = TriggerRun.objects.filter(workflow=workflow).select_related("by")
    return runs.order_by("-at", "-pk").first()


def _cost_model(workflow: Workflow, now: datetime) -> Fact:
    url = reverse("costs:model_read", args=[workflow.slug])
    model = newest_model(workflow.pk)
    if model is None:
        return Fact(_("There is no cost model yet."), False, url)
    said = _("Cost model version {number}, saved on {day}.")
    return Fact(said.format(number=model.number, day=_day(model.created_at)), True, url)


def _observability(workflow: Workflow, now: datetime) -> Fact:
    url = reverse("quality:scorecard_read", args=[workflow.slug])
    watched = Target.objects.filter(workflow=workflow, alert_at__isnull=False).count()
    if not watched:
        return Fact(_("No figure of its scorecard tells anybody when it crosses a limit."), None, url)
    text = ngettext(
        "%(n)d figure of its scorecard tells its owner when it crosses a limit.",
        "%(n)d figures of its scorecard tell their owners when they cross a limit.",
        watched,
    )
    return Fact(text % {"n": watched}, None, url)


def _escalation(workflow: Workflow, now: datetime) -> Fact:
    run = newest_run(workflow)
    if run is None:
        return Fact(_("No simulated trigger was run yet."), False)
    url = reverse("assurance:trigger_read", args=[workflow.slug, run.pk])
    if not run.holds:
        return Fact(_("The simulated trigger of {day} failed.").format(day=_day(run.at)), False, url)
    said = _("The simulated trigger of {day} reached {count} people.")
    return Fact(said.format(day=_day(run.at), count=len(run.reached)), True, url)


def _permissions(workflow: Workflow, now: datetime) -> Fact:
    url = reverse("permissions:permission_list")
    grants = list(
        AgentGrant.objects.filter(workflow=workflow).select_related("agent").order_by("agent__name")
    )
    if len(grants) == 1:
        page = reverse("permissions:agent_permissions", args=[grants[0].agent.slug])
        url = f"{page}#{workflow.slug}"
    if not grants:
        return Fact(_("No agent may propose here yet."), None, url)
    named = [
        _("{agent} ({what})").format(
            agent=grant.agent.name, what="; ".join(str(scope) for scope in grant.scope_list)
        )
        for grant in grants[:_MOST_NAMED]
    ]
    if len(grants) > _MOST_NAMED:
        named.append("…")
    text = ngettext("%(n)d agent may propose: %(who)s.", "%(n)d agents may propose: %(who)s.", len(grants))
    said = [text % {"n": len(grants), "who": ", ".join(named)}, *_reviewed(workflow, grants, now)]
    return Fact(" ".join(said), None, url)


def _reviewed(workflow: Workflow, grants: list[AgentGrant], now: datetime) -> list[str]:
    """When people looked at what each of these agents may propose, and whose review is due. One query."""
    reviews = PermissionReview.objects.filter(workflow=workflow, agent__in=[one.agent_id for one in grants])
    last = dict(reviews.values_list("agent").annotate(at=Max("at")).order_by())
    found = []
    if last:
        day = _day(min(last.values()))
        found.append(_("The oldest of their last reviews is of {day}.").format(day=day))
    never = [one.agent.name for one in grants if one.agent_id not in last]
    if never:
        found.append(_("Never reviewed: {agents}.").format(agents=_some(never)))
    today = localtime(now).date()
    due = [one.agent.name for one in grants if one.agent_id in last and one.review_on <= today]
    if due:
        found.append(_("Review due: {agents}.").format(agents=_some(due)))
    return found


def _some(names: list[str]) -> str:
    return ", ".join([*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])])


def _rollback(workflow: Workflow, now: datetime) -> Fact:
    events = TrustEvent.objects.filter(slice__workflow=workflow, move__in=WENT_DOWN)
    event = events.select_related("slice__action_type", "slice__agent").order_by("-at", "-pk").first()
    if event is None:
        return Fact(_("No slice of it has gone down yet."))
    said = _("{slice} went down last, on {day}: {how}.")
    url = reverse("trust:slice_detail", args=[event.slice_id])
    return Fact(said.format(slice=event.slice, day=_day(event.at), how=event.get_move_display()), None, url)


def _baseline(workflow: Workflow, now: datetime) -> Fact:
    url = reverse("outcomes:portfolio") + f"#workflow-{workflow.pk}"
    kpis = KpiBaseline.objects.filter(version__kpi__workflow=workflow)
    frozen_at = kpis.aggregate(newest=Max("created_at"))["newest"]
    if frozen_at is not None:
        return Fact(_("A KPI has its baseline, frozen on {day}.").format(day=_day(frozen_at)), True, url)
    work = Baseline.objects.filter(slice__workflow=workflow)
    frozen_at = work.aggregate(newest=Max("at"))["newest"]
    if frozen_at is not None:
        said = _("The work of an agent has its baseline, frozen on {day}.")
        return Fact(said.format(day=_day(frozen_at)), True, reverse("trust:drift_list"))
    return Fact(_("No baseline is frozen yet, of a KPI or of an agent's work."), False, url)


def _on_call(workflow: Workflow, now: datetime) -> Fact:
    row = (
        ReadinessItem.objects.filter(workflow=workflow, item=ReadyItem.ON_CALL)
        .select_related("owner")
        .first()
    )
    if row is None:
        return Fact(_("Nobody is named yet."))
    return Fact(whereabouts(row.owner, now=now))


def _day(at: datetime) -> str:
    return date_format(localtime(at), "j M Y")


_LOOKS: dict[ReadyItem, Callable[[Workflow, datetime], Fact]] = {
    ReadyItem.COST_MODEL: _cost_model,
    ReadyItem.OBSERVABILITY: _observability,
    ReadyItem.ESCALATION: _escalation,
    ReadyItem.PERMISSIONS: _permissions,
    ReadyItem.ROLLBACK: _rollback,
    ReadyItem.BASELINE: _baseline,
    ReadyItem.ON_CALL: _on_call,
}
