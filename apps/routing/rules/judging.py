"""What do all rules of a policy say about one proposal? In order: of queues, the first that is named counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.registry.conditions.expressions import Answer
from apps.routing.rules.effects import Effects
from apps.routing.rules.expressions import RULES


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

    @property
    def refusal(self) -> str:
        """The sentence of the first rule that refuses it; empty when none does."""
        for rule in self.held:
            if rule.effects.refuse:
                return _("Rule “{rule}”: {sentence}").format(rule=rule.title, sentence=rule.effects.refuse)
        return ""


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
    given = RULES.given(values)
    # A published condition that this version of CEL does not take any more is one that fails.
    return [Said(rule, RULES.asked(rule.when, given)) for rule in rules]
