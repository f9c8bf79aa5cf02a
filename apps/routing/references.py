"""Do the arguments that rules ask for and hide exist in the actions of their workflow?"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.registry.conditions.arguments import unknown_arguments
from apps.registry.models import ActionType, Workflow

Problem = tuple[tuple[str | int, ...], str]


def arguments_of(workflow: Workflow | None) -> set[str]:
    """The names of all arguments of the actions of a workflow (None: of all), closed ones too. One query."""
    actions = ActionType.objects.all() if workflow is None else ActionType.objects.filter(workflow=workflow)
    return {
        name
        for schema in actions.values_list("args_schema", flat=True)
        for name in schema.get("properties", {})
    }


def unknown_in_rules(rules: Iterable[Mapping[str, Any]], workflow: Workflow | None) -> list[Problem]:
    """(where, sentence) of every argument that no action here has; rules as the configuration file has them.

    One query where any rule asks for an argument or hides one, else none.
    """
    rules = list(rules)
    if not any("args" in rule["when"] or rule["then"].get("mask") for rule in rules):
        return []
    known = arguments_of(workflow)
    said = _("No action here has an argument {name}.")
    found: list[Problem] = []
    for at, rule in enumerate(rules):
        found += [
            (("rules", at, "when"), said.format(name=name)) for name in unknown_arguments(rule["when"], known)
        ]
        found += [
            (("rules", at, "then", "mask"), said.format(name=name))
            for name in rule["then"].get("mask", ())
            if name not in known
        ]
    return found
