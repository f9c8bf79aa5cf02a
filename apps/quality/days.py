"""Reads what was added up by day: by weeks of seven days, and by version. Never reads cases."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Sum

from apps.quality.figures import WEEK, Counts
from apps.quality.models import CountedDay
from apps.quality.states import Came


def counts_by_week(workflow_id: int, starts: Sequence[date]) -> list[Counts]:
    """What came in each of these weeks, which follow each other. One statement."""
    first = starts[0]
    days = CountedDay.objects.filter(
        workflow_id=workflow_id, day__range=(first, starts[-1] + timedelta(days=WEEK - 1))
    )
    n: list[dict[Came, int]] = [defaultdict(int) for _start in starts]
    total: list[dict[Came, float]] = [defaultdict(float) for _start in starts]
    rows = days.values("day", "came").annotate(times=Sum("n"), amount=Sum("total")).order_by("day", "came")
    for row in rows:
        week = (row["day"] - first).days // WEEK
        came = Came(row["came"])
        n[week][came] += row["times"]
        total[week][came] += row["amount"]
    return [Counts(dict(times), dict(amounts)) for times, amounts in zip(n, total, strict=True)]
