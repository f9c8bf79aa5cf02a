"""Who hears that a target runs out."""

from collections.abc import Callable
from datetime import datetime

from apps.accounts.models import User
from apps.delivery.models import Notification
from apps.escalation.warning import warn_due
from apps.reviews.models import Task
from tests import factories
from tests.factories import House


def told() -> set[str]:
    return set(Notification.objects.filter(kind="warning").values_list("person__short", flat=True))


def test_whoever_may_take_it_is_told(staffed: House, at: Callable[[float], datetime]) -> None:
    factories.pending(staffed)
    assert warn_due(now=at(2.1))
    assert told() == {"alice", "bob"}


def test_where_nobody_is_left_who_may_take_it_the_leads_are_told(
    staffed: House, at: Callable[[float], datetime]
) -> None:
    proposal = factories.pending(staffed)
    everybody = list(User.objects.values_list("pk", flat=True))
    Task.objects.filter(proposal=proposal).update(lost_by=everybody, deciders=everybody)
    assert warn_due(now=at(2.1))
    assert told() == {"bob"}
