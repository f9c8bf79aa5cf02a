"""The report on targets: true figures, periods, the file, and who may read it."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.desk.queries.attainment import Period, attained, reached, skips
from apps.escalation.sweeping import run_due
from apps.reviews import moving
from apps.reviews.returning import skip
from apps.sla.actions import mark_breaches
from apps.sla.states import Target
from tests import factories
from tests.desk.conftest import SignIn
from tests.factories import House

PAGE = reverse("desk:report_attainment")
FILE = reverse("desk:report_attainment_csv")


@pytest.fixture
def busy(house: House) -> Period:
    """One task decided in time, one decided late, one overdue, one that waits."""
    now = house.now
    factories.settled(house)
    late = factories.pending(house, now=now - timedelta(hours=6))
    mark_breaches(now=now)
    factories.decided(factories.claimed(late, house.alice, now), house.alice, now)
    factories.pending(house, now=now - timedelta(hours=5))
    factories.pending(house, now=now)
    return Period(now - timedelta(days=1), now + timedelta(days=1))


def test_every_target_is_in_time_missed_or_open(busy: Period, house: House) -> None:
    (decide,) = (row for row in attained(busy, now=house.now) if row.target is Target.DECIDE)
    assert (decide.queue, decide.met, decide.missed, decide.open) == ("Standard", 1, 2, 1)
    assert decide.share == pytest.approx(1 / 3)
    assert (decide.median, decide.p90) == (timedelta(), timedelta(hours=6))
    assert decide.about == "moderate, compensable"


def test_what_is_overdue_counts_before_a_sweeper_has_marked_it(house: House) -> None:
    factories.pending(house, now=house.now - timedelta(hours=5))
    period = Period(house.now - timedelta(days=1), house.now)
    (decide,) = (row for row in attained(period, now=house.now) if row.target is Target.DECIDE)
    assert (decide.met, decide.missed, decide.open, decide.share) == (0, 1, 0, 0.0)


def test_what_was_no_longer_needed_does_not_count(house: House) -> None:
    factories.proposal_at(house, factories.Status.CANCELLED)
    assert attained(Period(house.now - timedelta(days=1), house.now + timedelta(days=1)), now=house.now) == []


def test_only_what_began_in_the_period_counts(busy: Period, house: House) -> None:
    assert attained(Period(busy.since - timedelta(days=9), busy.since), now=house.now) == []
    assert reached(Period(busy.since - timedelta(days=9), busy.since)) == []


def test_chains_are_counted_by_the_last_step_they_reached(house: House) -> None:
    factories.pending(house, now=house.now - timedelta(hours=3, minutes=30))
    factories.pending(house)
    run_due(now=house.now)
    rows = reached(Period(house.now - timedelta(days=1), house.now + timedelta(days=1)))
    assert [(row.chain, row.step, row.tasks, row.share) for row in rows] == [
        ("Standard", 0, 1, 0.5),
        ("Standard", 1, 1, 0.5),
    ]


def test_skips_are_counted_by_their_reason(house: House) -> None:
    period = Period(house.now - timedelta(days=1), house.now + timedelta(days=1))
    for number in range(2):
        proposal = factories.pending(house, subject={"kind": "order", "id": f"#{number}"})
        task = factories.claimed(proposal, house.alice, house.now)
        skip(task_id=task.pk, by=house.alice, reason="I know this customer", now=house.now)
    assert [(row.queue, row.reason, row.count) for row in skips(period)] == [
        ("Standard", "I know this customer", 2)
    ]


def test_the_page_says_what_was_kept(busy: Period, house: House, sign_in: SignIn) -> None:
    shown = sign_in(house.adam).get(PAGE).text
    assert "Were targets kept?" in shown
    assert "33\N{NO-BREAK SPACE}%" in shown
    assert "moderate, compensable" in shown
    assert "6 h" in shown


@pytest.mark.parametrize("target", ["claim", "decide", "result", "rubbish"])
def test_each_target_has_its_table(target: str, busy: Period, house: House, sign_in: SignIn) -> None:
    response = sign_in(house.adam).get(PAGE, {"target": target})
    assert response.status_code == 200
    assert response.context["target"].value == (target if target in Target.values else "decide")


def test_empty_tables_say_what_to_do(house: House, sign_in: SignIn) -> None:
    shown = sign_in(house.adam).get(PAGE).text
    assert "Choose a longer period." in shown
    assert "Nothing was skipped" in shown


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        ("2026-11-02", "2026-11-01", "The period ends before it begins"),
        ("2020-01-01", "2026-11-01", "A report covers at most a year"),
        ("0001-01-01", "0001-01-02", "Choose days of this century"),
        ("soon", "2026-11-01", "Enter a valid date"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    since: str, until: str, sentence: str, house: House, sign_in: SignIn
) -> None:
    for url in (PAGE, FILE):
        response = sign_in(house.adam).get(url, {"since": since, "until": until})
        assert response.status_code == 422
        assert sentence in response.text


def test_the_file_has_every_target_with_plain_numbers(busy: Period, house: House, sign_in: SignIn) -> None:
    queue = house.queues["standard"]
    queue.name = "=HYPERLINK(1)"
    queue.save()
    response = sign_in(house.adam).get(FILE)
    assert response["Content-Disposition"] == 'attachment; filename="attainment-2026-10-19-2026-11-17.csv"'
    rows = list(csv.DictReader(io.StringIO(response.text)))
    decide = next(row for row in rows if row["target"] == "decide")
    assert decide["queue"] == "'=HYPERLINK(1)"
    assert (decide["in time"], decide["missed"], decide["still open"]) == ("1", "2", "1")
    assert (decide["share in time"], decide["median seconds"], decide["p90 seconds"]) == (
        "0.3333",
        "0",
        "21600",
    )


def test_offices_read_it_and_others_are_told_why_not(house: House, sign_in: SignIn) -> None:
    for url in (PAGE, FILE):
        assert sign_in(house.gina).get(url).status_code == 200
        for person in (house.alice, house.charlie):
            response = sign_in(person).get(url)
            assert response.status_code == 403
            assert "open to admins, governance" in response.text


def test_leads_and_named_people_read_the_figures_of_their_work(
    busy: Period, house: House, sign_in: SignIn
) -> None:
    task = factories.claimed(factories.pending(house), house.alice, house.now)
    skip(task_id=task.pk, by=house.alice, reason="I know this customer", now=house.now)
    (theirs, others) = (factories.UserFactory(short=short) for short in ("dora", "emil"))
    rights.give(role=Role.LEAD, to=theirs, on=house.queues["standard"], by=None, now=house.now)
    rights.give(role=Role.LEAD, to=others, on=house.queues["critical"], by=None, now=house.now)
    everything = sign_in(house.adam).get(PAGE)
    for person in (theirs, house.petra):
        shown = sign_in(person).get(PAGE)
        for name in ("rows", "total", "reached", "skips"):
            assert shown.context[name] == everything.context[name] != []
        assert "You see the queues you lead" in shown.text
        assert sign_in(person).get(FILE).text == sign_in(house.adam).get(FILE).text
    empty = sign_in(others).get(PAGE)
    assert [empty.context[name] for name in ("rows", "reached", "skips")] == [[], [], []]
    assert len(sign_in(others).get(FILE).text.splitlines()) == 1


def test_the_number_of_queries_does_not_depend_on_how_much_there_is(
    as_alice: Client, house: House, sign_in: SignIn, django_assert_max_num_queries
) -> None:
    adam = sign_in(house.adam)
    adam.get(PAGE)
    with django_assert_max_num_queries(20) as few:
        adam.get(PAGE)
    for number in range(6):
        factories.pending(house, subject={"kind": "order", "id": f"#{number}"})
    with django_assert_max_num_queries(20) as many:
        adam.get(PAGE)
    assert len(many) == len(few)


def test_a_missed_target_stays_with_the_queue_that_missed_it(house: House) -> None:
    """Whoever gets the task afterwards is not charged with it, and no figure of before changes."""
    late = factories.pending(house, now=house.now - timedelta(hours=5))
    mark_breaches(now=house.now)
    period = Period(house.now - timedelta(days=1), house.now + timedelta(days=1))
    before = attained(period, now=house.now)
    moving.reassign(task_id=late.task.pk, queue=house.queues["senior"], now=house.now)
    assert attained(period, now=house.now) == before
    assert {row.queue for row in before} == {"Standard"}


def test_a_target_that_still_runs_goes_with_its_task(house: House) -> None:
    waits = factories.pending(house, now=house.now - timedelta(minutes=1))
    moving.reassign(task_id=waits.task.pk, queue=house.queues["senior"], now=house.now)
    later = house.now + timedelta(minutes=1)
    rows = attained(Period(house.now - timedelta(days=1), house.now + timedelta(days=1)), now=later)
    assert {row.queue for row in rows} == {"Senior"}
