"""The three layers: who, if anybody, must look at this proposal, and why?

Model: is the stated confidence above the threshold the slice has earned? Rules: what consequence, money and effects
demand whatever the confidence, and what the admins' own rules ask for (see `routing.rules`). Context: is anything about
it new, stale or in conflict? Pure: takes facts, the matrix, the trust state and what the rules answered; knows no ORM,
no request, no clock. It reads declared fields only: no text of an agent or of evidence can steer it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from apps.registry.states import (
    Consequence,
    Effect,
    Reversibility,
    Stage,
    stricter_consequence,
    stricter_reversibility,
)
from apps.routing.facts import Assessed, Cell, Facts, Reason, TrustState
from apps.routing.rules.judging import NOTHING, Judged, Rule
from apps.routing.states import BlindFirst, Layer, Route
from apps.trust.levels import audits_before, needs_veto_window
from apps.trust.states import Basis

# Beyond two people and everything in its context.
_ASKS_FOR_A_PERSON = frozenset(
    {"unknown_reversibility", "commits_organisation", "rule_review", "rule_uncorroborated", "rule_failed"}
)
Matrix = Mapping[tuple[Consequence, Reversibility], Cell]

_STAGES = [Stage.SUSPENDED, Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED]


def place(facts: Facts, held: Sequence[Rule] = ()) -> tuple[Consequence, Reversibility]:
    """The cell's address: the strictest of registry, hint and the rules that hold, on each axis; an unknown
    reversibility is irreversible.
    """
    consequences = [facts.consequence]
    if facts.hinted_consequence:
        consequences.append(facts.hinted_consequence)
    reversibilities = [_known_reversibility(facts.reversibility)]
    if facts.hinted_reversibility:
        reversibilities.append(_known_reversibility(facts.hinted_reversibility))
    for rule in held:
        consequences.extend(filter(None, [rule.effects.consequence]))
        reversibilities.extend(filter(None, [rule.effects.reversibility]))
    return stricter_consequence(consequences), stricter_reversibility(reversibilities)


def assess(facts: Facts, matrix: Matrix, trust: TrustState, judged: Judged = NOTHING) -> Assessed:
    """Answer for one proposal. Raises KeyError when the matrix lacks a cell (publishing refuses such a matrix)."""
    cell = ruled(matrix[place(facts, judged.held)], judged.held)
    stage = lower_stage(trust.stage, cell.ceiling)
    reasons = (
        *_stage_reasons(stage, trust, cell),
        *_model_layer(facts, trust),
        *_rule_layer(facts, cell),
        *_own_rules(facts, cell, judged),
        *_context_layer(facts, cell),
    )
    quorum = max([cell.quorum, *(reason.figures.get("people", 1) for reason in reasons)])
    autonomy = _autonomy(facts, trust, cell, stage, quorum, reasons)
    return Assessed(
        route=Route.REFUSE if judged.refusal else autonomy.route or _route(stage),
        stage=stage,
        quorum=quorum,
        tier=tier(cell),
        cell=cell,
        reasons=(*reasons, *autonomy.reasons),
        basis=autonomy.basis,
        could_act=autonomy.could_act,
        veto_minutes=autonomy.veto_minutes,
        audits_after=autonomy.audits_after,
        audit_rate=max(trust.audit_rate, cell.audit_floor),
        compliance=next((rule.effects.compliance for rule in judged.held if rule.effects.compliance), ""),
        masked=tuple(sorted({name for rule in judged.held for name in rule.effects.mask})),
    )


def ruled(cell: Cell, held: Sequence[Rule]) -> Cell:
    """The cell with what the rules that hold change in it: the first queue named, and whether every look is blind."""
    queue = next((rule.effects.queue for rule in held if rule.effects.queue), "")
    return _changed(cell, queue, is_blind=any(rule.effects.blind for rule in held))


def as_ruled(cell: Cell, reasons: Sequence[Mapping[str, Any]]) -> Cell:
    """The same, later on, from the stored reasons of a proposal (`Reason.as_json`)."""
    queues = [reason["figures"]["queue"] for reason in reasons if reason["code"] == "rule_queue"]
    is_blind = any(reason["code"] == "rule_blind" for reason in reasons)
    return _changed(cell, queues[0] if queues else "", is_blind=is_blind)


def _changed(cell: Cell, queue: str, *, is_blind: bool) -> Cell:
    blind_first = cell.blind_first | {BlindFirst.REVIEWS} if is_blind else cell.blind_first
    return replace(cell, queue=queue or cell.queue, blind_first=blind_first)


class _Autonomy(NamedTuple):
    """May it act by itself; if a person looks, on which basis?"""

    basis: Basis
    route: Route | None = None
    could_act: bool = False
    veto_minutes: int = 0
    audits_after: bool = False
    reasons: tuple[Reason, ...] = ()


def _autonomy(
    facts: Facts, trust: TrustState, cell: Cell, stage: Stage, quorum: int, reasons: Sequence[Reason]
) -> _Autonomy:
    """What a supervised slice may do with a confident proposal: act, be audited, or wait for a person after all.

    Any rule that asks for two people and anything unusual in its context brings it to a person, as if unsupervised.
    """
    if stage is Stage.SHADOW:
        return _Autonomy(Basis.SHADOW)
    if trust.stage is not Stage.SUPERVISED or trust.threshold is None or facts.confidence < trust.threshold:
        return _Autonomy(Basis.FULL)
    if (
        stage is not Stage.SUPERVISED
        or quorum > 1
        or any(reason.layer is Layer.CONTEXT or reason.code in _ASKS_FOR_A_PERSON for reason in reasons)
    ):
        return _Autonomy(Basis.CONTEXT)
    if trust.is_held:
        return _Autonomy(Basis.PAUSED, could_act=True, reasons=(Reason(Layer.MODEL, "held"),))
    is_audited = trust.coin < max(trust.audit_rate, cell.audit_floor)
    if is_audited and audits_before(cell.reversibility):
        # No reason tells of the audit: the person must not know, and the agent must not learn.
        return _Autonomy(Basis.AUDIT, could_act=True)
    waits = trust.veto_always or needs_veto_window(cell.consequence, cell.reversibility)
    minutes = max(trust.veto_minutes if waits else 0, cell.veto_minutes)
    return _Autonomy(
        Basis.AUDIT if is_audited else Basis.FULL,
        Route.ACT,
        could_act=True,
        veto_minutes=minutes,
        audits_after=is_audited,
    )


def lower_stage(earned: Stage, ceiling: Stage) -> Stage:
    """The stage that applies: what was earned, but never above the matrix cell's ceiling."""
    return min(earned, ceiling, key=_STAGES.index)


