"""Links never decide: whatever a GET opens, from a notification on, it only shows."""

import re
from datetime import datetime

from django.apps import apps
from django.core.serializers import serialize
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.delivery.dispatch import run
from apps.delivery.notifying import notify
from tests import factories
from tests.factories import House

# What a session writes about itself, and what the framework keeps.
_NOT_OURS = {"sessions.session", "axes.accessattempt", "axes.accesslog", "accounts.user"}


def everything() -> dict[str, str]:
    """Every row of every table of ours."""
    return {
        model._meta.label_lower: serialize("json", model._base_manager.order_by("pk"))
        for model in apps.get_models()
        if model._meta.managed
        and model.__module__.startswith("apps.")
        and model._meta.label_lower not in _NOT_OURS
    }


def test_following_every_link_from_the_list_decides_nothing(house: House, now: datetime) -> None:
    open_one, held = factories.pending(house), factories.pending(house)
    factories.claimed(held, house.alice, now)
    for proposal in (open_one, held):
        link = f"/tasks/{proposal.task.pk}/"
        notify(people=[house.alice], kind="warning", title="t", text="", link=link, tier=5, now=now)
    run(now=now)
    client = Client()
    client.force_login(house.alice)
    before = everything()
    seen: set[str] = set()
    waiting = ["/notifications/", "/notifications/?show=all"]
    while waiting and len(seen) < 60:
        page = waiting.pop(0)
        seen.add(page)
        answer = client.get(page)
        assert answer.status_code in {200, 302, 403, 404}, page
        found = (
            re.findall(r'(?:href|hx-get)="(/[^"#]*)"', answer.content.decode())
            if answer.status_code == 200
            else []
        )
        waiting += [
            link.replace("&amp;", "&")
            for link in found
            if not link.startswith(("/static/", "/accounts/", "/api/", "/live/"))
            and link.replace("&amp;", "&") not in {*seen, *waiting}
        ]
    assert f"/tasks/{open_one.task.pk}/" in seen
    assert len(seen) > 15
    assert everything() == before


def test_what_decides_about_a_task_answers_no_get(house: House, now: datetime) -> None:
    task = factories.claimed(factories.pending(house), house.alice, now)
    client = Client()
    client.force_login(house.alice)
    before = everything()
    ends = [path for path in _paths(get_resolver()) if path.startswith("tasks/<uuid:task_id>/")]
    assert len(ends) > 5
    for path in ends:
        here = re.sub(r"<int:\w+>", "1", path.replace("<uuid:task_id>", str(task.pk)))
        answer = client.get(f"/{here}")
        assert answer.status_code in {200, 302, 405}, path
    assert everything() == before


def _paths(resolver: URLResolver, prefix: str = "") -> list[str]:
    found: list[str] = []
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            found.append(route)
        else:
            found += _paths(entry, route)
    return found
