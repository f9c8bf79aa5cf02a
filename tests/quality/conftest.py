"""What the tests of quality share: everything counted, and how often something came."""

from collections import Counter

from django.utils import timezone

from apps.quality.counting import count_events
from apps.quality.models import CountedCase, CountedDay


def counted(limit: int = 5000) -> Counter[str]:
    """Count to the end; how often each thing came, by the days, which say the same as the cases."""
    while count_events(now=timezone.now(), limit=limit):
        pass
    days: Counter[str] = Counter()
    for row in CountedDay.objects.filter(n__gt=0):
        days[str(row.came)] += row.n
    assert days == Counter(map(str, CountedCase.objects.values_list("came", flat=True)))
    return days
