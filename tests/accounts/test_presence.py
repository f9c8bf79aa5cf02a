"""Who is here now."""

from datetime import timedelta

from django.db import connection

from apps.accounts.models import Presence, User
from apps.accounts.presence import SEE, SEEN_WITHIN, here_among
from apps.delivery.listener import Hub, Waiter
from tests import factories


def test_whoever_was_seen_lately_is_here_and_nobody_else(house: factories.House) -> None:
    gone = User.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1000
    with connection.cursor() as cursor:
        cursor.execute(SEE, [house.now, [house.bob.pk, house.alice.pk, gone]])
        # A process whose clock is behind takes nobody away.
        cursor.execute(SEE, [house.now - timedelta(hours=1), [house.bob.pk]])
    people = [house.alice.pk, house.bob.pk, house.charlie.pk]
    assert here_among(people, house.now) == {house.alice.pk, house.bob.pk}
    assert here_among([house.bob.pk], house.now) == {house.bob.pk}
    assert here_among(people, house.now + SEEN_WITHIN) == set()
    assert Presence.objects.count() == 2


def test_a_process_knows_whose_pages_are_open() -> None:
    hub = Hub()
    for topic in ("person:7", "person:12", "queue:3", "proposal:0199", "person:x"):
        hub._waiters[topic] = {Waiter()}
    assert sorted(hub.people) == [7, 12]
