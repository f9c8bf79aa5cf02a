"""The forms of the pages of escalation. The steps of a chain are rows of their own: `drafts`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.escalation.models import Chain
from apps.escalation.places import Where, first_use, workflows
from apps.registry.states import Consequence, Reversibility
from apps.reviews.models import Queue, Task

_SLUGS_OF_PAGES = ("add",)


class ChainForm(forms.Form):
    """What a chain is called, and whether it may reach too few people."""

    name = forms.CharField(label=_("Name"), max_length=120)
    allows_gaps = forms.BooleanField(
        label=_("Save it although the proof found gaps"),
        required=False,
        help_text=_("An incident stays open until enough people hold its roles."),
    )


class ChainAddForm(ChainForm):
    """A new chain."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("How the routing matrix and configuration files call this chain. It cannot be changed."),
    )
    field_order = ["name", "slug", "allows_gaps"]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if slug in _SLUGS_OF_PAGES or Chain.objects.filter(slug=slug).exists():
            raise ValidationError(_("This short name is taken: choose another one."))
        return slug


class PlaceForm(forms.Form):
    """For which task the timeline is shown: one that opens somewhere at a moment, or one of the last ones."""

    workflow = forms.ChoiceField(label=_("Workflow"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    opened_at = forms.DateTimeField(
        label=_("Opened at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    task = forms.ChoiceField(label=_("Or try it on a past task"), required=False)

    def __init__(self, data: Any, *, slug: str, recent: list[Task], now: datetime) -> None:
        """`recent` are the tasks to choose from; fields that were not sent stand as the chain is used first."""
        self._workflows = workflows()
        self._queues = {queue.slug: queue for queue in Queue.objects.order_by("name", "pk")}
        first = first_use(slug, self._workflows)
        self._now = now
        given = {
            "workflow": first.workflow.slug if first else "",
            "action": "/".join(first.cell) if first else "",
            "queue": "",
            "opened_at": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
            "task": "",
        }
        given |= {name: data[name] for name in given if name in data}
        super().__init__(given, auto_id="place_%s", use_required_attribute=False)
        self._choose("workflow", [(row.slug, row.name) for row in self._workflows])
        self._choose(
            "action",
            [
                (f"{one.value}/{other.value}", f"{one.label}, {other.label}")
                for one in Consequence
                for other in Reversibility
            ],
        )
        self._choose(
            "queue",
            [("", _("as the matrix says")), *((slug, row.name) for slug, row in self._queues.items())],
        )
        self._choose(
            "task", [("", _("no: one that opens then")), *((str(row.pk), _called(row)) for row in recent)]
        )

    def where(self) -> Where | None:
        """The chosen place; None when it cannot be one."""
        self.full_clean()
        chosen = {row.slug: row for row in self._workflows}.get(self.cleaned_data.get("workflow", ""))
        consequence, _slash, reversibility = self.cleaned_data.get("action", "").partition("/")
        if chosen is None or not reversibility:
            return None
        cell = (Consequence(consequence), Reversibility(reversibility))
        return Where(chosen, cell, self._queues.get(self.cleaned_data.get("queue", "")))

    def moment(self) -> datetime:
        """When the task opens."""
        moment: datetime | None = self.cleaned_data.get("opened_at")
        # A calendar is known for some years around now; far from them there is nothing to see.
        return moment if moment is not None and 2000 <= moment.year <= 2999 else self._now

    def task_id(self) -> UUID | None:
        """The past task that was chosen."""
        text = self.cleaned_data.get("task", "")
        return UUID(text) if text else None

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """What an admin did about an incident."""

    note = forms.CharField(label=_("What was done"), max_length=500)


class RunFilterForm(forms.Form):
    """Which running escalations to show."""

    show = forms.CharField(required=False, widget=forms.HiddenInput)
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    chain = forms.ChoiceField(label=_("Chain"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s", use_required_attribute=False)
        queues = Queue.objects.order_by("name", "pk").values_list("slug", "name")
        chains = Chain.objects.order_by("name", "pk").values_list("slug", "name")
        self.fields["queue"].choices = [("", _("any")), *queues]  # type: ignore[attr-defined]
        self.fields["chain"].choices = [("", _("any")), *chains]  # type: ignore[attr-defined]


def _called(task: Task) -> str:
    summary = task.headline
    short = summary if len(summary) <= 60 else f"{summary[:59]}…"
    return f"{timezone.localtime(task.opened_at):%d %b %H:%M} · {task.queue.name} · {short}"
