"""Sends what is due: claim a few messages, send them outside any transaction, write down what came of each.

Any number of dispatchers may run. One serves an endpoint or chat at a time (a lease on its row) and takes
a few of its messages, so a slow receiver delays nobody else and cannot occupy every worker. Each attempt is
counted when it is claimed: a dispatcher that is killed in the middle has made the attempt, and after the
lease another takes over. The result is written only onto the attempt it belongs to.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.delivery import chat, mail, messages, receiver_actions
from apps.delivery.backoff import LEASE, rest_until, retry_at
from apps.delivery.fanning import fan_out
from apps.delivery.models import ChatChannel, Delivery, DeliveryStatus, Receiver, WebhookEndpoint
from apps.delivery.outbound import WHOLE_SECONDS, Answer, post, readable
from apps.delivery.packing import pack

# Of each kind of receiver.
RECEIVERS = 8
# At once, over all endpoints: a lone endpoint gets them all, eight get five each. The same for chat channels.
MESSAGES = 40
EMAILS = 20
# Name lookup and connecting come before the exchange that WHOLE_SECONDS bounds.
_PATIENCE_SECONDS = WHOLE_SECONDS + 25
log = structlog.get_logger(__name__)


def run(*, now: datetime) -> int:
    """Make messages and send one batch; how many rows were handled. Zero means that there is nothing to do now."""
    started = time.monotonic()
    handled = pack(now=now) + fan_out(now=now)
    webhooks, chats = claim(now=now), claim(now=now, of=ChatChannel)
    emails = claim_emails(now=now)
    if webhooks or chats:
        _send_posts({WebhookEndpoint: webhooks, ChatChannel: chats}, now, started)
    if emails:
        _send_emails(emails, now, started)
    return handled + sum(len(ids) for ids in (*webhooks.values(), *chats.values(), emails))


def claim(*, now: datetime, of: type[Receiver] = WebhookEndpoint) -> dict[int, list[UUID]]:
    """Take some receivers of one kind and some of their due messages, for LEASE: {receiver's id: message ids}.

    A receiver that failed last time is tried with one message.
    """
    to = f"{of.delivery_field}_id"
    with transaction.atomic():
        waiting = Delivery.objects.due(now).order_by().filter(**{f"{to}__isnull": False})
        ready = of.objects.ready(now).filter(pk__in=waiting.values(to))
        # Longest quiet first: everybody gets a turn.
        failures = dict(
            ready.order_by("quiet_until", "pk")
            .select_for_update(skip_locked=True, no_key=True)
            .values_list("pk", "failures")[:RECEIVERS]
        )
        of.objects.filter(pk__in=failures).update(quiet_until=now + LEASE)
        share = MESSAGES // max(1, len(failures))
        return {ident: _take({to: ident}, 1 if failed else share, now) for ident, failed in failures.items()}


def claim_emails(*, now: datetime) -> list[UUID]:
    """Take some due e-mails, for LEASE."""
    with transaction.atomic():
        return _take({"endpoint_id": None, "channel_id": None}, EMAILS, now)


def _take(receiver: dict[str, int | None], size: int, now: datetime) -> list[UUID]:
    due = Delivery.objects.due(now).filter(**receiver)
    ids = list(due.select_for_update(skip_locked=True, no_key=True).values_list("id", flat=True)[:size])
    Delivery.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, next_at=now + LEASE)
    return ids


def _send_posts(claimed: dict[type[Receiver], dict[int, list[UUID]]], now: datetime, started: float) -> None:
    """Post to webhooks and chats side by side, and write down what came of each."""
    ids = [ident for of in claimed.values() for of_one in of.values() for ident in of_one]
    rows = list(Delivery.objects.filter(pk__in=ids).select_related("event"))
    receivers = {of: of.objects.in_bulk(list(of_kind)) for of, of_kind in claimed.items()}
    to: dict[UUID, Any] = {
        row.id: receivers[ChatChannel][row.channel_id]
        if row.channel_id
        else receivers[WebhookEndpoint][row.endpoint_id]
        for row in rows
    }
    pool = ThreadPoolExecutor(max_workers=max(1, min(len(rows), 2 * MESSAGES)))
    underway: dict[UUID, Future[Answer]] = {}
    answers: dict[UUID, Answer] = {}
    for row in rows:
        try:
            body, headers = _made(row, to[row.id], now)
        except Exception as error:  # this message or secret is bad; the others go on
            log.warning("message_not_made", delivery=str(row.id), error=str(error))
            answers[row.id] = Answer(None, readable(f"{type(error).__name__}: {error}"))
            continue
        underway[row.id] = pool.submit(post, url=to[row.id].url, body=body, headers=headers)
    wait(underway.values(), timeout=_PATIENCE_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    for ident, future in underway.items():
        answers[ident] = _answer(future)
    ended = now + timedelta(seconds=time.monotonic() - started)
    _record_sent([row for row in rows if answers[row.id].accepted], ended)
    for row in rows:
        if not answers[row.id].accepted:
            _record_refused(row, to[row.id], answers[row.id], ended)
    for of, by_id in receivers.items():
        for receiver in by_id.values():
            of_it = [answers[row.id] for row in rows if to[row.id] == receiver]
            _release(of, receiver, of_it, lease=now + LEASE, now=ended)


def _made(row: Delivery, receiver: Any, now: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one attempt."""
    if row.event is None:
        return chat.body_of(row.body), chat.headers_of(row.id)
    body = messages.body_of(row.event, source=settings.BASE_URL)
    return body, messages.headers_of(row.event, body, secrets=_live_secrets(receiver, now), now=now)


def _answer(future: "Future[Answer]") -> Answer:
    if not future.done():
        return Answer(
            None, _("No complete answer within {seconds} seconds.").format(seconds=_PATIENCE_SECONDS)
        )
    error = future.exception()
    return future.result() if error is None else Answer(None, readable(f"{type(error).__name__}: {error}"))


def _live_secrets(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        return [endpoint.secret, endpoint.old_secret]
    return [endpoint.secret]


def _record_sent(rows: list[Delivery], now: datetime) -> None:
    for attempts in {row.attempts for row in rows}:
        ids = [row.id for row in rows if row.attempts == attempts]
        same = Delivery.objects.filter(pk__in=ids, status=DeliveryStatus.WAITING, attempts=attempts)
        same.update(status=DeliveryStatus.SENT, sent_at=now, last_error="")


def _record_refused(row: Delivery, receiver: Any, answer: Answer, now: datetime) -> None:
    reason = " ".join(filter(None, [str(answer.status or ""), answer.excerpt]))[:500]
    if answer.gone:
        _write(row, status=DeliveryStatus.DEAD, last_error=reason)
        said = _("The receiver answered 410.")
        receiver_actions.disable(receiver=receiver, reason=said, by=None, now=now)
        return
    _failed(row, reason, now)


def _failed(row: Delivery, reason: str, now: datetime) -> None:
    again = retry_at(attempts=row.attempts, message=row.id, now=now)
    if again is None:
        _write(row, status=DeliveryStatus.DEAD, last_error=reason)
    else:
        _write(row, next_at=again, last_error=reason)


def _write(row: Delivery, **fields: object) -> None:
    """Write onto the attempt this result belongs to, and onto no other."""
    attempt = Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.WAITING, attempts=row.attempts)
    if not attempt.update(**fields):
        log.info("result_of_an_older_attempt", delivery=str(row.pk))


def _release(
    of: type[Receiver], receiver: Receiver, answers: list[Answer], *, lease: datetime, now: datetime
) -> None:
    """Give the receiver back, or let it rest; unless the lease was lost and another dispatcher has it."""
    if answers and all(answer.exhausted for answer in answers):
        failures = min(receiver.failures + 1, 1000)
        quiet_until = rest_until(failures=failures, now=now)
    else:
        failures, quiet_until = 0, now
    held = of.objects.filter(pk=receiver.pk, quiet_until=lease)
    held.update(failures=failures, quiet_until=quiet_until)


def _send_emails(ids: list[UUID], now: datetime, started: float) -> None:
    rows = list(Delivery.objects.filter(pk__in=ids))
    problems = mail.send([mail.Letter(str(row.id), row.email, row.subject, row.body) for row in rows])
    ended = now + timedelta(seconds=time.monotonic() - started)
    told = list(zip(rows, problems, strict=True))
    _record_sent([row for row, problem in told if problem is None], ended)
    for row, problem in told:
        if problem is not None:
            _failed(row, readable(problem), ended)
