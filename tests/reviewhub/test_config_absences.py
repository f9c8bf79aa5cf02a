"""When people are away and who stands in, as a section of the configuration file."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import actions
from apps.accounts.config import Absences
from apps.accounts.models import Absence
from apps.audit.models import Event
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration

DAY = timedelta(days=1)


def written(moment):
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def today():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def load(house, today):
    return lambda text, **options: import_configuration(
        text, by=options.pop("by", None), now=today, **options
    )


def away(today, *spans):
    """Bob's entry; each span is (first day, last day, rest of the line), days from today."""
    lines = [
        f"      - {{starts_at: {written(today + first * DAY)}, ends_at: {written(today + last * DAY)}{more}}}"
        for first, last, more in spans
    ]
    return "absences:\n  - person: bob\n    away:\n" + "\n".join(lines)


def test_who_is_away_is_exactly_who_is_listed_once(house, load, today):
    actions.set_absence(
        person=house.bob, starts_at=today + DAY, ends_at=today + 2 * DAY, by=house.bob, now=today
    )
    text = away(today, (3, 5, ", delegate: alice"), (-1, 1, ""))
    (change,) = load(text, dry_run=True)
    assert "+    delegate: alice" in change.diff()
    assert Absence.objects.get().starts_at == today + DAY
    assert len(load(text)) == 1
    rows = Absence.objects.order_by("starts_at").values_list("user__short", "starts_at", "delegate__short")
    assert list(rows) == [("bob", today - DAY, None), ("bob", today + 3 * DAY, "alice")]
    told = Event.objects.filter(verb__startswith="absence.").order_by("id")
    assert list(told.values_list("verb", flat=True)) == [
        "absence.set",
        "absence.cancelled",
        "absence.set",
        "absence.set",
    ]
    assert load(text) == []


def test_what_is_exported_imports_without_a_change(house, load, today):
    load(away(today, (3, 5, ", delegate: alice")))
    exported = export_configuration()
    assert load(exported) == []
    Absence.objects.all().delete()
    (change,) = load(exported)
    assert (change.section, change.name) == ("absences", "bob")
    assert export_configuration() == exported


def test_an_empty_list_says_that_nobody_is_away_and_says_it_once(house, load, today):
    load(away(today, (1, 2, "")))
    nobody = "absences: [{person: bob}]"
    assert len(load(nobody)) == 1
    assert not Absence.objects.exists()
    assert load(nobody) == []


def test_what_is_over_is_history_and_is_neither_written_nor_touched(house, load, today):
    actions.set_absence(
        person=house.bob, starts_at=today - 9 * DAY, ends_at=today - 5 * DAY, by=house.bob, now=today
    )
    assert Absences.current() == []
    assert load("absences: [{person: bob}]") == []
    assert load(away(today, (-30, -20, ""))) == []
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("spans", "says"),
    [
        ([(2, 1, "")], "absences[0].away[0]: An absence ends after it starts."),
        ([(1, 2, ", delegate: bob")], "absences[0]: Nobody stands in for themselves."),
        ([(1, 2, ", delegate: alise")], "There is no 'alise' in people; did you mean 'alice'?"),
    ],
)
def test_what_can_not_be_is_refused_with_its_place(load, today, spans, says):
    with pytest.raises(WrongConfiguration) as refusal:
        load(away(today, *spans))
    assert any(says in str(problem) for problem in refusal.value.problems)
    assert not Absence.objects.exists()


def test_a_moment_has_its_zone(load):
    with pytest.raises(WrongConfiguration, match="timezone"):
        load("absences: [{person: bob, away: [{starts_at: 2030-01-01T08:00, ends_at: 2030-01-02T08:00}]}]")


def test_in_somebodys_name_only_an_admin_says_it_for_others(house, load, today):
    text = away(today, (1, 2, ""))
    with pytest.raises(WrongConfiguration, match="Only the person or an admin"):
        load(text, by=house.alice)
    load(text, by=house.adam)
    assert Event.objects.get(verb="absence.set").actor_name == "Adam"
