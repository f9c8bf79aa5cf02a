"""The forms of outcomes. What can be meant is said by the actions; these read fields."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.form_fields import SometimesAsked
from apps.outcomes.kpi_setup import KpiError, Meaning, meaning_of
from apps.outcomes.models import EventLog, KpiVersion
from apps.outcomes.reading.delimited import DELIMITERS
from apps.outcomes.reading.rows import ORDERS
from apps.outcomes.states import Cadence, Direction, ExportFormat, LogFormat, LogStatus, LogUse, Measure, Said
from apps.registry.models import Workflow

_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class KpiForm(forms.Form):
    """What a KPI is called, who answers for it, and what it means."""

    name = forms.CharField(label=_("Name"), max_length=120)
    measure = forms.ChoiceField(label=_("Measure"), choices=Measure.choices)
    direction = forms.ChoiceField(label=_("Which way is better?"), choices=Direction.choices)
    definition = forms.CharField(
        label=_("What exactly is measured?"),
        help_text=_("In words that the owner and an auditor read the same way."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    ends_with = forms.CharField(
        label=_("Measured to"),
        help_text=_(
            "The activity a case is measured to, as it is written in the log; empty: its last event, once no "
            "proposal in it waits for an answer."
        ),
        required=False,
        max_length=200,
    )
    unit = forms.CharField(
        label=_("Unit"),
        help_text=_(
            "Of a cost its currency, such as EUR; of a reported figure what you like. Others have their own."
        ),
        required=False,
        max_length=20,
    )
    target = forms.DecimalField(
        label=_("Target"),
        help_text=_("In the unit of the measure: hours, percent, times, cases a week, money."),
        required=False,
        max_digits=16,
        decimal_places=4,
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        help_text=_("Who confirms the number, or disputes it."),
    )
    cadence = forms.ChoiceField(label=_("Confirmed"), choices=Cadence.choices)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    reason = forms.CharField(
        label=_("Why is it changed?"),
        help_text=_("Kept with the new version."),
        required=False,
        max_length=500,
    )

    def __init__(self, workflow: Workflow, version: KpiVersion | None, data: Any = None) -> None:
        initial: dict[str, Any] = {"owner": workflow.business_owner, "is_active": True}
        if version is not None:
            meaning = meaning_of(version)
            initial = {
                "name": version.kpi.name,
                "owner": version.kpi.owner,
                "cadence": version.kpi.cadence,
                "is_active": version.kpi.is_active,
                **{name: getattr(meaning, name) for name in ("measure", "direction", "definition")},
                **{name: getattr(meaning, name) for name in ("ends_with", "unit", "target")},
            }
        super().__init__(data, initial=initial)
        people = User.objects.filter(is_active=True).order_by("name")
        cast("forms.ModelChoiceField[Any]", self.fields["owner"]).queryset = people
        if version is None:
            del self.fields["is_active"], self.fields["reason"]
        self.meaning: Meaning | None = None

    def clean(self) -> dict[str, Any]:
        """The fields together: what they mean."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.meaning = Meaning(
                    Measure(cleaned["measure"]),
                    Direction(cleaned["direction"]),
                    cleaned["definition"].strip(),
                    cleaned["unit"].strip(),
                    cleaned["ends_with"].strip(),
                    cleaned["target"],
                )
            except KpiError as error:
                raise forms.ValidationError(str(error)) from None
        return cleaned


class UploadForm(forms.Form):
    """A file with the events of a process."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Such as “Help desk, 2010 to 2013”."))
    use = forms.ChoiceField(
        label=_("What is it for?"), choices=LogUse.choices, widget=forms.RadioSelect, initial=LogUse.BASELINE
    )
    file = forms.FileField(label=_("File"), help_text=_("CSV in UTF-8 with a first line of names, or XES."))


class MappingForm(forms.Form):
    """Which column is what, and how times are written."""

    delimiter = forms.ChoiceField(
        label=_("Between the columns"), choices=[(mark, name) for mark, name in DELIMITERS.items()]
    )
    case = forms.ChoiceField(label=_("Case"), help_text=_("What belongs together: a ticket, an order."))
    activity = forms.ChoiceField(label=_("Activity"), help_text=_("What happened."))
    at = forms.ChoiceField(label=_("Time"), help_text=_("When it happened."))
    resource = forms.ChoiceField(
        label=_("Resource"), help_text=_("Who did it; without, there are no handovers."), required=False
    )
    cost = forms.ChoiceField(
        label=_("Cost"),
        help_text=_("What the event cost, such as 12.50, all in one currency; without, no cost per case."),
        required=False,
    )
    order = forms.ChoiceField(
        label=_("Times are written"), choices=[(key, label) for key, (label, _f) in ORDERS.items()]
    )
    zone = forms.CharField(
        label=_("Zone of times without one"),
        max_length=60,
        help_text=_("Such as Europe/Rome; UTC if you do not know."),
    )
    leaves_bad_out = forms.BooleanField(
        label=_("Leave rows out that hold no event"),
        help_text=_("Otherwise one such row stops the whole import. They are listed either way."),
        required=False,
    )

    def __init__(self, log: EventLog, names: Sequence[str], data: Any = None) -> None:
        super().__init__(data, initial={**log.mapping, "leaves_bad_out": log.leaves_bad_out})
        if log.format == LogFormat.XES:
            for part in ("delimiter", "case", "activity", "at", "resource", "cost", "order"):
                del self.fields[part]
            return
        for part in ("case", "activity", "at", "resource", "cost"):
            cast("forms.ChoiceField", self.fields[part]).choices = [
                ("", "---------"),
                *((name, name) for name in names),
            ]

    @property
    def mapping(self) -> dict[str, str]:
        """What was chosen, as the log keeps it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "leaves_bad_out"}


