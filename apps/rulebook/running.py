"""Runs back-tests, one at a time in the whole installation, so that they never keep more than one worker.

A worker says between batches that it is alive, and notices there that the test was called off. What it counts is in its
memory only: a test whose worker died is begun anew.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from json import dumps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import actions as audit
from apps.audit.long_work import Clock, Line
from apps.delivery.notifying import notify
from apps.proposals.states import RUN_ERASED
from apps.routing.facts import Facts, TrustState
from apps.routing.queries import cell_of, rule_of, version_in_use
from apps.rulebook.answering import Book, Pair, Response, differences
from apps.rulebook.content import Content, checked
from apps.rulebook.known import faults_of, knowledge_of
from apps.rulebook.models import BackTest, BackTestCase, PolicyDraft
from apps.rulebook.past import Registered, Row, batches, how_many, workflows_under
from apps.rulebook.policies import publishers
from apps.rulebook.replaying import Replay
from apps.rulebook.results import results
from apps.rulebook.states import DraftStatus, Kind, Known, LeftOut, TestStatus

BATCH = 1_000
# Of each kind; the figures count all.
MOST_LISTED = 10_000
_COPY = """
    COPY rulebook_backtestcase (back_test_id, kind, proposal_id, known, before, after) FROM STDIN
"""

Case = tuple[Kind, Row, Known, Response, Response]


def run_next(*, clock: Clock = timezone.now) -> bool:
    """Run the test that waits longest to its end; whether there was one and nobody else runs any."""
    return _LINE.run_next(_run, clock)


def _begin(test: BackTest, now: datetime) -> Collection[str]:
    # What an earlier attempt left.
    BackTestCase.objects.filter(back_test=test).delete()
    test.begun_at, test.found, test.done = now, None, 0
    return "begun_at", "found", "done"


def _run(test: BackTest, clock: Clock) -> None:
    pair = Pair(book_of_version(test.against_id), book_of(test.content))
    workflow_ids = workflows_under(test.draft)
    found = how_many(workflow_ids, last=test.wanted)
    _tell(test, [], done=0, found=found, now=clock())
    replay, listed, done = Replay(), Counter[Kind](), 0
    registered, faults = Registered.load(), faults_of(workflow_ids)
    for rows in batches(workflow_ids, last=test.wanted, size=BATCH):
        registered.meet(rows)
        known = knowledge_of([row.proposal_id for row in rows], faults)
        cases: list[Case] = []
        for row in rows:
            what = known.of(row.proposal_id, row.said)
            for case in replay_one(replay, pair, row, registered, what):
                if listed[case[0]] < MOST_LISTED:
                    listed[case[0]] += 1
                    cases.append(case)
        done += len(rows)
        _tell(test, cases, done=done, found=max(found, done), now=clock())
    figures = results(
        replay,
        before=pair.before,
        after=pair.after,
        workflow_ids=workflow_ids,
        zone=ZoneInfo(settings.TIME_ZONE),
    )
    _finish(test, figures, clock())


def replay_one(replay: Replay, pair: Pair, row: Row, registered: Registered, known: Known) -> list[Case]:
    """Ask both policies about one proposal and count what they say; the cases it makes."""
    why = _why_left_out(row)
    if why is not None:
        replay.leave_out(why)
        return []
    facts = Facts.of(row.facts)
    before, after = pair.answer(facts, TrustState.of(row.trust), registered.around(row))
    kinds = differences(before, after, known)
    replay.add(
        before,
        after,
        kinds=kinds,
        known=known,
        at=int(row.at.timestamp()),
        is_unasked=facts.is_corroborated is None
        and any(rule.effects.corroborated for rule in (*before.held, *after.held)),
    )
    return [(kind, row, known, before, after) for kind in kinds]


def book_of(content: Content) -> Book:
    """A draft's content as it would be asked, without publishing it. Raises BadContent."""
    entry = checked(content)
    cells = [cell_of(row) for row in entry.cell_rows()]
    return Book(
        {(cell.consequence, cell.reversibility): cell for cell in cells},
        tuple(rule_of(row) for row in entry.rule_rows()),
    )


def book_of_version(version_id: int) -> Book:
    """A published version, as it is asked."""
    policy = version_in_use(version_id)
    return Book(policy.matrix, policy.rules)


def _why_left_out(row: Row) -> LeftOut | None:
    if not row.facts or row.run == RUN_ERASED:
        return LeftOut.TAKEN_OUT
    return None if row.trust else LeftOut.NO_TRUST


def _tell(test: BackTest, cases: Sequence[Case], *, done: int, found: int, now: datetime) -> None:
    """Write the cases of a batch and how far the test is. Raises Overtaken."""
    with transaction.atomic():
        row = _LINE.own(test)
        if cases:
            _copy(test, cases)
        row.done, row.found, row.beat_at = done, found, now
        row.save(update_fields=["done", "found", "beat_at"])


def _copy(test: BackTest, cases: Sequence[Case]) -> None:
    # A copy does not turn the driver's errors into Django's by itself.
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
    ):
        for kind, row, known, before, after in cases:
            answers = dumps(before.as_json()), dumps(after.as_json())
            copy.write_row((test.pk, kind.value, row.proposal_id, known.value, *answers))


def _finish(test: BackTest, figures: dict[str, Any], now: datetime) -> None:
    with transaction.atomic():
        row = _LINE.own(test)
        row.figures, row.status = figures, TestStatus.DONE
        row.beat_at = row.ended_at = now
        row.save(update_fields=["figures", "status", "beat_at", "ended_at"])
        _record(test, "back_test.done", {"answered": figures["answered"], "changed": figures["changed"]}, now)
        _tell_publishers(row, now)


def _tell_publishers(test: BackTest, now: datetime) -> None:
    """Whoever may let the draft count learns that it was tried as it is now."""
    draft = PolicyDraft.objects.select_related("workflow").get(pk=test.draft_id)
    if draft.status != DraftStatus.OPEN or (test.digest, test.against_id) != (
        draft.digest,
        draft.based_on_id,
    ):
        return
    notify(
        people=publishers(draft),
        kind="policy",
        title=_("A draft of a policy was tried: {draft}").format(draft=draft),
        text=_("It counts once somebody who wrote none of it publishes it. Read what changes, then decide."),
        link=reverse("rulebook:draft_read", args=[draft.pk]),
        tier=0,
        now=now,
        workflow_id=draft.workflow_id,
        replaces=True,
    )


def _leave_failed(test: BackTest, now: datetime) -> None:
    BackTestCase.objects.filter(back_test=test).delete()
    _record(test, "back_test.failed", {"problem": test.failure}, now)


def _record(test: BackTest, verb: str, data: dict[str, Any], now: datetime) -> None:
    """By ReviewHub itself: whoever ordered it is in the event of that."""
    audit.record(
        verb=verb,
        now=now,
        subject=("back_test", test.pk, str(test.draft)),
        workflow_id=test.draft.workflow_id,
        data=data,
    )


_LINE = Line(
    BackTest,
    related=("draft__workflow", "ordered_by", "against"),
    lock=7_238_461_019,
    begin=_begin,
    failed=_leave_failed,
)
