"""The chain editor: one form with a row for each step.

Every button sends the whole form, and works without script; only saving stores anything. With htmx a changed field
renews what the proof and the timeline say, and leaves the fields alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.requests import PersonRequest
from apps.escalation import drafts, names, policies
from apps.escalation.chains import newest_versions, save_chain
from apps.escalation.drafts import Pressed, Row
from apps.escalation.forms import ChainAddForm, ChainForm
from apps.escalation.models import ChainVersion
from apps.escalation.previewing import Proof, prove_now, sorted_problems
from apps.escalation.reach import EVERYTHING
from apps.escalation.states import Do
from apps.escalation.steps import MOST_STEPS, ChainError, Step, read_steps
from apps.escalation.views.parts import page_or_part, place_form, timeline_of

# A new chain begins as the one every installation has.
_FIRST = (
    Row("75%", Do.NOTIFY.value, ("leads",)),
    Row("150%", Do.FALLBACK.value),
    Row("150%", Do.NOTIFY.value, ("role:process_owner", "office:admin")),
)


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row with what stands beside it. `chosen` are its names, an empty one at the end where another fits."""

    number: int
    row: Row
    groups: list[names.Group]
    chosen: list[str]
    problems: list[str]
    at: datetime | None
    focus: str


@require_http_methods(["GET", "HEAD", "POST"])
def chain_add(request: PersonRequest) -> HttpResponse:
    """Write a new chain."""
    policies.check_edit_chains(request.user)
    return _editor(request, ChainAddForm(request.POST or None), None)


@require_http_methods(["GET", "HEAD", "POST"])
def chain_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Write the next version of a chain; what is under way keeps the one it started with."""
    policies.check_edit_chains(request.user)
    version = newest_versions([slug]).get(slug)
    if version is None:
        raise Http404
    initial = {"name": version.chain.name, "allows_gaps": version.chain.allows_gaps}
    return _editor(request, ChainForm(request.POST or None, initial=initial), version)


def _editor(request: PersonRequest, form: ChainForm, version: ChainVersion | None) -> HttpResponse:
    now = timezone.now()
    button, refused = "", Proof()
    pressed = Pressed(drafts.rows_of(version.steps) if version is not None else _FIRST)
    if request.method == "POST":
        button = request.POST.get("press", "")
        pressed = drafts.press(drafts.read(request.POST), button)
        if button == "save":
            saved = _save(request, form, version, pressed.rows, now)
            if isinstance(saved, HttpResponse):
                return saved
            refused = saved
    context = _beside(request, pressed, version.chain.slug if version else "", now)
    context |= {
        "form": form,
        "chain": version.chain if version else None,
        "version": version,
        "focus": pressed.field if not pressed.number else "",
        "pressed": button,
        "refused": refused,
        "most": MOST_STEPS,
        "action": _action(version),
        "is_part": request.htmx.target == "findings",
    }
    is_refused = button == "save"
    return page_or_part(
        request, "escalation/chain_edit.html", ("editor", "findings"), context, 422 if is_refused else 200
    )


def _save(
    request: PersonRequest,
    form: ChainForm,
    version: ChainVersion | None,
    rows: tuple[Row, ...],
    now: datetime,
) -> HttpResponse | Proof:
    """Save, and on to the chain's page; or what is wrong with it."""
    if not form.is_valid():
        return Proof()
    slug = version.chain.slug if version is not None else form.cleaned_data["slug"]
    try:
        saved = save_chain(
            slug=slug,
            name=form.cleaned_data["name"],
            steps=[row.written() for row in rows],
            allows_gaps=form.cleaned_data["allows_gaps"],
            by=request.user,
            now=now,
        )
    except ChainError as error:
        return sorted_problems(error.problems)
    if version is not None and saved.pk == version.pk:
        messages.success(request, _("Saved. The steps are as they were."))
    else:
        messages.success(
            request, _("Saved as a new version. Tasks that are open keep the version they started with.")
        )
    url = reverse("escalation:chain_read", args=[slug])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _beside(request: PersonRequest, pressed: Pressed, slug: str, now: datetime) -> dict[str, Any]:
    """The rows with what the text, the proof and the clock say about each."""
    rows = pressed.rows
    place = place_form(request.POST, slug, now, EVERYTHING)
    steps: tuple[Step, ...] = ()
    try:
        steps = read_steps([row.written() for row in rows])
        proof = prove_now(slug, steps, place.where(), now)
    except ChainError as error:
        proof = sorted_problems(error.problems)
    wrong = _("Write the steps so that they can be used first: then this shows who would be told when.")
    shown: dict[str, Any] = (
        timeline_of(place, steps, names.names_of(steps), now)
        if steps
        else {"preview": None, "place": place, "why_not": wrong}
    )
    preview = shown["preview"]
    at = (
        {line.number: line.at for line in reversed(preview.lines)} if preview and preview.task is None else {}
    )
    groups = names.choices()
    return {
        **shown,
        "proof": proof,
        "is_readable": bool(steps),
        "rows": [
            RowShown(
                number,
                row,
                _groups(groups, row),
                _chosen(row),
                proof.by_step.get(number, []),
                at.get(number),
                pressed.field if number == pressed.number else "",
            )
            for number, row in enumerate(rows, start=1)
        ],
        "verbs": Do.choices,
    }


def _groups(groups: list[names.Group], row: Row) -> list[names.Group]:
    """What this row can name; a name that is not among them is kept, so that saving says what is wrong with it."""
    fitting = [group for group in groups if group.kinds & row.kinds]
    known = {value for group in fitting for value, _label in group.options}
    other = [(value, value) for value in row.to if value not in known]
    return [*fitting, names.Group(_("Others"), frozenset(), other)] if other else fitting


def _chosen(row: Row) -> list[str]:
    if not row.kinds:
        return []
    return list(row.to) if row.do == Do.REASSIGN and row.to else [*row.to, ""]


def _action(version: ChainVersion | None) -> str:
    if version is None:
        return reverse("escalation:chain_add")
    return reverse("escalation:chain_edit", args=[version.chain.slug])