class BaselineForm(forms.Form):
    """From which log, which period, and which of its cases."""

    log = forms.ModelChoiceField(label=_("Event log"), queryset=EventLog.objects.none(), empty_label=None)
    starts_on = forms.DateField(label=_("Cases that ended from"), widget=_DATE)
    ends_on = forms.DateField(label=_("to"), widget=_DATE)
    having = forms.CharField(
        label=_("Only cases with the activity"),
        required=False,
        max_length=200,
        help_text=_("Empty: all cases."),
    )

    def __init__(self, version: KpiVersion, data: Any = None) -> None:
        logs = EventLog.objects.filter(
            workflow_id=version.kpi.workflow_id, use=LogUse.BASELINE, status=LogStatus.READY
        ).order_by("-created_at")
        newest = logs.first()
        initial: dict[str, Any] = {"log": newest}
        if newest is not None and newest.starts_at and newest.ends_at:
            initial |= {"starts_on": newest.starts_at.date(), "ends_on": newest.ends_at.date()}
        super().__init__(data, initial=initial)
        cast("forms.ModelChoiceField[Any]", self.fields["log"]).queryset = logs


class EnteredBaselineForm(forms.Form):
    """A baseline that was measured elsewhere."""

    value = forms.DecimalField(label=_("Figure"), max_digits=16, decimal_places=4)
    n = forms.IntegerField(label=_("From how many cases or answers"), min_value=1, max_value=10**9)
    source = forms.CharField(label=_("Who measured it, and how?"), max_length=500)
    starts_on = forms.DateField(label=_("From"), widget=_DATE)
    ends_on = forms.DateField(label=_("to"), widget=_DATE)


class ExportForm(forms.Form):
    """How a log is handed out, and which of its cases."""

    format = forms.ChoiceField(
        label=_("As"), choices=ExportFormat.choices, widget=forms.RadioSelect, initial=ExportFormat.XES
    )
    since = forms.DateField(label=_("Cases with an event from"), widget=_DATE, required=False)
    until = forms.DateField(
        label=_("to"), widget=_DATE, required=False, help_text=_("Both empty: all. Cases are never cut.")
    )


class ReadingForm(forms.Form):
    """The figure of one day."""

    day = forms.DateField(label=_("Day"), widget=_DATE)
    value = forms.DecimalField(label=_("Figure"), max_digits=16, decimal_places=4)
    source = forms.CharField(label=_("Where from?"), max_length=200)


class StatementForm(forms.Form):
    """The owner's word. Of a period in which nothing was measured there is no number to confirm: only a note can be put
    on record, as a dispute of there being nothing.
    """

    starts_on = forms.DateField(widget=forms.HiddenInput)
    said = forms.ChoiceField(
        label=_("Is this number so?"),
        choices=((Said.CONFIRMED, _("I confirm it")), (Said.DISPUTED, _("I dispute it"))),
        widget=forms.RadioSelect,
    )
    note = SometimesAsked(
        label=_("Note"),
        asked_when=_("needed to dispute"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, starts_on: date | None = None) -> None:
        super().__init__(data, initial={"starts_on": starts_on})

    def ask_for_note(self) -> None:
        """Offer a note only."""
        self.initial["said"] = Said.DISPUTED
        self.fields["said"].widget = forms.HiddenInput()
        note = cast("SometimesAsked", self.fields["note"])
        note.label, note.required, note.asked_when = _("Why was nothing measured?"), True, ""
