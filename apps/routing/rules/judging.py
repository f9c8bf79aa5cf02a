"""What do all rules of a policy say about one proposal? In order: of queues, the first that is named counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.routing.rules.effects import Effects
from apps.routing.rules.expressions import Answer, BadExpression, Given, compiled


@dataclass(frozen=True, slots=True)
class Rule:
    """One published rule. `slug` is its name in the configuration, `title` what people read."""

    slug: str
    title: str
    when: str
    effects: Effects


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule answered for one proposal."""

    rule: Rule
    answer: Answer


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules that hold and those that failed, in order. Without rules there are none."""

    held: tuple[Rule, ...] = ()
    failed: tuple[Said, ...] = ()


NOTHING = Judged()


def judge(rules: Sequence[Rule], values: Mapping[str, Any]) -> Judged:
    """Ask every rule about these values (see `names.values`)."""
    if not rules:
        return NOTHING
    said = answers(rules, values)
    return Judged(
        held=tuple(one.rule for one in said if one.answer.holds),
        failed=tuple(one for one in said if one.answer.failure),
    )


def answers(rules: Sequence[Rule], values: Mapping[str, Any]) -> list[Said]:
    """What each rule says, those that do not hold too."""
    given = Given(values)
    return [Said(rule, _ask(rule, given)) for rule in rules]


def _ask(rule: Rule, given: Given) -> Answer:
    """A published condition that this version of CEL does not take any more is one that fails."""
    try:
        return compiled(rule.when).ask(given)
    except BadExpression as error:
        return Answer(False, str(error))
