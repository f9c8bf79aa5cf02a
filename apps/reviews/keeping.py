"""Which tasks stay with whoever takes them: not skipped, not handed over, not approved with others.

Known cases have to, or nobody would be measured by the hard ones. If only they had to, trying to skip would tell them
from the rest: so do as many ordinary tasks, chosen by a keyed coin that falls the same way whenever and by whomever it
is asked. Where no known case is in use or shown, none has to: neither an ordinary task nor a copy that is left over.
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
    if not GoldCase.objects.filter(workflow_id=task.workflow_id, retired_at__isnull=True).exists():
        return False
    share = share_for(task, by.pk)
    if task.proposal.is_copy and share:
        known = Examination.objects.filter(copy=task.proposal_id, purpose=Purpose.REPLAY)
        if known.exists():
            return True
    # Not of the person: what several are refused and what only one is must not tell them apart.
    return coin.toss(settings.SECRET_KEY.encode(), task.workflow_id, f"stays {task.pk}") < share


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
