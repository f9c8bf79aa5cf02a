"""Whose business is a workflow? Its named people, its human reviewers, its benefit owners, and the reading
offices.

Says who may read what happened in a workflow; it does not know queues, tasks or who may decide.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts import rights
from apps.accounts.models import Team, User
from apps.accounts.policies import NotAllowed, reads_everything
from apps.accounts.roles import Role
from apps.registry.models import Workflow


def visible_workflows(by: User) -> QuerySet[Workflow]:
    """The workflows whose proposals, slices and figures this person may read."""
    if reads_everything(by):
        return Workflow.objects.all()
    return Workflow.objects.filter(
        Q(business_owner=by)
        | Q(process_owner=by)
        | Q(technical_owner=by)
        | Q(governance_lead=by)
        | Q(reviewers__in=Team.objects.filter(user=by))
        | Q(pk__in=rights.ids_with(by, [Role.BENEFIT_OWNER], Workflow))
    )


def named_workflow_ids(by: User) -> set[int]:
    """Ids of the workflows that name this person for one of their roles."""
    named = Q(business_owner=by) | Q(process_owner=by) | Q(technical_owner=by) | Q(governance_lead=by)
    return set(Workflow.objects.filter(named).values_list("pk", flat=True))


def answered_workflows(by: User) -> QuerySet[Workflow]:
    """The workflows whose register of autonomy this person may read: those that name them for a role, all for the
    reading offices.
    """
    if reads_everything(by):
        return Workflow.objects.all()
    return Workflow.objects.filter(pk__in=named_workflow_ids(by))


def check_see_workflow(workflow: Workflow, *, by: User) -> None:
    """Whether `by` may read what happened in this workflow."""
    if not visible_workflows(by).filter(pk=workflow.pk).exists():
        raise NotAllowed(_("This belongs to a workflow you are not part of."))
