"""Which tasks stay with whoever takes them: not skipped, not handed over, not approved with others.

Known cases have to, or nobody would be measured by the hard ones. If only they had to, trying to skip would tell them
from the rest: so do as many ordinary tasks, chosen for each person by a keyed coin that falls the same way whenever it
is asked. Where no known case is in use, none has to.
"""

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.proposals.models import Examination
from apps.proposals.states import Purpose
from apps.reviews.choosing import Invalid
from apps.reviews.models import GoldCase, Task
from apps.reviews.seeding import share_for
from apps.trust.statistics import coin


def stays(task: Task, *, by: User) -> bool:
    """Whether `by` has to decide this task by itself, or return it to its queue. At most four queries."""
    if task.proposal.is_copy:
        return Examination.objects.filter(copy=task.proposal_id, purpose=Purpose.REPLAY).exists()
    if not GoldCase.objects.filter(workflow_id=task.workflow_id, retired_at__isnull=True).exists():
        return False
    toss = coin.toss(settings.SECRET_KEY.encode(), by.pk, f"stays {task.pk}")
    return toss < share_for(task, by.pk)


def check_may_pass(task: Task, *, by: User, field: str) -> None:
    """Raises Invalid at `field` where the task stays with whoever takes it."""
    if stays(task, by=by):
        raise Invalid(
            field,
            _(
                "This one, like others chosen by lot, is not skipped, handed over or approved with others:"
                " decide it, or return it to its queue."
            ),
        )