def tier(cell: Cell) -> int:
    """0 (low, reversible) to 11 (critical, irreversible): consequence first, then reversibility."""
    return list(Consequence).index(cell.consequence) * 3 + list(Reversibility).index(cell.reversibility)


def _route(stage: Stage) -> Route:
    if stage is Stage.SUSPENDED:
        return Route.REFUSE
    if stage is Stage.SHADOW:
        return Route.RECORD
    return Route.REVIEW


def _stage_reasons(stage: Stage, trust: TrustState, cell: Cell) -> list[Reason]:
    reasons = [Reason(Layer.RULE, f"stage_{stage.value}")]
    if stage is not trust.stage:
        reasons.append(
            Reason(Layer.RULE, "ceiling", {"earned": trust.stage.value, "ceiling": cell.ceiling.value})
        )
    return reasons


def _model_layer(facts: Facts, trust: TrustState) -> list[Reason]:
    confidence = round(facts.confidence, 4)
    if trust.threshold is None:
        return [Reason(Layer.MODEL, "no_threshold", {"confidence": confidence})]
    if facts.confidence < trust.threshold:
        return [
            Reason(Layer.MODEL, "below_threshold", {"confidence": confidence, "threshold": trust.threshold})
        ]
    return [Reason(Layer.MODEL, "above_threshold", {"confidence": confidence, "threshold": trust.threshold})]


def _rule_layer(facts: Facts, cell: Cell) -> list[Reason]:
    return [reason for rule in _RULES if (reason := rule(facts, cell)) is not None]


def _people(facts: Facts, cell: Cell) -> Reason | None:
    if cell.quorum == 1:
        return None
    figures = {
        "people": cell.quorum,
        "consequence": cell.consequence.value,
        "reversibility": cell.reversibility.value,
    }
    return Reason(Layer.RULE, "matrix_people", figures)


def _amount(facts: Facts, cell: Cell) -> Reason | None:
    if facts.amount is None or facts.amount_limit is None:
        return None
    if facts.currency != facts.limit_currency:
        figures = {"currency": facts.currency or "—", "expected": facts.limit_currency, "people": 2}
        return Reason(Layer.RULE, "amount_other_currency", figures)
    if abs(facts.amount) <= facts.amount_limit:
        return None
    figures = {
        "amount": str(facts.amount),
        "limit": str(facts.amount_limit),
        "currency": facts.currency,
        "people": 2,
    }
    return Reason(Layer.RULE, "amount_over_limit", figures)


