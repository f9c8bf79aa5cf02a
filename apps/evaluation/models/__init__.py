"""Rows of evaluation."""

from apps.evaluation.models.comparing import ShadowCase, ShadowCount
from apps.evaluation.models.following import Followed
from apps.evaluation.models.judging import Judge, JudgeCount, JudgedCase, JudgeScore, JudgeTerms

__all__ = [
    "Followed",
    "Judge",
    "JudgeCount",
    "JudgeScore",
    "JudgeTerms",
    "JudgedCase",
    "ShadowCase",
    "ShadowCount",
]
