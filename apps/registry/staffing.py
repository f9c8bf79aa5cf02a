"""Which of the five roles a workflow names is with nobody who may sign in?"""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.models import User
from apps.registry.models import Workflow

_PEOPLE = {
    "business_owner": _lazy("business owner"),
    "process_owner": _lazy("process owner"),
    "technical_owner": _lazy("technical owner"),
    "governance_lead": _lazy("governance lead"),
}


def gaps(now: datetime) -> list[str]:
    """A sentence for each, of active workflows. Two queries."""
    staffed = set(User.objects.filter(is_active=True, groups__isnull=False).values_list("groups", flat=True))
    found = []
    for workflow in Workflow.objects.filter(is_active=True).order_by("name", "pk").select_related(*_PEOPLE):
        for role, label in _PEOPLE.items():
            person = getattr(workflow, role)
            if not person.is_active:
                told = _("The {role} of {workflow}, {name}, could not sign in.")
                found.append(told.format(role=label, workflow=workflow.name, name=person.name))
        if workflow.reviewers_id not in staffed:
            found.append(_("The team that reviews {workflow} would be empty.").format(workflow=workflow.name))
    return found
