"""The slices of work: what each has earned and why, signing for a step up, criteria, and moving one by hand."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.policies import NotAllowed, why_not
from apps.accounts.requests import PersonRequest
from apps.registry.states import Stage
from apps.registry.visibility import answered_workflows, check_see_workflow, visible_workflows
from apps.trust import actions, ladder, policies, queries, recommending, retermining, watched
from apps.trust.differing import versions_of
from apps.trust.forms import CriteriaForm, DeclineForm, SignForm, StageForm, criteria_values
from apps.trust.gating import gaps_of
from apps.trust.models import Recommendation, Slice
from apps.trust.pending import looks_of
from apps.trust.readiness import said
from apps.trust.states import RecommendationStatus
from apps.trust.statistics.inputs import BadInput
from apps.trust.terms import misses_of, rules_of

_LATELY = 5


@require_safe
def slice_list(request: PersonRequest) -> HttpResponse:
    """Every slice of the workflows this person may read, or of one of them, with its stage, its level and what is
    missing.
    """
    seen, only = visible_workflows(request.user), None
    alerts = watched.open_alerts(seen)
    if "workflow" in request.GET:
        slug = request.GET["workflow"]
        # The database takes no NUL, and no slug has one.
        seen = seen.none() if "\x00" in slug else seen.filter(slug=slug)
        only = seen.first()
    rows = ladder.ladder(seen, now=timezone.now())
    context = {
        "rows": rows,
        "alerts": len(alerts),
        "only": only,
        "reads_register": answered_workflows(request.user).exists(),
    }
    return render(request, "trust/slice_list.html", context)


@require_safe
def slice_detail(request: PersonRequest, slice_id: int) -> HttpResponse:
    """One slice: what each version earned, the pictures, the alarm, and the ledger with why each entry counted."""
    return _page(request, _seen(request, slice_id))


def slice_move_stage(request: PersonRequest, slice_id: int) -> HttpResponse:
    """Move the slice, with a reason. A GET changes nothing and leads to the slice."""
    row = _seen(request, slice_id)
    if request.method != "POST":
        return redirect("trust:slice_detail", slice_id)
    form = StageForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    to = Stage(form.cleaned_data["to"])
    moved = actions.move_stage(
        slice_id=slice_id, to=to, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now()
    )
    messages.success(request, _("The slice is in stage %(stage)s now.") % {"stage": Stage(moved.stage).label})
    return redirect("trust:slice_detail", slice_id)


def slice_criteria(request: PersonRequest, slice_id: int) -> HttpResponse:
    """What the slice is judged by, and a form that publishes the next version."""
    row = _seen(request, slice_id)
    form = CriteriaForm(request.POST or None, initial=criteria_values(rules_of(row)))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                retermining.set_criteria(
                    slice_id=slice_id,
                    rules=form.rules,
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                    start_over=form.cleaned_data["start_over"],
                    now=timezone.now(),
                )
            except retermining.NeedsStartOver as error:
                form.add_error("start_over", str(error))
            except BadInput as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The criteria hold from now on."))
                return redirect("trust:slice_detail", slice_id)
    context = {
        "slice": row,
        "form": form,
        "versions": versions_of(row),
        "why_not": why_not(policies.check_set_criteria, row, by=request.user, reason="-"),
        "limits": queries.limits(row),
    }
    return render(request, "trust/slice_criteria.html", context, status=status)


@require_POST
def recommendation_ratify(request: PersonRequest, recommendation_id: UUID) -> HttpResponse:
    """Put one's name under a recommendation."""
    row = _of_recommendation(request, recommendation_id)
    form = SignForm(request.POST)
    if not form.is_valid():
        raise NotAllowed(_("The page is not whole: open it again and look before you sign."))
    signed = recommending.ratify(
        recommendation_id=recommendation_id,
        by=request.user,
        seen_sha256=form.cleaned_data["seen_sha256"],
        now=timezone.now(),
    )
    if signed.status == RecommendationStatus.RATIFIED:
        messages.success(request, _("Two people have signed: the step is taken."))
    else:
        messages.success(request, _("You have signed. A second, different person has to."))
    return redirect("trust:slice_detail", row.pk)


@require_POST
def recommendation_decline(request: PersonRequest, recommendation_id: UUID) -> HttpResponse:
    """Say no to a recommendation, with a reason."""
    row = _of_recommendation(request, recommendation_id)
    form = DeclineForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    recommending.decline(
        recommendation_id=recommendation_id, by=request.user, reason=reason, now=timezone.now()
    )
    messages.success(request, _("Declined. It may be recommended again after a week."))
    return redirect("trust:slice_detail", row.pk)


def _seen(request: PersonRequest, slice_id: int) -> Slice:
    row = get_object_or_404(Slice.objects.select_related("workflow", "action_type", "agent"), pk=slice_id)
    check_see_workflow(row.workflow, by=request.user)
    return row


def _of_recommendation(request: PersonRequest, recommendation_id: UUID) -> Slice:
    found = get_object_or_404(Recommendation.objects.select_related("standing"), pk=recommendation_id)
    return _seen(request, found.standing.slice_id)


def _page(
    request: PersonRequest, row: Slice, *, form: StageForm | None = None, status: int = 200
) -> HttpResponse:
    to = {Stage.SHADOW: Stage.ASSISTED, Stage.SUPERVISED: Stage.ASSISTED}.get(Stage(row.stage), Stage.SHADOW)
    rules, misses = rules_of(row), misses_of(row)
    standings = queries.shown_standings(row, by=request.user, now=timezone.now())
    context = {
        "looks": looks_of(row.pk, now=timezone.now()),
        "slice": row,
        "level": ladder.level(row),
        "misses": misses,
        "target_percent": 100 * rules.alpha,
        "delta_percent": 100 * rules.delta,
        "miss_percent": 100 * misses.upper,
        "standings": standings,
        "is_paused": any(one.standing.running and not one.standing.is_acting for one in standings[:1]),
        "alerts": watched.open_alerts_of(row),
        "watched": watched.watched(row, most=1),
        "decline_form": DeclineForm(),
        "ledger": queries.ledger_page(row, before=request.GET.get("before", "")),
        "later": queries.later_page(row, most=_LATELY),
        "moves": queries.stage_moves(row),
        "comparisons": queries.comparisons(row),
        "history": queries.history(row),
        "is_first": "before" not in request.GET,
        "form": form or StageForm(initial={"to": to}),
        "to": to,
        "why_not": why_not(
            policies.check_move_stage, row, to=to, by=request.user, reason="-", now=timezone.now()
        ),
        "missing": said(gaps_of(row.workflow_id, now=timezone.now())),
    }
    return render(request, "trust/slice_detail.html", context, status=status)
