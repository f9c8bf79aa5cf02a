"""Every way of dying has its tests, and every fault test stands for one."""

import inspect
from importlib import import_module

import pytest

from tests.faults import test_killed_verbs, test_many_sweepers, test_processes, test_web
from tests.faults.ways import WAYS


def test_all_twenty_one_are_listed() -> None:
    assert list(WAYS) == list(range(1, 22))


@pytest.mark.parametrize("number", WAYS)
def test_every_named_test_exists(number: int) -> None:
    assert WAYS[number].tests
    for name in WAYS[number].tests:
        module, _dot, function = name.rpartition(".")
        assert function.startswith("test_")
        assert inspect.isfunction(getattr(import_module(module), function, None)), name


def test_every_way_the_rules_are_tested_for_is_listed_under_its_number() -> None:
    rules = import_module("tests.escalation.test_ways_of_dying")
    for name in vars(rules):
        if name.startswith("test_way_"):
            number = int(name.split("_")[2])
            assert f"{rules.__name__}.{name}" in WAYS[number].tests


@pytest.mark.parametrize("module", [test_killed_verbs, test_many_sweepers, test_processes, test_web])
def test_the_modules_that_hurt_processes_are_about_ways(module: object) -> None:
    listed = {name.rpartition(".")[0] for way in WAYS.values() for name in way.tests}
    assert getattr(module, "__name__", "") in listed
