"""The figures that are pushed to a page are those the page itself counts, for every person."""

from datetime import timedelta

from apps.accounts.models import User
from apps.desk.queries.figures import figures
from apps.desk.queries.turn import queue_loads
from apps.reviews.models import Task
from tests import factories


def counted(house: factories.House, slug: str, person: User) -> tuple[int, int, int]:
    (load,) = queue_loads([house.queues[slug].pk], now=house.now, by=person)
    return load.waiting, load.overdue, load.due_soon


def test_every_person_is_told_what_their_pages_count(house: factories.House) -> None:
    tasks = [factories.pending(house, subject=None).task for _n in range(6)]
    Task.objects.filter(pk=tasks[0].pk).update(due_at=house.now - timedelta(minutes=1))
    Task.objects.filter(pk=tasks[1].pk).update(
        due_at=house.now + timedelta(minutes=1), excluded=[house.alice.pk]
    )
    Task.objects.filter(pk=tasks[2].pk).update(excluded=[house.alice.pk, house.bob.pk])
    Task.objects.filter(pk=tasks[3].pk).update(also_in=[house.queues["senior"].pk], excluded=[house.bob.pk])
    factories.claimed(factories.pending(house), house.bob, house.now)
    told = {}
    for slug in ("standard", "senior"):
        found = figures(house.queues[slug].pk, now=house.now)
        for person in (house.alice, house.bob, house.olga):
            told[slug, person.short] = found.seen_by(person.pk)
            assert told[slug, person.short] == counted(house, slug, person)
    assert told["standard", "olga"] == (6, 1, 1)
    assert told["standard", "alice"] == (4, 1, 0)
    assert told["standard", "bob"] == (4, 1, 1)
    assert told["senior", "alice"] == (1, 0, 0)
    assert told["senior", "bob"] == (0, 0, 0)
