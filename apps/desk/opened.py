"""Which cards of slight work a person opened in this session: the sample that approving in bulk asks for."""

from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

from apps.reviews.caution import check_in_bulk
from apps.reviews.choosing import Invalid
from apps.reviews.models import Task

_KEY = "opened_slight"
_MOST = 200


def note(session: SessionBase, task: Task) -> None:
    """Remember that this card was opened, if it ever can matter. Wants `proposal` loaded."""
    try:
        check_in_bulk(task)
    except Invalid:
        return
    known = session.get(_KEY, [])
    if str(task.pk) not in known:
        session[_KEY] = [*known, str(task.pk)][-_MOST:]


def opened(session: SessionBase) -> set[UUID]:
    """Ids of the tasks whose cards were opened."""
    return {UUID(pk) for pk in session.get(_KEY, [])}


def seed(session: SessionBase) -> str:
    """What picks the sample: the same for the whole session, different in every one."""
    if not session.session_key:
        session.save()
    return str(session.session_key)
