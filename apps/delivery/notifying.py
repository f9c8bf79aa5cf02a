"""Tells people and chat channels that something needs them, in the transaction in which it became true.

`notify` writes one row a person: no preference is read, and no row that another holds is waited for in the caller's
transaction. The dispatcher makes messages of the rows afterwards (`packing`). Links lead to pages; pages decide.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.insertion import insert_at_end
from apps.delivery import chat, live
from apps.delivery.kinds import KINDS
from apps.delivery.lines import one_line
from apps.delivery.links import absolute, path_of
from apps.delivery.models import ChatChannel, Delivery, Notification
from apps.delivery.waking import wake

_MOST_TEXT = 5000


def notify(
    *,
    people: Iterable[User],
    kind: str,
    title: str,
    text: str,
    link: str,
    tier: int,
    now: datetime,
    workflow_id: int | None = None,
    proposal_id: UUID | None = None,
    replaces: bool = False,
) -> int:
    """Tell each of these people once; how many were told. People who may not sign in are left out.

    With `replaces` it stands for what they were told before of the same kind, proposal and page: that counts as read.

    `kind` is a key of `kinds.KINDS`, `link` a path of this installation (or empty). Raises ValueError for others.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of notification; see apps.delivery.kinds")
    path = path_of(link)
    wanted = sorted({person.pk for person in people if person.is_active})
    rows = [
        Notification(
            person_id=pk,
            kind=kind,
            tier=tier,
            title=one_line(title),
            text=text.replace("\x00", "")[:_MOST_TEXT],
            link=path,
            workflow_id=workflow_id,
            proposal_id=proposal_id,
            created_at=now,
            next_at=now,
        )
        for pk in wanted
    ]
    if rows and replaces:
        _replace(rows[0], wanted, now)
    if rows:
        insert_at_end(rows)
        live.announce(f"person:{pk}" for pk in wanted)
        wake()
    return len(rows)


def notify_channel(
    *, channel: ChatChannel, title: str, text: str, link: str, now: datetime
) -> Delivery | None:
    """Queue one message to a chat channel; None when the channel is switched off, and so nobody is told."""
    if not channel.is_active:
        return None
    row = Delivery.objects.create(
        channel=channel,
        subject=one_line(title),
        body=chat.message(
            title=one_line(title), text=text, link=absolute(path_of(link)), link_text=_("Open in ReviewHub")
        ),
        next_at=now,
        created_at=now,
    )
    wake()
    return row


def _replace(row: Notification, people: list[int], now: datetime) -> None:
    """What is being read at this moment is left as it is: its reader must not be waited for."""
    before = Notification.objects.unread().filter(
        person__in=people, kind=row.kind, proposal_id=row.proposal_id, link=row.link
    )
    free = before.select_for_update(skip_locked=True, no_key=True).values("pk")
    Notification.objects.filter(pk__in=free).update(read_at=now)
