from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.backoff import WAITS, rest_until, retry_at

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)


@given(message=st.uuids(), attempts=st.integers(1, len(WAITS)))
def test_a_wait_is_its_step_and_at_most_a_tenth_more(message: UUID, attempts: int) -> None:
    again = retry_at(attempts=attempts, message=message, now=NOW)
    assert again is not None
    assert WAITS[attempts - 1] <= again - NOW <= WAITS[attempts - 1] * 1.1


def test_ten_attempts_span_days_and_then_it_gives_up() -> None:
    at: datetime | None = NOW
    moments = []
    attempts = 0
    while at is not None:
        moments.append(at)
        attempts += 1
        at = retry_at(attempts=attempts, message=UUID(int=0), now=at)
    assert len(moments) == 10
    assert moments[1] - NOW == timedelta(seconds=5)
    assert timedelta(days=3) < moments[-1] - NOW < timedelta(days=4)


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    again = {retry_at(attempts=2, message=uuid4(), now=NOW) for _ in range(50)}
    assert len(again) > 40


def test_an_endpoint_rests_longer_each_time_and_never_more_than_ten_minutes() -> None:
    rests = [rest_until(failures=failures, now=NOW) - NOW for failures in range(1, 40)]
    assert rests[0] == timedelta(seconds=5)
    assert rests == sorted(rests)
    assert rests[-1] == timedelta(minutes=10)
