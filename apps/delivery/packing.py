"""Makes messages of notifications: e-mail and chat, by each person's preferences; alone, in a digest, or later.

One transaction a person, under the lock of the person's preferences, so any number of dispatchers may do this at
once. A notification gets its parcel here, once; the parcel's messages are written in the same transaction. It is locked
before it is read, so that a message says what its notification says when both are written.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.ids import uuid7
from apps.audit.sweeping import sweep
from apps.delivery import chat, digesting, letters
from apps.delivery.digesting import Item
from apps.delivery.kinds import may_wait
from apps.delivery.models import ChatChannel, Delivery, Notification, Preferences
from apps.delivery.quiet import Quiet

PEOPLE = 200


def pack(*, now: datetime, limit: int = PEOPLE) -> int:
    """Decide for up to `limit` people what becomes of their due notifications; for how many it was decided."""
    due = Notification.objects.unpacked(now).order_by()
    unknown = due.exclude(person__in=Preferences.objects.values("person"))
    strangers = sorted(unknown.values_list("person_id", flat=True).distinct())
    Preferences.objects.bulk_create([Preferences(person_id=pk) for pk in strangers], ignore_conflicts=True)
    people = (
        Preferences.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(pk__in=due.values("person"))
        .select_related("person")
    )

    def next_due(failed: Collection[Any]) -> Preferences | None:
        return people.exclude(pk__in=failed).first()

    return sweep(next_due=next_due, act=lambda wishes: _pack_one(wishes, now), limit=limit)


def quiet_of(wishes: Preferences) -> Quiet | None:
    """The person's quiet hours; None without any."""
    if wishes.quiet_starts is None or wishes.quiet_ends is None:
        return None
    return Quiet(ZoneInfo(wishes.zone or settings.TIME_ZONE), wishes.quiet_starts, wishes.quiet_ends)


def _pack_one(wishes: Preferences, now: datetime) -> None:
    chat_of = ChatChannel.objects.filter(owner=wishes.person_id, is_active=True).first()
    waiting = Notification.objects.filter(person=wishes.person_id, parcel__isnull=True).order_by("id")
    locked = waiting.select_for_update(of=("self",), no_key=True)
    rows = {row.id: row for row in locked.defer("text")}
    # What comes no way but the web makes no flood and takes up no place in a digest.
    nowhere = set(wishes.email_off) & set(wishes.chat_off) if chat_of else set(wishes.email_off)
    wanted = _wanted(rows.values(), nowhere)
    plan = digesting.plan(
        [Item(row.id, row.created_at, _can_wait(row)) for row in wanted],
        recent=wishes.recent,
        quiet=quiet_of(wishes),
        now=now,
    )
    parcels = [[rows[item.id]] for item in plan.alone]
    if plan.digest:
        parcels.append([rows[item.id] for item in plan.digest])
    silent = rows.keys() - {row.id for row in wanted}
    if silent:
        parcels.append([rows[ident] for ident in silent])
    messages: list[Delivery] = []
    for told in parcels:
        parcel = uuid7()
        Notification.objects.filter(pk__in=[row.pk for row in told]).update(parcel=parcel)
        messages += _messages(parcel, told, wishes, chat_of, now)
    Delivery.objects.bulk_create(messages)
    if plan.wait_until is not None:
        later = Notification.objects.filter(pk__in=[item.id for item in plan.waiting])
        later.update(next_at=plan.wait_until)
    left = [now] * (sum(item.may_wait for item in plan.alone) + bool(plan.digest))
    wishes.recent = [*digesting.still_recent(wishes.recent, now), *left]
    wishes.save(update_fields=["recent"])


def _messages(
    parcel: UUID,
    rows: Sequence[Notification],
    wishes: Preferences,
    chat_of: ChatChannel | None,
    now: datetime,
) -> Iterable[Delivery]:
    """The parcel's e-mail and chat message, where the person wants any of it that way."""
    person: User = wishes.person
    if not person.is_active:
        return
    by_email = _wanted(rows, wishes.email_off)
    if by_email:
        yield Delivery(
            email=person.email,
            subject=letters.subject_of(by_email),
            body=letters.text_of(by_email, base_url=settings.BASE_URL),
            parcel=parcel,
            next_at=now,
            created_at=now,
        )
    by_chat = _wanted(rows, wishes.chat_off)
    if by_chat and chat_of is not None:
        link = by_chat[0].link if len(by_chat) == 1 else "/notifications/"
        title = letters.subject_of(by_chat)
        text = by_chat[0].text if len(by_chat) == 1 else "\n".join(row.title for row in by_chat)
        yield Delivery(
            channel=chat_of,
            subject=title,
            body=chat.message(
                title=title,
                text=text,
                link=f"{settings.BASE_URL}{link}" if link else "",
                link_text=_("Open in ReviewHub"),
            ),
            parcel=parcel,
            next_at=now,
            created_at=now,
        )


def _wanted(rows: Iterable[Notification], off: Collection[str]) -> list[Notification]:
    """Those that come although these kinds are switched off."""
    return [row for row in rows if row.kind not in off or not _can_wait(row)]


def _can_wait(row: Notification) -> bool:
    return may_wait(kind=row.kind, tier=row.tier)
