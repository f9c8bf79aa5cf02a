"""A proposal with its evidence and alternatives, the answer it got, and what came of it."""

from apps.proposals.models.aftermath import HumanAction, Outcome, Result
from apps.proposals.models.answer import Grant, Resolution, SigningKey
from apps.proposals.models.proposal import Alternative, Assessment, Evidence, Proposal

__all__ = [
    "Alternative",
    "Assessment",
    "Evidence",
    "Grant",
    "HumanAction",
    "Outcome",
    "Proposal",
    "Resolution",
    "Result",
    "SigningKey",
]
