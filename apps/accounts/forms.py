"""Forms about people. What a verb refuses is shown at the field it is about."""

from datetime import date, datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User
from apps.accounts.roles import OFFICE_ROLES, ROLES, Role
from apps.audit.days import midnight


def add_refusal(form: forms.Form, refusal: ValidationError) -> None:
    """Show what a verb refused, at its field where the form has it."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def check_day(day: date) -> None:
    """A day clocks can be set by: neighbours of the first and last year have no midnight. Raises ValidationError."""
    if not 2000 <= day.year <= 2100:
        raise ValidationError(_("Write a year from 2000 to 2100."))


class PersonAddForm(forms.Form):
    """A new person."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("The address this person signs in with.")
    )
    short = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        help_text=_("How configuration files call this person, such as alice. It cannot be changed."),
    )


class PersonForm(forms.Form):
    """What an admin may change of a person."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)


class ProfileForm(forms.Form):
    """What people change of themselves."""

    name = forms.CharField(label=_("Name"), max_length=120)
    uses_keys = forms.BooleanField(
        label=_("Single keys work"),
        required=False,
        help_text=_(
            "Such as “a” for approve. Turn this off if you use speech input or keep pressing them by mistake."
        ),
    )


class OfficesForm(forms.Form):
    """The roles a person holds everywhere."""

    roles = forms.MultipleChoiceField(
        label=_("Roles held everywhere"),
        choices=[(text.role.value, text.label) for text in ROLES if text.role in OFFICE_ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def chosen(self) -> set[Role]:
        """The roles ticked."""
        return {Role(role) for role in self.cleaned_data["roles"]}


class TeamForm(forms.Form):
    """A team's name and members."""

    name = forms.CharField(label=_("Name"), max_length=120)
    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        queryset=User.objects.filter(is_active=True).order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class TeamAddForm(TeamForm):
    """A new team."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("How configuration files call this team. It cannot be changed."),
    )
    field_order = ["name", "slug", "members"]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if Team.objects.filter(slug=slug).exists():
            raise ValidationError(_("There is a team of this short name already."))
        return slug


class AbsenceForm(forms.Form):
    """Whole days away, first and last included, in the server's time zone."""

    first_day = forms.DateField(
        label=_("First day"), widget=forms.DateInput({"type": "date"}), validators=[check_day]
    )
    last_day = forms.DateField(
        label=_("Last day"), widget=forms.DateInput({"type": "date"}), validators=[check_day]
    )
    delegate = forms.ModelChoiceField(
        label=_("Stands in"),
        queryset=User.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label=_("nobody"),
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        return cleaned

    def span(self) -> tuple[datetime, datetime]:
        """From the midnight before the first day to the midnight after the last."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        starts_at = midnight(first)
        ends_at = midnight(last + timedelta(days=1))
        return starts_at, ends_at
