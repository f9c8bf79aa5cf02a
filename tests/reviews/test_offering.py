"""The list of possible actions: everything once, stable for a person, and in an order that tells nothing."""

from collections import Counter
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.reviews.offering import Action, Option, option_of, options

SECRET = b"kept by nobody outside"
ACTIONS = st.lists(
    st.builds(lambda n: Action(f"action_{n}", {"n": n}, f"{n:064x}"), st.integers(0, 40)), max_size=8
)


def _listed(actions: list[Action], task_id: UUID, person: int = 1, secret: bytes = SECRET) -> list[Option]:
    return options(actions, task_id=task_id, person=person, secret=secret)


@given(ACTIONS, st.uuids(), st.data())
def test_the_order_does_not_depend_on_which_one_the_agent_chose(
    actions: list[Action], task_id: UUID, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(actions))
    assert _listed(list(shuffled), task_id) == _listed(actions, task_id)


@given(ACTIONS, st.uuids())
def test_every_action_is_there_once_and_found_by_its_key(actions: list[Action], task_id: UUID) -> None:
    found = _listed([*actions, *actions, Action("", None, "")], task_id)
    assert {one.action.sha256 for one in found} == {one.sha256 for one in actions}
    assert len({one.key for one in found}) == len(found) == len({one.sha256 for one in actions})
    assert all(option_of(found, one.key) == one for one in found)
    assert option_of(found, "nothing") is None


def test_each_place_is_as_likely_as_any_other() -> None:
    actions = [Action(f"action_{n}", {}, f"{n:064x}") for n in range(3)]
    places = Counter(
        [one.action for one in _listed(actions, UUID(int=n))].index(actions[0]) for n in range(900)
    )
    assert all(240 < places[place] < 360 for place in range(3))


def test_two_people_have_orders_and_keys_of_their_own() -> None:
    actions = [Action(f"action_{n}", {}, f"{n:064x}") for n in range(4)]
    task_id = uuid4()
    mine, theirs = _listed(actions, task_id, 1), _listed(actions, task_id, 2)
    assert not {one.key for one in mine} & {one.key for one in theirs}
    orders = {tuple(one.action.name for one in _listed(actions, UUID(int=7), person)) for person in range(9)}
    assert len(orders) > 1
    assert {one.key for one in mine} != {one.key for one in _listed(actions, task_id, 1, b"another secret")}
