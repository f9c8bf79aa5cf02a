"""What the demo organisation wants to move: two KPIs of the order desk, with what was before.

The event log of the time before is made up here, from a fixed random source: 420 requests that people answered by
hand. It goes through the same upload and import as anybody's.
"""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from apps.outcomes import folding, freezing, importing, own_events, reporting, uploading
from apps.outcomes.kpi_setup import Meaning, save_kpi
from apps.outcomes.models import EventLog, Kpi
from apps.outcomes.states import Cadence, Direction, LogUse, Measure
from apps.quality.alerting import look_at_targets
from apps.quality.counting import count_events
from apps.registry.models import Workflow

_WORKFLOW = "customer-orders"
_SEED = 20251101
_CASES = 420
_LOG = "Order desk before agents"
_SINCE = timedelta(days=40)
_BEFORE = timedelta(days=260)


def seed(*, now: datetime) -> bool:
    """Set the KPIs up, unless there are any. Whether it did."""
    workflow = Workflow.objects.select_related("business_owner").filter(slug=_WORKFLOW).first()
    if workflow is None or Kpi.objects.filter(workflow=workflow).exists():
        return False
    log = _log_before(workflow, now)
    _time_to_an_answer(workflow, log, now)
    _cost_of_a_case(workflow, now)
    while own_events.tell_own_events(now=now):
        pass
    while folding.fold_touched(now=now):
        pass
    while count_events(now=now):
        pass
    look_at_targets(now=now)
    return True


def _log_before(workflow: Workflow, now: datetime) -> EventLog:
    log = uploading.upload(
        workflow=workflow,
        name=_LOG,
        use=LogUse.BASELINE,
        filename="before.csv",
        chunks=[_csv(now).encode()],
        by=workflow.business_owner,
        now=now,
    )
    uploading.queue_import(
        log_id=log.pk, mapping=log.mapping, leaves_bad_out=False, by=workflow.business_owner, now=now
    )
    importing.import_next(now=now)
    log.refresh_from_db()
    return log


def _csv(now: datetime) -> str:
    random = Random(_SEED)  # noqa: S311  (a story, not a secret)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["case", "activity", "timestamp", "resource"])
    starts = now - _BEFORE
    for number in range(_CASES):
        at = starts + timedelta(hours=random.uniform(0, 24 * 180))
        people = random.sample(("Mara", "Jonas", "Elif", "Piotr"), k=random.choice((1, 2, 2, 3)))
        rows.writerow([f"R{number}", "Request received", at.isoformat(), "mailbox"])
        for person in people:
            at += timedelta(hours=random.lognormvariate(2.1, 0.8))
            rows.writerow([f"R{number}", "Looked at", at.isoformat(), person])
        at += timedelta(minutes=random.uniform(2, 30))
        rows.writerow([f"R{number}", "Answered", at.isoformat(), people[-1]])
    return text.getvalue()


def _time_to_an_answer(workflow: Workflow, log: EventLog, now: datetime) -> None:
    version = save_kpi(
        workflow=workflow,
        slug="time-to-an-answer",
        name="Time to an answer",
        owner=workflow.business_owner,
        cadence=Cadence.MONTH,
        meaning=Meaning(
            Measure.CYCLE_TIME,
            Direction.LOWER,
            "From the moment a request about an order is known until it was answered and the answer carried out.",
            target=Decimal(8),
        ),
        by=workflow.business_owner,
        now=now - _SINCE,
    )
    first, last = log.starts_at or now, log.ends_at or now
    freezing.freeze(
        version=version,
        log=log,
        between=(first.date(), last.date()),
        by=workflow.business_owner,
        now=now - _SINCE,
    )


def _cost_of_a_case(workflow: Workflow, now: datetime) -> None:
    version = save_kpi(
        workflow=workflow,
        slug="cost-of-a-case",
        name="Cost of a case",
        owner=workflow.business_owner,
        cadence=Cadence.MONTH,
        meaning=Meaning(
            Measure.REPORTED,
            Direction.LOWER,
            "People's minutes and the agents' runs, divided by the requests answered in the week.",
            unit="EUR",
            target=Decimal(4),
        ),
        by=workflow.business_owner,
        now=now - _SINCE,
    )
    freezing.enter(
        version=version,
        value=Decimal("7.20"),
        n=_CASES,
        source="Time study by the controlling department",
        between=((now - _BEFORE).date(), (now - _BEFORE + timedelta(days=180)).date()),
        by=workflow.business_owner,
        now=now - _SINCE,
    )
    for week, value in enumerate(("6.90", "6.40", "6.10", "5.70", "5.80", "5.10", "4.90", "4.60", "4.70")):
        day = (now - timedelta(weeks=9 - week)).date()
        reporting.enter_reading(
            version=version,
            day=day,
            value=Decimal(value),
            source="controlling, week report",
            by=workflow.business_owner,
            now=now,
        )