def _amount_missing(facts: Facts, cell: Cell) -> Reason | None:
    if facts.amount_limit is None or facts.amount is not None or Effect.MOVES_MONEY not in facts.effects:
        return None
    return Reason(Layer.RULE, "amount_missing", {"people": 2})


def _outside(facts: Facts, cell: Cell) -> Reason | None:
    return (
        Reason(Layer.RULE, "external_communication")
        if Effect.EXTERNAL_COMMUNICATION in facts.effects
        else None
    )


def _commits(facts: Facts, cell: Cell) -> Reason | None:
    return (
        Reason(Layer.RULE, "commits_organisation") if Effect.COMMITS_ORGANISATION in facts.effects else None
    )


def _deletion(facts: Facts, cell: Cell) -> Reason | None:
    return Reason(Layer.RULE, "deletes_data", {"people": 2}) if Effect.DELETES_DATA in facts.effects else None


def _unknown_reversibility(facts: Facts, cell: Cell) -> Reason | None:
    known = set(Reversibility.values)
    given = {facts.reversibility, facts.hinted_reversibility or facts.reversibility}
    return None if given <= known else Reason(Layer.RULE, "unknown_reversibility")


def _stricter_hint(facts: Facts, cell: Cell) -> Reason | None:
    placed = replace(facts, hinted_consequence=None, hinted_reversibility=None)
    if place(facts) == place(placed):
        return None
    figures = {"consequence": cell.consequence.value, "reversibility": cell.reversibility.value}
    return Reason(Layer.RULE, "stricter_hint", figures)


_RULES: tuple[Callable[[Facts, Cell], Reason | None], ...] = (
    _people,
    _amount,
    _amount_missing,
    _outside,
    _commits,
    _deletion,
    _unknown_reversibility,
    _stricter_hint,
)


def _own_rules(facts: Facts, cell: Cell, judged: Judged) -> list[Reason]:
    """What the admins' rules ask for, one reason each thing, in their order; those that failed last."""
    reasons = [reason for rule in judged.held for reason in _asked_for(rule, facts, cell)]
    failures = [
        Reason(Layer.RULE, "rule_failed", {"rule": one.rule.title, "failure": one.answer.failure})
        for one in judged.failed
    ]
    return [*reasons, *failures]


def _asked_for(rule: Rule, facts: Facts, cell: Cell) -> list[Reason]:
    asked, named = rule.effects, {"rule": rule.title}
    found: list[tuple[str, dict[str, Any]]] = []
    if asked.refuse:
        found.append(("rule_refuse", {}))
    if asked.consequence or asked.reversibility:
        figures = {"consequence": cell.consequence.value, "reversibility": cell.reversibility.value}
        found.append(("rule_raised", figures))
    if asked.review:
        found.append(("rule_review", {}))
    if asked.queue:
        found.append(("rule_queue", {"queue": cell.queue}))
    if asked.second_approver:
        found.append(("rule_second_approver", {"people": 2}))
    if asked.compliance:
        found.append(("rule_compliance", {"queue": asked.compliance, "people": 2}))
    if asked.corroborated:
        found.append(("rule_corroborated" if facts.is_corroborated else "rule_uncorroborated", {}))
    if asked.blind:
        found.append(("rule_blind", {}))
    if asked.mask:
        found.append(("rule_mask", {"names": list(asked.mask)}))
    return [Reason(Layer.RULE, code, {**named, **figures}) for code, figures in found]


def _context_layer(facts: Facts, cell: Cell) -> list[Reason]:
    reasons = []
    if facts.unseen:
        reasons.append(
            Reason(Layer.CONTEXT, "never_seen", {"what": list(facts.unseen[:5]), "count": len(facts.unseen)})
        )
    stale = sum(
        1
        for item in facts.evidence
        if item.retrieved_at is not None
        and (facts.now - item.retrieved_at).total_seconds() > cell.evidence_stale_seconds
    )
    if stale:
        hours = f"{cell.evidence_stale_seconds / 3600:g}"
        reasons.append(Reason(Layer.CONTEXT, "stale_evidence", {"count": stale, "hours": hours}))
    if not facts.evidence:
        reasons.append(Reason(Layer.CONTEXT, "no_evidence"))
    if facts.open_on_subject:
        reasons.append(Reason(Layer.CONTEXT, "open_on_subject", {"count": facts.open_on_subject}))
    return reasons


def _known_reversibility(value: str) -> str:
    return value if value in set(Reversibility.values) else Reversibility.IRREVERSIBLE
