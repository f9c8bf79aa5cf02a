"""The three layers: who, if anybody, must look at this proposal, and why?

Model: is the stated confidence above the threshold the slice has earned? Rules: what consequence, money and effects
demand whatever the confidence. Context: is anything about it new, stale or in conflict? Pure: takes facts, a cell of
the matrix and the trust state; knows no ORM, no request, no clock. It reads declared fields only: no text of an
agent or of evidence can steer it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from apps.registry.states import (
    Consequence,
    Effect,
    Reversibility,
    Stage,
    stricter_consequence,
    stricter_reversibility,
)
from apps.routing.facts import Assessed, Cell, Facts, Reason, TrustState
from apps.routing.states import Layer, Route
from apps.trust.levels import audits_before, needs_veto_window
from apps.trust.states import Basis

# Beyond two people and everything in its context.
_ASKS_FOR_A_PERSON = frozenset({"unknown_reversibility", "commits_organisation"})
Matrix = Mapping[tuple[Consequence, Reversibility], Cell]

_STAGES = [Stage.SUSPENDED, Stage.SHADOW, Stage.ASSISTED, Stage.SUPERVISED]


def place(facts: Facts) -> tuple[Consequence, Reversibility]:
    """The cell's address: the stricter of registry and hint on each axis; an unknown reversibility is irreversible."""
    consequences = [facts.consequence]
    if facts.hinted_consequence:
        consequences.append(facts.hinted_consequence)
    reversibilities = [_known_reversibility(facts.reversibility)]
    if facts.hinted_reversibility:
        reversibilities.append(_known_reversibility(facts.hinted_reversibility))
    return stricter_consequence(consequences), stricter_reversibility(reversibilities)


def assess(facts: Facts, matrix: Matrix, trust: TrustState) -> Assessed:
    """Answer for one proposal. Raises KeyError when the matrix lacks a cell (publishing refuses such a matrix)."""
    cell = matrix[place(facts)]
    stage = lower_stage(trust.stage, cell.ceiling)
    reasons = (
        *_stage_reasons(stage, trust, cell),
        *_model_layer(facts, trust),
        *_rule_layer(facts, cell),
        *_context_layer(facts, cell),
    )
    quorum = max([cell.quorum, *(reason.figures.get("people", 1) for reason in reasons)])
    autonomy = _autonomy(facts, trust, cell, stage, quorum, reasons)
    return Assessed(
        route=autonomy.route or _route(stage),
        stage=stage,
        quorum=quorum,
        tier=tier(cell),
        cell=cell,
        reasons=(*reasons, *autonomy.reasons),
        basis=autonomy.basis,
        could_act=autonomy.could_act,
        veto_minutes=autonomy.veto_minutes,
        audits_after=autonomy.audits_after,
    )


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
    is_audited = trust.coin < trust.audit_rate
    if is_audited and audits_before(cell.reversibility):
        # No reason tells of the audit: the person must not know, and the agent must not learn.
        return _Autonomy(Basis.AUDIT, could_act=True)
    waits = trust.veto_always or needs_veto_window(cell.consequence, cell.reversibility)
    return _Autonomy(
        Basis.AUDIT if is_audited else Basis.FULL,
        Route.ACT,
        could_act=True,
        veto_minutes=trust.veto_minutes if waits else 0,
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
