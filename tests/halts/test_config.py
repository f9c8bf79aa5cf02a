"""The `breakers:` section of the configuration file."""

import pytest

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.halts.breaker import DEFAULTS, Rule
from apps.halts.rules import rule_in, set_rule
from apps.registry.catalogue import current_book
from reviewhub.configuration import WrongConfiguration, export_configuration, import_configuration
from tests.factories import House

FILE = "breakers:\n  - {workflow: orders, failures: 3, of: 10, hours: 6}\n"


def test_a_rule_of_its_own_counts_at_once_and_comes_out_again(house: House) -> None:
    assert rule_in(current_book(), house.workflow.pk) == DEFAULTS
    import_configuration(FILE, by=None, now=house.now)
    assert rule_in(current_book(), house.workflow.pk) == Rule(3, 10, 6)
    assert "failures: 3" in export_configuration()
    import_configuration(FILE, by=None, now=house.now)
    told = Event.objects.get(verb="breaker.set")
    assert told.data["text"] == "3 failures among the last 10 results within 6 hours"


def test_a_workflow_that_goes_by_the_default_is_left_out(house: House) -> None:
    import_configuration(FILE, by=None, now=house.now)
    import_configuration("breakers:\n  - {workflow: orders}\n", by=None, now=house.now)
    assert rule_in(current_book(), house.workflow.pk) == DEFAULTS
    assert "failures:" not in export_configuration()


@pytest.mark.parametrize("wrong", ["failures: 11, of: 10", "failures: 0", "hours: 0", "of: 201", "x: 1"])
def test_numbers_that_make_no_breaker_are_refused(house: House, wrong: str) -> None:
    with pytest.raises(WrongConfiguration):
        import_configuration(f"breakers:\n  - {{workflow: orders, {wrong}}}\n", by=None, now=house.now)


def test_only_admins_set_it(house: House) -> None:
    with pytest.raises(NotAllowed):
        set_rule(workflow=house.workflow, rule=Rule(1, 1, 1), by=house.gina, now=house.now)
    assert set_rule(workflow=house.workflow, rule=Rule(1, 1, 1), by=house.adam, now=house.now)
    assert not set_rule(workflow=house.workflow, rule=Rule(1, 1, 1), by=house.adam, now=house.now)
