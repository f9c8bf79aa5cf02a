"""What a button says is granted."""

import pytest

from apps.desk.queries.granting import granted
from apps.desk.queries.sight import sight
from apps.proposals.models import Proposal
from apps.registry.marks import mark_problems
from apps.registry.models import ActionType
from tests import factories

SAYS = "refund {refund} to order {order_id}"


def told(house: factories.House, proposal: Proposal, **args: object) -> str:
    fresh = Proposal.objects.select_related("action_type").get(pk=proposal.pk)
    seen = sight(fresh, by=house.alice, is_uncovered=False, others=[("delete_record", {})])
    return granted(fresh, (fresh.action_type.name, args or fresh.args), seen)


@pytest.fixture
def proposal(house: factories.House) -> Proposal:
    args = {"order_id": "#W1", "reason": "no longer needed", "refund": 1129.9}
    return factories.pending(house, action={"name": "cancel_order", "args": args})


def speak(house: factories.House, **more: object) -> None:
    marked = {"type": "number", "title": "Refund", "minimum": 0, "x-reviewhub-amount": True}
    schema = {**factories.CANCEL_SCHEMA, "x-reviewhub-grants": SAYS, **more}
    schema["properties"] = {**schema["properties"], "refund": marked}  # type: ignore[dict-item]  # a schema
    ActionType.objects.filter(pk=house.cancel_order.pk).update(args_schema=schema)


def test_the_schema_has_the_word(house: factories.House, proposal: Proposal) -> None:
    speak(house)
    assert told(house, proposal) == "refund 1,129.90 EUR to order #W1"


def test_without_its_word_title_subject_and_amount_speak(house: factories.House, proposal: Proposal) -> None:
    assert told(house, proposal) == "cancel an order, order #W1, 129.90 EUR"


def test_an_edit_says_its_own_values(house: factories.House, proposal: Proposal) -> None:
    speak(house)
    assert told(house, proposal, order_id="#W2", refund=5) == "refund 5.00 EUR to order #W2"
    # The agent's statement of the amount is about what it proposed.
    assert told(house, proposal, order_id="#W2") == "cancel an order, order #W1"


def test_what_is_hidden_stays_hidden(house: factories.House, proposal: Proposal) -> None:
    hidden = {"order_id": {"type": "string", "x-reviewhub-sensitive": True}, "refund": {"type": "number"}}
    speak(house)
    kind = ActionType.objects.get(pk=house.cancel_order.pk)
    kind.args_schema["properties"] |= hidden
    kind.save()
    assert "#W1" not in told(house, proposal)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"x-reviewhub-grants": "pay {sum}", "properties": {"amount": {}}}, "There is no argument sum."),
        ({"x-reviewhub-grants": ""}, "at most 200 characters"),
        ({"properties": {"a": {"x-reviewhub-grants": "pay"}}}, "on the schema itself"),
    ],
)
def test_a_sentence_that_says_nothing_is_refused(schema: dict[str, object], problem: str) -> None:
    assert any(problem in message for _path, message in mark_problems({"type": "object", **schema}))
