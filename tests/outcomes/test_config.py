"""KPIs in the configuration file: declared once, changed by a new version, refused where they say nothing."""

import pytest

from apps.accounts.models import User
from apps.outcomes.config import Kpis
from apps.outcomes.models import Kpi, KpiVersion
from apps.outcomes.states import Measure
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from tests.factories import House

ENTRY = """
kpis:
  - kpi: orders/time-to-close
    name: Time to close
    measure: cycle_time
    direction: lower
    definition: From opening to closing.
    ends_with: Close
    target: 3.50
    owner: olga
"""


def _load(house: House, text: str, **how: object) -> list:
    return import_configuration(text, by=how.pop("by", None), now=house.now, **how)


def test_a_kpi_is_declared_once_and_another_meaning_is_a_new_version(house: House) -> None:
    assert [change.name for change in _load(house, ENTRY)] == ["orders/time-to-close"]
    version = KpiVersion.objects.get()
    assert (version.number, version.unit, version.created_by, version.kpi.owner) == (1, "h", None, house.olga)
    assert _load(house, ENTRY) == []
    assert _load(house, ENTRY.replace("3.50", "3.5")) == []
    _load(house, ENTRY.replace("name: Time to close", "name: Time").replace("olga", "adam"), by=house.adam)
    assert (KpiVersion.objects.count(), Kpi.objects.get().name) == (1, "Time")
    _load(house, ENTRY.replace("3.50", "4"))
    newest = KpiVersion.objects.first()
    assert (newest.number, newest.target, newest.reason) == (2, 4, "From the configuration file.")
    # What is exported changes nothing when it is imported again.
    assert _load(house, export_configuration()) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("owner: olga", "owner: nobody", "nobody"),
        ("orders/time", "nowhere/time", "nowhere"),
        ("orders/time-to-close", "time-to-close", "kpi"),
        ("cycle_time", "speed", "measure"),
        ("cycle_time", "cost", "three letters, such as EUR"),
        ("cycle_time", "reported", "leave “measured to” empty"),
        ("ends_with: Close", "unit: EUR", "has a unit of its own"),
        ("3.50", "-1", "zero or more"),
        ("3.50", "0.00001", "target"),
        ("definition: From opening to closing.", "definition: ''", "definition"),
        ("owner: olga", "owner: olga\n    cadence: weekly", "cadence"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(
    house: House, before: str, after: str, told: str
) -> None:
    with pytest.raises(WrongConfiguration) as refused:
        _load(house, ENTRY.replace(before, after))
    assert told in str(refused.value)
    assert not Kpi.objects.exists()


def test_an_owner_who_may_not_sign_in_is_refused(house: House) -> None:
    User.objects.filter(pk=house.bob.pk).update(is_active=False)
    with pytest.raises(WrongConfiguration, match="may not sign in"):
        _load(house, ENTRY.replace("olga", "bob"))


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_is_written_and_read_again(house: House, measure: Measure) -> None:
    text = ENTRY.replace("cycle_time", measure.value).replace("    ends_with: Close\n", "")
    if measure in (Measure.COST, Measure.REPORTED):
        text += "    unit: EUR\n"
    _load(house, text)
    (entry,) = Kpis.current()
    assert Kpis.Model.model_validate(entry).canonical() == entry
