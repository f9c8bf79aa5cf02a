"""Working calendars, SLA policies, and the clock cycles that run by a version of each."""

from apps.sla.models.calendar import Calendar, CalendarVersion
from apps.sla.models.cycle import ClockCycle, ClockEvent
from apps.sla.models.policy import SlaPolicy, SlaPolicyVersion

__all__ = ["Calendar", "CalendarVersion", "ClockCycle", "ClockEvent", "SlaPolicy", "SlaPolicyVersion"]
