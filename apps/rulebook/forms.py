"""The forms of the rulebook: fields into what the configuration file would say. What is allowed is said there."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.escalation.models import Chain
from apps.registry.conditions.arguments import unknown_arguments
from apps.registry.conditions.expressions import LONGEST, BadExpression, Language
from apps.registry.scopes import LIMITS, LONGEST_REVIEW_DAYS, AgentScope
from apps.registry.states import Consequence, Reversibility, Stage
from apps.reviews.models import Queue
from apps.routing.ceilings import never_alone
from apps.routing.config import ASKS_NOTHING, MUST_REJECT, NEVER_ALONE, wall_duration
from apps.routing.rules.expressions import RULES
from apps.routing.states import DEFAULT_CHAIN, LONGEST_VETO_MINUTES, BlindFirst, Fallback, Verb
from apps.rulebook.differing import EFFECTS, LABELS
from apps.sla.durations import DurationError
from apps.sla.models import SlaPolicy
from apps.trust.models import Segment
from apps.trust.segments import REST, SEGMENTS

_CEILINGS = [(one.value, one.label) for one in (Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED)]
Choices = list[tuple[str, Any]]
_NO_SLUG = _("Letters without accents, digits, - and _ only, and no space: large-refund.")


class Names:
    """What a policy can name, read once for a page: queues, SLA policies and chains as (slug, name)."""

    def __init__(self) -> None:
        self.queues: Choices = list(Queue.objects.order_by("name").values_list("slug", "name"))
        self.policies: Choices = list(SlaPolicy.objects.order_by("name").values_list("slug", "name"))
        chains: Choices = list(Chain.objects.order_by("name").values_list("slug", "name"))
        known = {slug for slug, _name in chains}
        self.chains = chains if DEFAULT_CHAIN in known else [(DEFAULT_CHAIN, DEFAULT_CHAIN), *chains]


class CellForm(forms.Form):
    """One cell of the matrix."""

    queue = forms.ChoiceField(label=LABELS["queue"])
    people = forms.TypedChoiceField(
        label=LABELS["people"], choices=[(1, _("one")), (2, _("two"))], coerce=int, widget=forms.RadioSelect
    )
    ceiling = forms.ChoiceField(label=LABELS["ceiling"], choices=_CEILINGS)
    sla = forms.ChoiceField(label=LABELS["sla"])
    chain = forms.ChoiceField(label=LABELS["chain"])
    fallback = forms.ChoiceField(label=LABELS["fallback"], choices=Fallback.choices)
    stale_after = forms.CharField(
        label=LABELS["stale_after"], max_length=10, help_text=_("As 90m, 24h or 3d.")
    )
    verbs = forms.MultipleChoiceField(
        label=LABELS["verbs"], choices=Verb.choices, widget=forms.CheckboxSelectMultiple
    )
    audit_floor = forms.IntegerField(
        label=LABELS["audit_floor"],
        min_value=0,
        max_value=100,
        help_text=_("Percent of what acts by itself here. 0: as the slice's criteria say."),
    )
    veto_minutes = forms.IntegerField(
        label=LABELS["veto_minutes"],
        min_value=0,
        max_value=LONGEST_VETO_MINUTES,
        help_text=_(
            "Minutes in which a person may stop what acts by itself. 0: as the slice's criteria say."
        ),
    )
    blind_first = forms.MultipleChoiceField(
        label=LABELS["blind_first"],
        choices=BlindFirst.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, data: Any, cell: dict[str, Any], names: Names, *, place: tuple[str, str]) -> None:
        super().__init__(data, initial=cell)
        self.place = Consequence(place[0]), Reversibility(place[1])
        for name, choices in (("queue", names.queues), ("sla", names.policies), ("chain", names.chains)):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def clean_stale_after(self) -> str:
        """Wall time, in the one way it is written."""
        try:
            return wall_duration(str(self.cleaned_data["stale_after"]))
        except DurationError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_verbs(self) -> list[str]:
        """Whoever looks can say no."""
        verbs: list[str] = self.cleaned_data["verbs"]
        if Verb.REJECT not in verbs:
            raise forms.ValidationError(MUST_REJECT)
        return verbs

    def clean_ceiling(self) -> str:
        """As high as an action of this kind may ever go."""
        ceiling = str(self.cleaned_data["ceiling"])
        if ceiling == Stage.SUPERVISED and never_alone(*self.place):
            raise forms.ValidationError(NEVER_ALONE)
        return ceiling


class RuleForm(forms.Form):
    """One rule: when it holds, and what it asks for."""

    title = forms.CharField(label=LABELS["title"], max_length=120)
    name = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("In the configuration file and the log: large-refund."),
        error_messages={"invalid": _NO_SLUG},
    )
    when = forms.CharField(
        label=LABELS["when"],
        max_length=LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "class": "mono", "autocomplete": "off"}
        ),
    )
    review = forms.BooleanField(label=EFFECTS["review"], required=False)
    second_approver = forms.BooleanField(label=EFFECTS["second_approver"], required=False)
    blind = forms.BooleanField(label=EFFECTS["blind"], required=False)
    corroborated = forms.BooleanField(label=EFFECTS["corroborated"], required=False)
    queue = forms.ChoiceField(label=_("It goes to the queue"), required=False)
    compliance = forms.ChoiceField(label=_("The second who agrees is of"), required=False)
    consequence = forms.ChoiceField(
        label=_("It counts as at least"), choices=[("", "—"), *Consequence.choices], required=False
    )
    reversibility = forms.ChoiceField(
        label=_("It counts as no better than"), choices=[("", "—"), *Reversibility.choices], required=False
    )
    mask = forms.CharField(
        label=_("Arguments hidden in it"),
        max_length=500,
        required=False,
        help_text=_("Names, with commas: iban, name."),
    )
    refuse = forms.CharField(
        label=_("It is refused with this sentence"),
        max_length=300,
        required=False,
        help_text=_("The agent reads it, and nothing is stored. Say what to do instead."),
    )

    def __init__(
        self,
        data: Any,
        rule: dict[str, Any] | None,
        names: Names,
        *,
        arguments: Collection[str],
        taken: Collection[str],
    ) -> None:
        then = rule["then"] if rule else {}
        first = {**then, "mask": ", ".join(then.get("mask", ()))}
        if rule:
            first |= {part: rule[part] for part in ("title", "name", "when")}
        super().__init__(data, initial=first)
        self.arguments, self.taken = arguments, taken
        for name in ("queue", "compliance"):
            cast("forms.ChoiceField", self.fields[name]).choices = [("", "—"), *names.queues]

    def clean_name(self) -> str:
        """Not that of another rule."""
        name = str(self.cleaned_data["name"])
        if name in self.taken:
            raise forms.ValidationError(_("Another rule of this draft is called so."))
        return name

    def clean_when(self) -> str:
        """A condition that can be asked, about arguments there are."""
        when = usable(str(self.cleaned_data["when"]), RULES)
        _check_arguments(unknown_arguments(when, self.arguments))
        return when

    def clean_mask(self) -> str:
        """Arguments there are."""
        mask = str(self.cleaned_data["mask"])
        _check_arguments([one for one in _names_in(mask) if one not in self.arguments])
        return mask

    def clean(self) -> dict[str, Any]:
        """It asks for something, were it for one that is named wrongly."""
        values = super().clean() or self.cleaned_data
        if not any(values.get(name) for name in EFFECTS) and not self.errors.keys() & EFFECTS.keys():
            self.add_error("review", forms.ValidationError(ASKS_NOTHING))
        return values

    def rule(self) -> dict[str, Any]:
        """What the fields say, as the configuration file has it. Wants a valid form."""
        values = self.cleaned_data
        then = {name: values[name] for name in EFFECTS if name != "mask" and values.get(name)}
        hidden = _names_in(values["mask"])
        if hidden:
            then["mask"] = hidden
        return {**{part: values[part] for part in ("name", "title", "when")}, "then": then}


class PublishForm(forms.Form):
    """Why a draft is to count, and which content was read."""

    reason = forms.CharField(
        label=_("Why it is to count"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the version, for whoever asks later."),
    )
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class SegmentForm(forms.Form):
    """A segment of an action type: a part of the work that earns its trust by itself."""

    slug = forms.SlugField(
        label=_("Short name"),
        help_text=_("Cannot be changed later; `all` is the rest."),
        max_length=60,
        error_messages={"invalid": _NO_SLUG},
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    when = forms.CharField(
        label=_("It holds a proposal when"),
        help_text=_("Such as: impact.has_amount && impact.amount <= 50"),
        max_length=LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 2, "spellcheck": "false", "class": "mono", "autocomplete": "off"}
        ),
    )
    position = forms.IntegerField(
        label=_("Position: the first that fits counts"), min_value=0, max_value=1000
    )
    is_active = forms.BooleanField(label=_("New proposals are placed in it"), required=False)

    def clean_slug(self) -> str:
        """Not the name of the rest."""
        slug = str(self.cleaned_data["slug"])
        if slug == REST:
            raise forms.ValidationError(_("`all` is the rest: what no segment holds. Choose another name."))
        return slug

    def clean_when(self) -> str:
        """A condition that can be asked."""
        return usable(str(self.cleaned_data["when"]), SEGMENTS)


class ScopeForm(forms.Form):
    """One scope of what an agent may propose, and which scopes there were when the page was read."""

    actions = forms.MultipleChoiceField(
        label=_("Actions"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked: every action type of the workflow, also those to come."),
    )
    within = forms.CharField(
        label=_("Only within"),
        help_text=_("Such as: args.country in ['NL'] && impact.amount <= 500. Empty: no limit."),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "class": "mono", "autocomplete": "off"}
        ),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, data: Any, *, choices: Choices, scope: AgentScope, seen: str) -> None:
        first = {"actions": scope.actions, "within": scope.within, "seen": seen}
        super().__init__(data, initial=first)
        cast("forms.ChoiceField", self.fields["actions"]).choices = choices

    def clean_within(self) -> str:
        """A condition that can be asked, or none."""
        within = str(self.cleaned_data["within"]).strip()
        return usable(within, LIMITS) if within else ""

    def scope(self) -> AgentScope:
        """What the fields say. Wants a valid form."""
        return AgentScope.of(self.cleaned_data["actions"], self.cleaned_data["within"])


class SeenForm(forms.Form):
    """Which scopes there were when the page was read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class PermissionReviewForm(SeenForm):
    """What somebody says who looked at what an agent may propose."""

    note = forms.CharField(
        label=_("What you found"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the scopes as they are now, and never changed."),
    )


class CadenceForm(SeenForm):
    """How often people look at it."""

    review_days = forms.IntegerField(
        label=_("Reviewed every (days)"), min_value=1, max_value=LONGEST_REVIEW_DAYS
    )


def usable(written: str, language: Language) -> str:
    """The condition, if it can be asked. Raises forms.ValidationError with what is wrong and where."""
    try:
        language.compiled(written)
    except BadExpression as error:
        raise forms.ValidationError(str(error)) from error
    return written


def _names_in(written: str) -> list[str]:
    return [one.strip() for one in written.split(",") if one.strip()]


def _check_arguments(unknown: list[str]) -> None:
    said = _("No action here has an argument {name}.")
    if unknown:
        raise forms.ValidationError([str(said).format(name=name) for name in unknown])


def segment_values(row: Segment) -> dict[str, Any]:
    """What the form of a segment that is there begins with."""
    return {name: getattr(row, name) for name in ("slug", "name", "when", "position", "is_active")}
