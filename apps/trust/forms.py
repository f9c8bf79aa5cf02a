"""Moving a slice by hand, signing for a step up, what a slice is judged by, and answering a drift alert."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.registry.states import Stage
from apps.trust.models import DriftAlert
from apps.trust.movement import BOUNDS
from apps.trust.policies import drift_owners
from apps.trust.rules import DEFAULTS, Rules
from apps.trust.states import ALERT_MOVES, AlertStatus
from apps.trust.statistics.inputs import BadInput, check_chance, check_edges, check_target

_GROUPS: tuple[tuple[str | Promise, str | Promise, tuple[str, ...]], ...] = (
    (
        _("What is tested"),
        _("Chosen before outcomes. Once decisions have counted, these change only by starting over."),
        ("edges", "alpha", "delta"),
    ),
    (
        _("What counts"),
        _("A decision that does not count is kept with its reason."),
        ("reading_seconds", "subject_cap", "second_look_early"),
    ),
    (_("Before it acts"), "", ("veto_minutes", "veto_always")),
    (_("In shadow"), "", ("shadow_days", "blind_share", "useful_error", "useful_need")),
    (
        _("What moves it"),
        _("Down it goes at once and by itself."),
        (
            *("audit_rates", "audit_steps", "alarm_level", "resume_after"),
            *("thin_audits", "thin_days", "start_over_every"),
        ),
    ),
    (
        _("This change"),
        _("Kept with the version; everyone who sees the slice reads it."),
        ("reason", "start_over"),
    ),
)
_STEPS = {
    AlertStatus.REAL: _("real: the work has changed, and somebody has to act"),
    AlertStatus.HARMLESS: _("harmless: nothing has to be done"),
    AlertStatus.DONE: _("acted on: the note says how"),
}
_SHARE = {"step": "any", "min": "0", "max": "1"}
_Number = TypeVar("_Number", int, float)
_Given = TypeVar("_Given")
_Answer = TypeVar("_Answer")


def _between(name: str) -> dict[str, Any]:
    """The bounds of one of the values that move a standing, as its field takes them."""
    least, most = BOUNDS[name]
    widget = forms.NumberInput(attrs={"step": "1" if isinstance(getattr(DEFAULTS, name), int) else "any"})
    return {"min_value": least, "max_value": most, "widget": widget}


def _numbers(text: str, kind: Callable[[str], _Number], otherwise: str | Promise) -> tuple[_Number, ...]:
    """The numbers in a text, whatever stands between them. Raises ValidationError."""
    try:
        return tuple(kind(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise forms.ValidationError(str(otherwise)) from error


def _checked(check: Callable[[_Given], _Answer], value: _Given) -> _Answer:
    """What `check` makes of it. Raises ValidationError with its sentence, so that it stands at the field."""
    try:
        return check(value)
    except BadInput as error:
        raise forms.ValidationError(str(error)) from error


class StageForm(forms.Form):
    """Where to and why. Whether this person may is the policy's word."""

    to = forms.ChoiceField(
        choices=[(s.value, s.label) for s in (Stage.SHADOW, Stage.ASSISTED)], widget=forms.HiddenInput
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept with the move; everyone who sees the slice can read it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SignForm(forms.Form):
    """The digest of the evidence that was on the page."""

    seen_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class DeclineForm(forms.Form):
    """Why not."""

    reason = forms.CharField(label=_("Why not"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class DriftForm(forms.Form):
    """What the owner of a drift alert found, or did about it; and, when it is real, who acts."""

    status = forms.ChoiceField(label=_("What it is"), widget=forms.RadioSelect)
    owner = forms.ModelChoiceField(
        label=_("Who acts, if it is real"), queryset=User.objects.none(), required=False, empty_label=None
    )
    note = forms.CharField(
        label=_("What you found or did"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, alert: DriftAlert, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_drift_{alert.pk}_%s", initial={"owner": alert.owner_id})
        steps = ALERT_MOVES[AlertStatus(alert.status)]
        self.fields["status"].choices = [  # type: ignore[attr-defined]  # a ChoiceField, declared above
            (step.value, _STEPS[step]) for step in steps
        ]
        if AlertStatus.REAL in steps:
            people = [person.pk for person in drift_owners(alert.slice.workflow)]
            owner = self.fields["owner"]
            owner.queryset = User.objects.filter(  # type: ignore[attr-defined]  # a ModelChoiceField
                pk__in={*people, alert.owner_id}
            ).order_by("name")
        else:
            del self.fields["owner"]

    @property
    def next_owner(self) -> User | None:
        """Who acts from now on; None: who looks after it already. Only for a valid form."""
        chosen: User | None = self.cleaned_data.get("owner")
        is_real = self.cleaned_data["status"] == AlertStatus.REAL
        return chosen if is_real else None


class CriteriaForm(forms.Form):
    """What a slice is judged by. Whether the values make a test is for `controller.Terms` to say."""

    edges = forms.CharField(
        label=_("Confidences to test"),
        help_text=_("From the highest to the lowest, such as 0.99 0.95 0.90."),
        max_length=200,
    )
    alpha = forms.FloatField(
        label=_("Target: wrong, as a share of what runs"),
        help_text=_("0.05 is five in a hundred. Below 0.25."),
        widget=forms.NumberInput(attrs=_SHARE),
    )
    delta = forms.FloatField(
        label=_("Chance of ever holding a wrong certificate"),
        help_text=_("Over the slice's whole life, however often one looks. Below 0.5."),
        widget=forms.NumberInput(attrs=_SHARE),
    )
    second_look_early = forms.BooleanField(
        label=_("An override counts only when a second person agrees, also before a promotion"),
        required=False,
    )
    reading_seconds = forms.IntegerField(
        label=_("Decisions faster than this do not count (seconds)"), min_value=0, max_value=3600
    )
    subject_cap = forms.IntegerField(
        label=_("Most decisions that count about one subject in a day"), min_value=1, max_value=10_000
    )
    veto_minutes = forms.IntegerField(label=_("A veto window lasts (minutes)"), min_value=1, max_value=10_000)
    veto_always = forms.BooleanField(label=_("Every action waits in a veto window"), required=False)
    shadow_days = forms.IntegerField(label=_("At least so many days in shadow"), min_value=0, max_value=365)
    blind_share = forms.FloatField(
        label=_("Share of shadow proposals shown to a blind reviewer"),
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs=_SHARE),
    )
    alarm_level = forms.FloatField(
        label=_("The alarm demotes at"),
        help_text=_("Each confirmed mistake doubles it: 100 is reached with the seventh."),
        **_between("alarm_level"),
    )
    resume_after = forms.IntegerField(
        label=_("Right audits that end a pause after one mistake"),
        help_text=_(
            "0: as the target says, 13 at 5 %. More is stricter; fewer than the target says is never enough."
        ),
        **_between("resume_after"),
    )
    audit_rates = forms.CharField(
        label=_("Shares of what runs that are audited"),
        help_text=_("One after the other, never rising, none below 0.01. The last one holds for ever."),
        max_length=100,
    )
    audit_steps = forms.CharField(
        label=_("For how many audits each share holds"),
        help_text=_("One number fewer than shares."),
        max_length=100,
        required=False,
    )
    thin_audits = forms.IntegerField(
        label=_("Fewer audits than this bring everything back to review"), **_between("thin_audits")
    )
    thin_days = forms.IntegerField(label=_("... within so many days"), **_between("thin_days"))
    useful_error = forms.FloatField(
        label=_("Shadow has to prove fewer differences than this share"), **_between("useful_error")
    )
    useful_need = forms.FloatField(
        label=_("... with so much evidence"),
        help_text=_("20: an agent that is no better passes with a chance of at most 1 in 20."),
        **_between("useful_need"),
    )
    start_over_every = forms.IntegerField(
        label=_("Start over after so many decisions that point to no proof"), **_between("start_over_every")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    start_over = forms.BooleanField(
        label=_("Start over: give up all evidence and begin the next, harder attempt"),
        required=False,
    )

    @property
    def groups(self) -> list[tuple[str | Promise, str | Promise, list[forms.BoundField]]]:
        """(title, hint, fields) as a page shows them; what is in no group comes last, before the reason."""
        named = {name for _title, _hint, names in _GROUPS for name in names}
        rest = [name for name in self.fields if name not in named]
        groups = [(title, hint, [self[name] for name in names]) for title, hint, names in _GROUPS]
        groups.insert(-1, (_("More"), "", [self[name] for name in rest]))
        return [group for group in groups if group[2]]

    def clean_edges(self) -> tuple[float, ...]:
        """Numbers that fall, whatever stands between them."""
        edges = _numbers(self.cleaned_data["edges"], float, _("Write numbers, such as 0.99 0.95 0.90."))
        return _checked(check_edges, edges)

    def clean_alpha(self) -> float:
        """A target that can be tested."""
        return _checked(check_target, self.cleaned_data["alpha"])

    def clean_delta(self) -> float:
        """A chance that can be kept."""
        return _checked(check_chance, self.cleaned_data["delta"])

    def clean_audit_rates(self) -> tuple[float, ...]:
        """The same."""
        return _numbers(self.cleaned_data["audit_rates"], float, _("Write numbers, such as 0.2 0.1 0.05."))

    def clean_audit_steps(self) -> tuple[int, ...]:
        """Whole numbers."""
        return _numbers(self.cleaned_data["audit_steps"], int, _("Write whole numbers, such as 100 200."))

    @property
    def rules(self) -> Rules:
        """What was filled in. Raises BadInput."""
        return Rules(**{each.name: self.cleaned_data[each.name] for each in fields(Rules)})


def criteria_values(rules: Rules) -> dict[str, Any]:
    """What the form begins with."""
    return {each.name: _as_typed(getattr(rules, each.name)) for each in fields(rules)}


def _as_typed(value: object) -> object:
    return " ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else value
