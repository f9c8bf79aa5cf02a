"""Every page leads to the part of the help that is about it."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.desk.help import TOPICS, topic_of
from tests.factories import House

# No pages of people: for machines, or what a page fetches for itself.
NOT_PAGES = ("api:", "healthz", "metrics", "desk:live", "desk:help_", "inbox:live")


def views(resolver: URLResolver, within: str = "") -> list[str]:
    found = []
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{within}{one.namespace}:" if one.namespace else within
            found.extend(views(one, inner))
        elif isinstance(one, URLPattern) and one.name:
            found.append(f"{within}{one.name}")
    return found


@pytest.mark.parametrize(
    "view", sorted({view for view in views(get_resolver()) if not view.startswith(NOT_PAGES)})
)
def test_every_page_has_its_part_of_the_help(view: str) -> None:
    assert topic_of(view) is not None


def test_the_longest_beginning_counts() -> None:
    assert topic_of("desk:queue_checks").slug == "checks"
    assert topic_of("desk:queue_detail").slug == "queues"
    assert topic_of("rulebook:segment_add").slug == "segments"
    assert topic_of("nowhere") is None


@pytest.mark.django_db
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
def test_every_topic_reads(house: House, topic: object) -> None:
    client = Client()
    client.force_login(house.charlie)
    page = client.get(reverse("desk:help_read", args=[topic.slug]))  # type: ignore[attr-defined]
    assert page.status_code == 200
    assert page.text.count("<p>") >= 1


@pytest.mark.django_db
def test_a_page_leads_to_its_topic_and_an_unknown_one_is_not_found(house: House) -> None:
    client = Client()
    client.force_login(house.adam)
    assert (
        f'href="{reverse("desk:help_read", args=["policies"])}"'
        in client.get(reverse("rulebook:policy_list")).text
    )
    assert "From nothing to a first workflow" in client.get(reverse("desk:help_list")).text
    assert client.get("/help/nothing/").status_code == 404


@pytest.mark.django_db
def test_each_step_to_a_first_workflow_leads_to_its_page(house: House) -> None:
    client = Client()
    client.force_login(house.adam)
    page = client.get(reverse("desk:help_list")).text
    (steps,) = re.findall(r"<ol>(.*?)</ol>", page.partition('id="first"')[2], re.DOTALL)
    links = re.findall(r'<li><a href="([^"]+)"', steps)
    assert len(links) == steps.count("<li>") == 7
    assert all(client.get(link).status_code == 200 for link in links)
