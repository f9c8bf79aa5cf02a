"""Whatever the arguments and whatever the limit: the door answers yes, no or why not, and never falls over."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.registry.models import ActionType, AgentGrant
from apps.registry.scopes import AgentScope, stored
from tests.api.conftest import AgentClient
from tests.factories import House, proposal_body
from tests.registry.test_scopes import ARGS, CONDITIONS

SUBJECTS = st.none() | st.fixed_dictionaries(
    {"kind": st.just("order"), "id": st.text(min_size=1, max_size=9)}
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(args=ARGS, within=CONDITIONS, other=ARGS, subject=SUBJECTS)
def test_no_argument_and_no_limit_is_answered_with_a_500(
    bot: AgentClient,
    house: House,
    args: dict[str, Any],
    within: str,
    other: dict[str, Any],
    subject: dict[str, Any] | None,
) -> None:
    ActionType.objects.filter(pk=house.cancel_order.pk).update(args_schema={"type": "object"})
    # NUL is nothing the database could keep of a condition either.
    kept = stored([AgentScope((), within.replace("\0", ""))])
    AgentGrant.objects.filter(agent=house.agent).update(scopes=kept)
    alternative = {"rank": 1, "action": {"name": "cancel_order", "args": other}, "summary": "Else"}
    body = proposal_body(
        action={"name": "cancel_order", "args": args}, alternatives=[alternative], subject=subject
    )
    answer = bot.propose(body)
    assert answer.status_code in (201, 202, 403, 422), (answer.status_code, answer.content[:300])
    if answer.status_code == 403:
        assert json.loads(answer.content)["type"].endswith("#problem-outside-scope")
