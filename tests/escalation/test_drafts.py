"""The rows of the chain editor: what each button makes of them."""

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation.drafts import Row, press, read
from apps.escalation.steps import MOST_STEPS

A, B, C = Row("1h"), Row("2h"), Row("3h", "fallback")


def posted(text: str) -> QueryDict:
    return QueryDict(text)


def test_rows_are_read_in_their_order_with_all_their_names():
    form = posted(
        "steps=2&step-1-after=50%25&step-1-do=notify&step-1-to=leads&step-1-to=&step-1-to=team:night&step-1-to=leads"
        "&step-2-after=+2h+&step-2-do=raise_tier&step-3-after=9h&step-3-do=notify"
    )
    assert read(form) == (Row("50%", "notify", ("leads", "team:night")), Row("2h", "raise_tier"))


def test_names_that_do_not_fit_what_the_step_does_now_are_left_out():
    assert read(
        posted("steps=1&step-1-after=1h&step-1-do=reassign&step-1-to=leads&step-1-to=queue:senior")
    ) == (Row("1h", "reassign", ("queue:senior",)),)


def test_rubbish_is_no_row_or_a_plain_one():
    for text in ("", "steps=x", "steps=-1", "steps=99999", "steps=%D9%A2"):
        assert len(read(posted(text))) in (0, 2)
    assert len(read(posted("steps=999"))) == 5 * MOST_STEPS
    assert read(posted("steps=1&step-1-do=launch")) == (Row("", "notify"),)


def test_buttons_move_add_and_remove():
    rows = (A, B, C)
    assert press(rows, "up-2").rows == (B, A, C)
    assert press(rows, "down-2").rows == (A, C, B)
    assert press(rows, "delete-2").rows == (A, C)
    assert press(rows, "add").rows == (A, B, C, Row())


def test_work_goes_on_where_the_step_is_now():
    rows = (A, B, C)
    assert (press(rows, "up-2").number, press(rows, "up-2").field) == (1, "down")
    assert (press(rows, "down-2").number, press(rows, "down-2").field) == (3, "up")
    assert (press((*rows, A), "down-2").number, press((*rows, A), "down-2").field) == (3, "down")
    assert (press(rows, "add").number, press(rows, "add").field) == (4, "after")


@given(
    count=st.integers(0, MOST_STEPS),
    button=st.one_of(
        st.text(max_size=12),
        st.builds("{}-{}".format, st.sampled_from(["up", "down", "delete", "add"]), st.integers(-2, 30)),
        st.just("add"),
    ),
)
def test_no_button_loses_or_doubles_a_step(count, button):
    rows = tuple(Row(f"{n}h") for n in range(count))
    after = press(rows, button).rows
    assert len(after) <= MOST_STEPS
    if button == "add":
        assert after[: len(rows)] == rows
    elif button.startswith("delete-") and len(after) < len(rows):
        assert len(after) == len(rows) - 1
        assert set(after) < set(rows)
    else:
        assert sorted(after, key=str) == sorted(rows, key=str)
