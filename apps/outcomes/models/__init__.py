"""Tables of outcomes."""

from apps.outcomes.models.kpis import Baseline, Kpi, KpiVersion, Statement
from apps.outcomes.models.logs import BadRow, EventLog, ImportProgress, LogEvent, LogPart
from apps.outcomes.models.measured import (
    FollowedDay,
    MeasuredCase,
    MeasuredDay,
    OwnEventsTold,
    Reading,
    TouchedCase,
)

__all__ = [
    "BadRow",
    "Baseline",
    "EventLog",
    "FollowedDay",
    "ImportProgress",
    "Kpi",
    "KpiVersion",
    "LogEvent",
    "LogPart",
    "MeasuredCase",
    "MeasuredDay",
    "OwnEventsTold",
    "Reading",
    "Statement",
    "TouchedCase",
]
