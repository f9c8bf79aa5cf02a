"""The verb that sets from which agreement on a workflow shows what judges say."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.evaluation.believing import Asked
from apps.evaluation.models import JudgeTerms
from apps.registry.models import Workflow
from apps.registry.policies import check_register


def set_terms(*, workflow: Workflow, asked: Asked, by: User | None, now: datetime) -> None:
    """Ask for so much from now on; the same again is no event. Raises NotAllowed for whoever is no admin."""
    check_register(by)
    with transaction.atomic():
        row, _made = JudgeTerms.objects.select_for_update().get_or_create(workflow=workflow)
        if (row.least_kappa, row.least_cases) == (asked.kappa, asked.cases):
            return
        row.least_kappa, row.least_cases = asked.kappa, asked.cases
        row.full_clean()
        row.save()
        audit.record(
            verb="judge_terms.set",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={"kappa": asked.kappa, "cases": asked.cases},
        )
