"""How would a policy answer a proposal that came in earlier, and in which ways do two answers differ? Pure.

Both policies are given the same facts and the trust its slice had then, so that nothing but the policy differs.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from apps.routing.assessment import Matrix, assess, place
from apps.routing.facts import Assessed, Facts, TrustState
from apps.routing.rules.judging import NOTHING, Judged, Rule, Said, answers
from apps.routing.rules.names import Circumstances, values
from apps.routing.states import Route
from apps.rulebook.states import Kind, Known


@dataclass(frozen=True, slots=True)
class Book:
    """What a policy says: its twelve cells and its rules in their order."""

    matrix: Matrix
    rules: tuple[Rule, ...] = ()


class Response(NamedTuple):
    """What a policy answers about one proposal, as far as people notice it.

    `queue`, `sla`, `chain` and `compliance` (whose people agree as the second; mostly empty) are slugs. `held` are the
    rules that hold, `failed` those that could not be answered. What acts waits `veto_minutes` first.
    """

    route: Route
    queue: str
    people: int
    consequence: str
    reversibility: str
    sla: str
    chain: str
    fallback: str
    verbs: tuple[str, ...]
    compliance: str
    is_blind: bool
    veto_minutes: int
    audits_after: bool
    masked: tuple[str, ...]
    held: tuple[Rule, ...]
    failed: tuple[Rule, ...]

    @property
    def manner(self) -> tuple[object, ...]:
        """How it is looked at or acts, beyond where and by how many."""
        if self.route is Route.ACT:
            return (self.consequence, self.reversibility, self.veto_minutes)
        if self.route is not Route.REVIEW:
            return ()
        return (
            *(self.consequence, self.reversibility, self.sla, self.chain, self.fallback),
            *(self.verbs, self.compliance, self.is_blind),
        )

    def as_json(self) -> dict[str, Any]:
        """What is kept of it with a case: slugs, and the titles of rules."""
        return {
            "route": self.route.value,
            "queue": self.queue,
            "people": self.people,
            "consequence": self.consequence,
            "reversibility": self.reversibility,
            "sla": self.sla,
            "chain": self.chain,
            "compliance": self.compliance,
            "blind": self.is_blind,
            "veto_minutes": self.veto_minutes,
            "masked": list(self.masked),
            "rules": [rule.title for rule in self.held],
            "failed": [rule.title for rule in self.failed],
        }


class Pair:
    """Two policies that are asked about the same proposals. A condition both have is asked once."""

    def __init__(self, before: Book, after: Book) -> None:
        self.before, self.after = before, after
        conditions: dict[str, Rule] = {}
        for rule in (*before.rules, *after.rules):
            conditions.setdefault(rule.when, rule)
        self._asked = tuple(conditions.values())
        at = {when: number for number, when in enumerate(conditions)}
        self._of_before = tuple((rule, at[rule.when]) for rule in before.rules)
        self._of_after = tuple((rule, at[rule.when]) for rule in after.rules)

    def answer(self, facts: Facts, trust: TrustState, around: Circumstances) -> tuple[Response, Response]:
        """What each of them answers."""
        said = self._ask(facts, around)
        first, second = _judged(self._of_before, said), _judged(self._of_after, said)
        return (
            _answer(assess(facts, self.before.matrix, trust, first), first),
            _answer(assess(facts, self.after.matrix, trust, second), second),
        )

    def _ask(self, facts: Facts, around: Circumstances) -> list[Said]:
        if not self._asked:
            return []
        which, how = place(facts)
        return answers(self._asked, values(facts, around, consequence=which.value, reversibility=how.value))


def _judged(rules: tuple[tuple[Rule, int], ...], said: list[Said]) -> Judged:
    if not rules:
        return NOTHING
    return Judged(
        held=tuple(rule for rule, at in rules if said[at].answer.holds),
        failed=tuple(Said(rule, said[at].answer) for rule, at in rules if said[at].answer.failure),
    )


def _answer(assessed: Assessed, judged: Judged) -> Response:
    cell = assessed.cell
    return Response(
        route=assessed.route,
        queue=cell.queue,
        people=assessed.quorum,
        consequence=cell.consequence.value,
        reversibility=cell.reversibility.value,
        sla=cell.sla,
        chain=cell.chain,
        fallback=cell.fallback.value,
        verbs=tuple(cell.verbs),
        compliance=assessed.compliance,
        is_blind=assessed.is_blind_first,
        veto_minutes=assessed.veto_minutes,
        audits_after=assessed.audits_after,
        masked=assessed.masked,
        held=judged.held,
        failed=tuple(one.rule for one in judged.failed),
    )


def differences(before: Response, after: Response, known: Known) -> list[Kind]:
    """In which ways the second answer differs from the first; none where nobody would notice.

    What is known to be wrong and would act is among them although it acted before, too.
    """
    found = _about_known(before.route, after.route, known)
    if before.route is not after.route:
        found += _of_routes(before.route, after.route)
    elif after.route is Route.REVIEW:
        if before.queue != after.queue:
            found.append(Kind.MOVED)
        if before.people != after.people:
            found.append(Kind.MORE_PEOPLE if after.people > before.people else Kind.FEWER_PEOPLE)
    if before.masked != after.masked and after.route is not Route.REFUSE:
        found.append(Kind.HIDDEN)
    is_told = any(kind is not Kind.WRONG_ACTS for kind in found)
    if not is_told and before.manner != after.manner:
        found.append(Kind.OTHERWISE)
    return found


def _of_routes(before: Route, after: Route) -> list[Kind]:
    """Of two different routes."""
    if before is Route.REFUSE:
        return [Kind.ADMITTED, Kind.ACTS] if after is Route.ACT else [Kind.ADMITTED]
    if after is Route.REVIEW:
        return [Kind.HELD if before is Route.ACT else Kind.SURFACED]
    return [{Route.REFUSE: Kind.REFUSED, Route.RECORD: Kind.RECORDED, Route.ACT: Kind.ACTS}[after]]


def _about_known(before: Route, after: Route, known: Known) -> list[Kind]:
    if known is Known.WRONG and after is Route.ACT:
        return [Kind.WRONG_ACTS]
    if known is Known.WRONG and before is Route.ACT:
        return [Kind.WRONG_STOPPED]
    newly_held = before is Route.ACT and after is not Route.ACT
    newly_refused = after is Route.REFUSE and before is not Route.REFUSE
    if known is Known.RIGHT and (newly_held or newly_refused):
        return [Kind.RIGHT_HELD]
    return []
