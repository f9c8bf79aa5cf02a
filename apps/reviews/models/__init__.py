"""Queues, tasks, decisions and how they came about, and the bank of gold tasks."""

from apps.reviews.models.attention import Attention
from apps.reviews.models.check import EvidenceCheck
from apps.reviews.models.decision import Decision
from apps.reviews.models.emergency import Emergency
from apps.reviews.models.gold import GoldCase, GoldReading, Seeding
from apps.reviews.models.gold_answer import GoldAnswer, GoldDispute
from apps.reviews.models.pick import BlindPick
from apps.reviews.models.queue import Queue, QueuePersonRight, QueueTeamRight
from apps.reviews.models.task import QueueVisit, Task

__all__ = [
    "Attention",
    "BlindPick",
    "Decision",
    "Emergency",
    "EvidenceCheck",
    "GoldAnswer",
    "GoldCase",
    "GoldDispute",
    "GoldReading",
    "Queue",
    "QueuePersonRight",
    "QueueTeamRight",
    "QueueVisit",
    "Seeding",
    "Task",
]
