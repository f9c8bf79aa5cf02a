"""Saves the filters of a queue page under a name, for one person, and forgets them again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.policies import NotAllowed
from apps.desk.models import SavedView
from apps.reviews import policies
from apps.reviews.models import Queue

MOST = 20


def save_view(*, queue: Queue, name: str, query: str, by: User, now: datetime) -> SavedView:
    """Keep `query` as `by`'s view of this name; one of the same name is replaced. Raises NotAllowed."""
    policies.check_see_queue(queue, by=by)
    name = " ".join(name.replace("\0", " ").split())
    if not name:
        raise NotAllowed(_("Give the view a name."))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        own = SavedView.objects.filter(person=by)
        same = own.filter(name__iexact=name).first()
        if same is None and own.count() >= MOST:
            raise NotAllowed(_("You keep {most} views already: forget one first.").format(most=MOST))
        view = same or SavedView(person=by, created_at=now)
        view.queue, view.name, view.query = queue, name, query
        view.save()
        return view


def forget_view(*, view_id: int, by: User) -> Queue | None:
    """Forget a view of one's own; the queue it was of, None when there is none such."""
    view = SavedView.objects.select_related("queue").filter(pk=view_id, person=by).first()
    if view is None:
        return None
    view.delete()
    return view.queue
