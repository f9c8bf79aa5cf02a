"""A proposal with its evidence and alternatives, questions about it, the answer it got, and what came of it."""

from apps.proposals.models.aftermath import HumanAction, Outcome, Result
from apps.proposals.models.answer import Grant, Resolution, SigningKey
from apps.proposals.models.examination import Examination
from apps.proposals.models.proposal import WORDS, Alternative, Assessment, Evidence, Proposal
from apps.proposals.models.question import Question

__all__ = [
    "WORDS",
    "Alternative",
    "Assessment",
    "Evidence",
    "Examination",
    "Grant",
    "HumanAction",
    "Outcome",
    "Proposal",
    "Question",
    "Resolution",
    "Result",
    "SigningKey",
]
