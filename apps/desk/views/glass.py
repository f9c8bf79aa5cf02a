"""What the card of a task says about an emergency: the one in which it was taken, and the form to take it in one."""

from typing import Any

from apps.accounts.policies import allows
from apps.accounts.requests import PersonRequest
from apps.desk.forms.handing import EmergencyForm
from apps.desk.queries.sight import Sight
from apps.reviews import breaking, policies
from apps.reviews.models import Task
from apps.reviews.states import MOVES


def emergency_facts(
    request: PersonRequest, task: Task, seen: Sight, *, is_mine: bool, form: EmergencyForm | None
) -> dict[str, Any]:
    """For the context of the page. `form` is a bound one to show again."""
    emergency = breaking.emergency_of(task)
    can_break = (
        task.status in MOVES["break_glass"].before
        and not is_mine
        and allows(policies.check_break_glass, task, by=request.user, reason="-")
    )
    return {
        "emergency_form": form or EmergencyForm(),
        "open_emergency": form is not None,
        "can_break": can_break,
        "emergency": emergency,
        "emergency_reason": seen.text(emergency.reason) if emergency else "",
    }
