"""Tells those who may be the second person that something waits for one."""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import offices
from apps.delivery.notifying import notify


def ask_a_second(*, title: str, link: str, by: User, now: datetime, workflow_id: int | None) -> None:
    """Admins and governance but for who asked. `title` names no subject: a message outlives what it is about."""
    notify(
        people=offices() - {by},
        kind="privacy",
        title=title,
        text=_("{name} asks for it. A second person looks at it and says whether it is done.").format(
            name=by.name
        ),
        link=link,
        tier=0,
        now=now,
        workflow_id=workflow_id,
        replaces=True,
    )
