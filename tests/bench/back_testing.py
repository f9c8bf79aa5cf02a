"""A back-test beside the bare loop: the same answers to the same proposals, read and put into memory before."""

import resource
import time

from django.utils import timezone

from apps.routing.actions import publish_policy
from apps.routing.facts import Facts, TrustState
from apps.routing.models import PolicyRule
from apps.rulebook import running
from apps.rulebook.answering import Pair
from apps.rulebook.models import BackTest
from apps.rulebook.past import Registered, batches
from tests import factories
from tests.bench.ground import Ground, crowd, stopwatch, taken
from tests.bench.report import Report
from tests.rulebook.drafts import draft_of, ordered, rule

# A tenth of the proposals is about a subject whose number ends so.
_TENTH = 'subject.id.endsWith("7")'
_CONDITIONS = [
    *(f"impact.has_amount && impact.amount > {amount}.0" for amount in (500, 1000, 5000)),
    'action.name == "cancel_order" && proposal.confidence < 0.2',
    'run.tools.exists(tool, tool == "search")',
    "evidence.count == 0",
    'agent.model.startsWith("x")',
    'args.reason == "ordered by mistake"',
    'calendar.weekday in ["saturday", "sunday"] && calendar.hour > 20',
]


def back_test(ground: Ground, report: Report, quick: bool) -> None:
    """Ten rules on each side, nine of them the same; a tenth of the proposals goes elsewhere."""
    number = 10_000 if quick else 100_000
    with stopwatch(f"{number:,} proposals that were decided"):
        crowd(ground, open_tasks=0, decided=number, start=taken())
    test = _ordered(ground, number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    running.run_next()
    took = time.perf_counter() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    test.refresh_from_db()
    if test.status != "done" or test.figures["answered"] != number:
        raise RuntimeError(f"{test.status}: {test.failure}, {test.done} of {number}")
    if not number * 0.09 < test.figures["kinds"]["moved"] < number * 0.11:
        raise RuntimeError(f"{test.figures['kinds']} differ")
    raw = _in_memory(test, number)
    report.at_most(f"a back-test of {number:,} proposals", took, 60 * number / 100_000, " s")
    report.note("proposals a second, two policies of ten rules each", f"{number / took:,.0f}")
    report.at_least("the bare loop in memory / a back-test", raw / took, 0.3)
    report.at_most("memory it takes", grown, 100, " MiB")


def _ordered(ground: Ground, number: int) -> BackTest:
    house = ground.house
    now = timezone.now()
    rules = [rule(f"same-{at}", when, review=True) for at, when in enumerate(_CONDITIONS)]
    publish_policy(
        workflow=house.workflow,
        cells=factories.matrix_cells(),
        rules=[
            PolicyRule(slug=one["name"], title=one["title"], when=one["when"], effects=one["then"])
            for one in [*rules, rule("other", "impact.amount > 9000.0", second_approver=True)]
        ],
        reason="for the bench",
        by=house.adam,
        now=now,
    )

    def change(content: dict[str, list[object]]) -> None:
        content["rules"][-1] = rule("other", _TENTH, queue="senior")

    return ordered(house, draft_of(house, change, workflow=house.workflow), last=number, now=now)


def _in_memory(test: BackTest, number: int) -> float:
    """Seconds for both answers to each, with everything they need at hand."""
    pair = Pair(running.book_of_version(test.against_id), running.book_of(test.content))
    registered = Registered.load()
    rows = []
    for batch in batches([test.draft.workflow_id or 0], last=number, size=1_000):
        registered.meet(batch)
        rows += batch
    begun = time.perf_counter()
    for row in rows:
        pair.answer(Facts.of(row.facts), TrustState.of(row.trust), registered.around(row))
    return time.perf_counter() - begun
