"""What is halted and what was; the switch that stops something, and how it goes on."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import PersonRequest
from apps.halts import halting, queries
from apps.halts.forms import HaltForm, KeepForm, LiftForm
from apps.halts.models import Halt
from apps.halts.targets import NoTarget, Target, named, target_of


@require_safe
def halt_list(request: PersonRequest) -> HttpResponse:
    """Everything that is halted and was, and a form to stop something."""
    return _page(request)


@require_POST
def halt_open(request: PersonRequest) -> HttpResponse:
    """Stop something at once, with a reason."""
    choices = queries.choices(request.user)
    form = HaltForm(request.POST, choices=choices, only=_unlisted(request.POST.get("target", ""), choices))
    if not form.is_valid():
        return _page(request, form=form)
    target: Target = form.cleaned_data["target"]
    try:
        made = halting.halt(
            target=target,
            reason=form.cleaned_data["reason"],
            look_again_on=form.cleaned_data["look_again_on"],
            by=request.user,
            now=timezone.now(),
        )
    except halting.HaltedAlready as error:
        messages.info(request, str(error))
        return redirect(target.url)
    messages.success(request, capfirst(_("{what} is halted: the next request is refused.").format(what=made)))
    return redirect(target.url)


@require_POST
def halt_keep(request: PersonRequest, halt_id: UUID) -> HttpResponse:
    """Let it stand until another day to look."""
    _found(halt_id)
    form = KeepForm(request.POST, auto_id=f"keep_{halt_id}_%s")
    if not form.is_valid():
        return _page(request, keeping={halt_id: form})
    halting.keep(halt_id=halt_id, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("It stays halted."))
    return redirect("halts:halt_list")


@require_POST
def halt_lift(request: PersonRequest, halt_id: UUID) -> HttpResponse:
    """Let it go on, with a reason."""
    halt, form = _found(halt_id), LiftForm(request.POST, auto_id=f"lift_{halt_id}_%s")
    if not form.is_valid():
        return _page(request, lifting={halt_id: form})
    halting.lift(halt_id=halt_id, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, capfirst(_("{what} goes on.").format(what=halt)))
    return redirect(target_of(halt).url)


def _found(halt_id: UUID) -> Halt:
    return get_object_or_404(Halt.objects.with_targets(), pk=halt_id)


def _unlisted(key: str, choices: queries.Choices) -> Target | None:
    """The target of a form that stood on its own page and is not among these choices."""
    listed = {one for group, inner in choices for one, _label in _options(group, inner)}
    try:
        return None if key in listed else named(key)
    except NoTarget:
        return None


def _options(key: str, inner: str | list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(key, inner)] if isinstance(inner, str) else inner


def _page(
    request: PersonRequest,
    *,
    form: HaltForm | None = None,
    keeping: dict[UUID, KeepForm] | None = None,
    lifting: dict[UUID, LiftForm] | None = None,
) -> HttpResponse:
    keeping, lifting = keeping or {}, lifting or {}
    rows = queries.standing(request.user, today=timezone.localdate())
    choices = queries.choices(request.user)
    context = {
        "rows": [
            {
                "shown": row,
                "lift_form": lifting.get(row.halt.pk) or LiftForm(auto_id=f"lift_{row.halt.pk}_%s"),
                "keep_form": keeping.get(row.halt.pk) or KeepForm(auto_id=f"keep_{row.halt.pk}_%s"),
                "is_keeping": row.halt.pk in keeping,
            }
            for row in rows
        ],
        "past": queries.past(request.user),
        "form": form or HaltForm(choices=choices),
        "can_halt": bool(choices) or form is not None,
    }
    return render(request, "halts/halt_list.html", context, status=422 if form or keeping or lifting else 200)
