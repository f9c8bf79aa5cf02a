"""What a slice has not seen, as it is told."""

from apps.routing.novelty import fingerprints, newest


def test_values_read_as_the_arguments_are_written() -> None:
    labels = fingerprints([("tell_customer", False), ("carrier", "dhl"), ("note", None)]).values()
    assert {"tell_customer = false", "carrier = dhl", "note = null"} <= set(labels)
    assert "carrier = dhl with tell_customer = false" in labels


def test_truth_and_the_word_for_it_are_two_values() -> None:
    truth, word = (next(iter(fingerprints([("x", value)]))) for value in (True, "true"))
    assert truth != word


def test_a_pair_is_not_told_beside_its_new_value() -> None:
    unseen = fingerprints([("carrier", "dhl"), ("rush", True)])
    assert newest(unseen) == ("carrier = dhl", "rush = true")
