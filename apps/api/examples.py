"""Examples for the API's page and document. Tests send and run them, so that they say nothing that does not work."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROPOSAL: dict[str, Any] = {
    "external_id": "call-8f31",
    "workflow": "orders",
    "action": {"name": "cancel_order", "args": {"order_id": "#W123", "reason": "no longer needed"}},
    "summary": "Cancel order #W123: the customer no longer needs it",
    "rationale": "The customer wrote an hour after ordering. The order is not packed yet.",
    "confidence": 0.91,
    "evidence": [
        {
            "id": "e1",
            "kind": "tool_result",
            "claim": "The order is not packed yet",
            "source": "orders.get(#W123)",
            "content": '{"status": "paid", "packed": false}',
            "retrieved_at": "2026-11-17T09:58:00Z",
            "untrusted": False,
        },
        {
            "id": "e2",
            "kind": "message",
            "claim": "The customer asked for it",
            "source": "mailbox.read",
            "content": "Please cancel my order, I ordered by accident.",
            "retrieved_at": "2026-11-17T09:57:00Z",
        },
    ],
    "alternatives": [
        {
            "rank": 1,
            "action": {"name": "cancel_order", "args": {"order_id": "#W123", "reason": "ordered by mistake"}},
            "summary": "Cancel it as ordered by mistake",
            "probability": 0.2,
        },
        {
            "rank": 2,
            "action": None,
            "summary": "Do nothing",
            "probability": 0.03,
            "risks": [{"code": "return", "detail": "The parcel comes back", "severity": "low"}],
        },
    ],
    "subject": {"kind": "order", "id": "#W123"},
    "impact": {"amount": "129.90", "currency": "EUR", "systems": ["shop"]},
    "run": {"id": "run-77", "step": 4, "tool_calls": [{"name": "orders.get", "ok": True, "ms": 42}]},
    "agent_version": {
        "label": "order-bot 2.1",
        "model": "some-model-2026-09",
        "prompt_version": "orders-14",
        "workflow_version": "orders-flow-6",
        "policy_version": "orders-2026-10",
        "tools": ["orders.get", "mailbox.read"],
    },
}

_REPORTED = {"occurred_at": "2025-11-17T10:20:00Z"}
# The body of every call that has one, by the name of its operation.
BODIES: Mapping[str, dict[str, Any]] = {
    "propose": PROPOSAL,
    "propose_batch": {
        "items": [
            {
                "idempotency_key": "call-8f32",
                "proposal": {
                    "external_id": "call-8f32",
                    "workflow": "orders",
                    "action": {
                        "name": "cancel_order",
                        "args": {"order_id": "#W124", "reason": "ordered by mistake"},
                    },
                    "summary": "Cancel order #W124: ordered by mistake",
                    "confidence": 0.84,
                    "agent_version": PROPOSAL["agent_version"],
                },
            }
        ]
    },
    "withdraw_proposal": {"reason": "The customer wants the order after all."},
    "answer_question": {
        "answer": "The parcel leaves at 16:00; until then the order can be cancelled.",
        "evidence": [
            {"id": "e3", "kind": "record", "claim": "Not packed yet", "source": "warehouse.status(#W123)"}
        ],
    },
    "report_result": {"disposition": "executed", **_REPORTED, "cost": "0.04", "duration_ms": 830},
    "report_outcome": {
        "verdict": "wrong",
        **_REPORTED,
        "source": "customer service",
        "severity": "low",
        "detail": "The customer had written about another order.",
    },
    "report_human_action": {
        "action": {"name": "cancel_order", "args": {"order_id": "#W123", "reason": "no longer needed"}},
        "actor": "customer service",
        **_REPORTED,
    },
    "report_events": {
        "events": [
            {
                "id": "shop-5501",
                "case": "#W123",
                "activity": "Order packed",
                "at": _REPORTED["occurred_at"],
                "resource": "warehouse",
                "cost": "1.85",
            }
        ]
    },
    "report_usage": {
        "workflow": "orders",
        "amount": "0.042",
        "currency": "EUR",
        "tokens": 18_200,
        "tool_calls": 3,
        "steps": 4,
    },
    "judge_proposal": {
        "judge": "policy-judge",
        "version": "3",
        "scale": {"kind": "score", "low": 1, "high": 5, "right_from": 4},
        "score": 4.5,
        "reasons": "The order is not packed and the customer asked within the hour.",
        "prompt_sha256": "9b1d2e3f405162738495a6b7c8d9eaf0b1c2d3e4f5061728394a5b6c7d5f0c7a",
        "model": "some-judge-2026-10",
    },
    "halt": {
        "scope": "workflow",
        "workflow": "orders",
        "reason": "The shop answers with errors since 09:40.",
    },
    "lift_halt": {"reason": "The shop answers again."},
    "redeem_grant": {"args_sha256": "5f0c7a9b1d2e3f405162738495a6b7c8d9eaf0b1c2d3e4f5061728394a5b6c7d"},
}

CLAIMS: Mapping[str, str | Promise] = {
    "iss": _("This installation: its base URL."),
    "sub": _("Slug of the agent the grant is for."),
    "jti": _("Id of the grant: what is redeemed, once."),
    "prp": _("Id of the proposal."),
    "act": _("Name of the action type that may be carried out."),
    "args_sha256": _(
        "SHA-256 of the RFC 8785 canonical JSON of {name, args}: exactly this action, nothing else."
    ),
    "iat": _("When it was issued, in seconds since 1970."),
    "nbf": _("From when it is valid; the same moment."),
    "exp": _("Until when it can be redeemed."),
}

VERIFY = """\
import hashlib

import jwt  # PyJWT with cryptography
import rfc8785


def check(token: str, key_set: dict, issuer: str, name: str, args: dict) -> dict:
    \"\"\"The claims of a grant for exactly this action. Raises what is wrong with it.\"\"\"
    key = jwt.PyJWKSet.from_dict(key_set)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], issuer=issuer)
    digest = hashlib.sha256(rfc8785.dumps({"name": name, "args": args})).hexdigest()
    if claims["act"] != name or claims["args_sha256"] != digest:
        raise ValueError("the grant is for another action")
    return claims
"""
