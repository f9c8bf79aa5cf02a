"""What makes a simulated trigger a proof."""

from hypothesis import given
from hypothesis import strategies as st

from apps.assurance.triggers import LEAST_PEOPLE, Place, Taken, holds, reached, read_place, told

names = st.lists(st.sampled_from(["Adam", "Olga", "Petra"]), max_size=3).map(tuple)
steps = st.lists(st.builds(Taken, st.floats(0, 1e6), st.just("tell"), names), max_size=4).map(tuple)
problems = st.lists(st.just("It ends in silence."), max_size=2).map(tuple)
places = st.builds(Place, st.just("Triage"), st.just("Standard"), steps, problems)


@given(st.lists(places, max_size=4))
def test_it_holds_when_every_place_is_proven_and_tells_two_people(tried: list[Place]) -> None:
    fine = [not each.problems and len(set(each.people)) >= LEAST_PEOPLE for each in tried]
    assert holds(tried) is (bool(tried) and all(fine))
    assert set(reached(tried)) == {name for each in tried for name in each.people}


@given(places)
def test_what_is_kept_is_read_again(place: Place) -> None:
    assert read_place(place.written()) == place


def test_the_outcome_is_told_in_words() -> None:
    good = Place("Triage", "Standard", (Taken(0, "tell", ("Adam",)), Taken(60, "tell", ("Olga", "Adam"))))
    assert told([good]) == "A simulated trigger in Triage (Standard) reached Adam, Olga."
    alone = Place("Senior", "Standard", (Taken(0, "tell", ("Adam",)),))
    assert told([good, alone]) == (
        "The simulated trigger failed. Senior: 1 would be told; it takes at least 2 people."
    )
    assert "nothing to escalate" in told([])
