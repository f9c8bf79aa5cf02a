"""Maps the real proposals (tau-bench retail agents) to the contract, their labels to what a person decides.

`ground_truth` is hindsight: it plays the person and never enters a request.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.registry.states import Consequence, Effect, Reversibility
from apps.routing.states import Verb

Row = dict[str, Any]

WORKFLOW = "retail"
CONSEQUENCE = {"low": "low", "medium": "moderate", "high": "high"}
# Agreement in the data, by the data's own slices: (correct, all).
AGREEMENT = {
    "retail/return": (174, 204),
    "retail/address": (140, 159),
    "retail/cancel": (111, 137),
    "retail/exchange": (154, 213),
    "retail/modify": (166, 282),
    "retail/handoff": (20, 56),
}
_MONEY = [Effect.MOVES_MONEY, Effect.CHANGES_RECORD]
TITLES: dict[str, tuple[str, list[Effect]]] = {
    "cancel_pending_order": ("Cancel a pending order", _MONEY),
    "exchange_delivered_order_items": ("Exchange delivered items", _MONEY),
    "modify_pending_order_address": ("Ship a pending order elsewhere", [Effect.CHANGES_RECORD]),
    "modify_pending_order_items": ("Replace items of a pending order", _MONEY),
    "modify_pending_order_payment": ("Pay a pending order another way", _MONEY),
    "modify_user_address": ("Change a customer's address", [Effect.CHANGES_RECORD]),
    "return_delivered_order_items": ("Return delivered items", _MONEY),
    "transfer_to_human_agents": ("Hand the conversation to a person", [Effect.EXTERNAL_COMMUNICATION]),
}
# What a schema should say about an argument beyond its form.
_MARKS: dict[str, dict[str, Any]] = {
    "reason": {"x-reviewhub-category": True},
    "state": {"x-reviewhub-category": True},
    "country": {"x-reviewhub-category": True},
}
_MOST_ENUM = 3


@dataclass(frozen=True)
class RetailAction:
    """One action type as it has to be registered."""

    name: str
    title: str
    args_schema: dict[str, Any]
    consequence: Consequence
    reversibility: Reversibility
    effects: list[Effect]


@dataclass(frozen=True)
class Intent:
    """What the person who knows the truth decides about one proposal."""

    verb: Verb
    args: dict[str, Any] | None = None
    alternative_rank: int | None = None
    note: str = ""


def retail_actions(rows: Iterable[Row]) -> list[RetailAction]:
    """The action types of these rows, their schemas derived from every set of arguments that occurs."""
    rows = list(rows)
    placed = {row["action_type"]: (row["consequence_level"], row["reversibility"]) for row in rows}
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in TITLES}
    for row in rows:
        seen[row["action_type"]].append(row["arguments"])
        for other in [*row["alternatives"], row["ground_truth"]["override"] or {}]:
            if other.get("action_type") in seen:
                seen[other["action_type"]].append(other["arguments"])
    return [
        RetailAction(
            name,
            title,
            _schema(seen[name]),
            Consequence(CONSEQUENCE[placed[name][0]]),
            Reversibility(placed[name][1]),
            effects,
        )
        for name, (title, effects) in TITLES.items()
    ]


def body(row: Row) -> dict[str, Any]:
    """The row as the body of `POST /proposals`."""
    request: dict[str, Any] = {
        "external_id": row["external_id"],
        "workflow": WORKFLOW,
        "action": {"name": row["action_type"], "args": row["arguments"]},
        "summary": row["consequence"],
        "rationale": row["rationale"],
        "confidence": row["confidence"],
        "evidence": [*_messages(row), *(_evidence(item) for item in row["evidence"])],
        "alternatives": [_alternative(item) for item in row["alternatives"]],
        "subject": row["target"],
        "run": {
            "id": f"{row['agent_id']}/{row['task_id']}/{row['trial']}",
            "step": row["turn"],
            "tool_calls": [{"name": item["tool"], "ok": True} for item in row["evidence"]],
        },
        "agent_version": {"label": row["agent_id"], "model": row["model"], "policy_version": "tau-retail"},
        "consequence": CONSEQUENCE[row["consequence_level"]],
        "reversibility": row["reversibility"],
    }
    if row["amount"] is not None:
        request["impact"] = {"amount": f"{row['amount']:.2f}", "currency": row["currency"]}
    return request


def intent(row: Row) -> Intent:
    """Approve what was right; choose the alternative that was; correct the arguments; else reject."""
    truth = row["ground_truth"]
    if truth["correct"]:
        return Intent(Verb.APPROVE)
    if truth["correct_alternative_rank"] is not None:
        return Intent(Verb.CHOOSE_ALTERNATIVE, alternative_rank=truth["correct_alternative_rank"])
    override = truth["override"]
    if override["kind"] == "replace" and override["action_type"] == row["action_type"]:
        return Intent(Verb.EDIT, args=override["arguments"])
    right = (
        f"Right: {override['action_type']} {json.dumps(override['arguments'])}"
        if override["action_type"]
        else ""
    )
    return Intent(Verb.REJECT, note=right)


def _schema(seen: list[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for args in seen for name in args))
    return {
        "type": "object",
        "properties": {
            name: _property(name, [args[name] for args in seen if name in args]) for name in names
        },
        "required": [name for name in names if all(name in args for args in seen)],
        "additionalProperties": False,
    }


def _property(name: str, values: list[Any]) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    if all(isinstance(value, list) for value in values):
        return {"type": "array", "title": title, "items": {"type": "string"}}
    choices = sorted(set(values))
    closed = {"enum": choices} if 1 < len(choices) <= _MOST_ENUM else {}
    return {"type": "string", "title": title, **closed, **_MARKS.get(name, {})}


def _messages(row: Row) -> list[dict[str, Any]]:
    said = {"customer_request": "what the customer asked for", "last_customer_message": "what they said last"}
    return [
        {
            "id": name,
            "kind": "message",
            "title": title.capitalize(),
            "source": "customer",
            "content": row[name],
        }
        for name, title in said.items()
        if row[name]
    ]


def _evidence(item: Row) -> dict[str, Any]:
    return {
        "id": f"turn-{item['turn']}",
        "kind": "tool_result",
        "title": item["tool"],
        "source": f"{item['tool']}({json.dumps(item['query'])})"[:300],
        "claim": f"names {', '.join(item['matched'])}"[:1000] if item["matched"] else "",
        "content": item["text"],
    }


def _alternative(item: Row) -> dict[str, Any]:
    is_nothing = item["action_type"] == "no_action"
    action = None if is_nothing else {"name": item["action_type"], "args": item["arguments"]}
    return {
        "rank": item["rank"],
        "action": action,
        "summary": "Do nothing" if is_nothing else f"{TITLES[item['action_type']][0]} instead",
        "probability": item["probability"],
        "risks": list(_risks(item["risk_indicators"])),
    }


def _risks(indicators: Row) -> Iterable[dict[str, str]]:
    if indicators["changes_target"]:
        yield {"code": "changes_target", "detail": "It is about something else.", "severity": "high"}
    if indicators["changes_action"]:
        yield {"code": "changes_action", "detail": "It is another kind of action.", "severity": "moderate"}
    if indicators["differing_fields"]:
        fields = ", ".join(indicators["differing_fields"])
        yield {"code": "differing_fields", "detail": f"Differs in {fields}."[:500], "severity": "low"}
    if indicators["amount_delta"]:
        yield {"code": "amount_delta", "detail": f"{indicators['amount_delta']:+.2f}", "severity": "moderate"}
    if indicators["tool_error_share"]:
        share = f"{indicators['tool_error_share']:.0%} of such calls failed."
        yield {"code": "tool_errors", "detail": share, "severity": "high"}
