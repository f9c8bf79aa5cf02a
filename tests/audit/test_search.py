from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts import rights
from apps.accounts.roles import Role
from apps.audit import actions, queries
from apps.audit.actors import Actor
from apps.audit.models import Event
from apps.audit.queries import Search, search, story
from tests.factories import House


class Somebody:
    def __init__(self, name: str) -> None:
        self.actor = Actor("person", "1", name)


def record(now: datetime, verb: str = "task.claimed", who: str = "Alice", **fields: object) -> Event:
    subject = fields.pop("subject", ("task", uuid4()))
    return actions.record(verb=verb, now=now, subject=subject, by=Somebody(who), **fields)  # type: ignore[arg-type]


def found(**wanted: object) -> list[Event]:
    return search(Search(**wanted)).events  # type: ignore[arg-type]


def test_each_filter_narrows_and_they_combine(db: None, now: datetime) -> None:
    proposal, task = uuid4(), uuid4()
    claimed = record(now, subject=("task", task), proposal_id=proposal)
    decided = record(
        now + timedelta(hours=1), "task.decided", "Bob", subject=("task", task), proposal_id=proposal
    )
    agent = record(now + timedelta(days=2), "agent.registered", "Adam", subject=("agent", 7, "Order bot"))
    assert found() == [agent, decided, claimed]
    assert found(verb="task.decided") == [decided]
    assert found(actor="Alice") == [claimed]
    assert found(subject=str(proposal)) == [decided, claimed]
    assert found(subject=str(task)) == [decided, claimed]
    assert found(subject="agent:7") == [agent]
    assert found(subject="Order bot") == [agent]
    assert found(since=now + timedelta(hours=1)) == [agent, decided]
    assert found(until=now + timedelta(hours=1)) == [claimed]
    assert found(subject=str(proposal), actor="Bob") == [decided]
    assert found(subject="nothing") == []


def test_pages_follow_each_other_without_gaps_even_within_one_moment(db: None, now: datetime) -> None:
    events = [record(now + timedelta(seconds=number // 10)) for number in range(35)]
    seen: list[UUID] = []
    page = search(Search(), size=7)
    while True:
        seen += [event.id for event in page.events]
        if not page.older:
            break
        page = search(Search(), before=page.older, size=7)
    assert len(seen) == 35
    assert set(seen) == {event.id for event in events}
    moments = [Event.objects.get(pk=ident).at for ident in seen]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("before", ["x", "~", "2026-01-01~x", "nonsense~nonsense", "\x00"])
def test_a_strange_page_key_is_the_first_page(db: None, now: datetime, before: str) -> None:
    event = record(now)
    assert search(Search(), before=before).events == [event]


def test_a_story_is_told_in_order(db: None, now: datetime) -> None:
    proposal = uuid4()
    second = record(now + timedelta(minutes=1), "task.decided", proposal_id=proposal)
    first = record(now, "task.claimed", proposal_id=proposal)
    record(now, proposal_id=uuid4())
    assert story(proposal) == [first, second]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "audit_event_at"),
        ({"verb": "rare.verb"}, "audit_event_verb"),
        ({"actor": "Rare Person"}, "audit_event_actor"),
        ({"subject": "agent:7"}, "audit_event_subject"),
        ({"subject": "Order bot"}, "audit_event_label"),
    ],
)
def test_every_search_has_its_index(db: None, now: datetime, wanted: dict[str, str], index: str) -> None:
    actions.record_many(
        actions.event(verb="task.claimed", now=now + timedelta(seconds=number), subject=("task", number))
        for number in range(20_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_event")
    plan = queries._matching(Search(**wanted)).order_by("-at", "-id")[:51].explain()
    assert index in plan


@pytest.mark.parametrize(("who", "status"), [("adam", 200), ("gina", 200), ("alice", 403), ("charlie", 403)])
def test_who_reads_the_log(house: House, now: datetime, who: str, status: int) -> None:
    proposal = uuid4()
    record(now, proposal_id=proposal)
    client = Client()
    client.force_login(getattr(house, who))
    assert client.get(reverse("audit:event_list")).status_code == status
    assert client.get(reverse("audit:proposal_story", args=[proposal])).status_code == status


def test_an_auditor_reads_the_log(house: House, now: datetime) -> None:
    rights.appoint(role=Role.AUDITOR, to=house.charlie, by=None, now=now)
    client = Client()
    client.force_login(house.charlie)
    assert client.get(reverse("audit:event_list")).status_code == 200


def test_the_page_searches_escapes_and_pages(house: House, now: datetime) -> None:
    for _ in range(60):
        record(now, "task.claimed", "<b>Mallory</b>", data={"items": "<i>", "note": "x" * 2000})
    client = Client()
    client.force_login(house.adam)
    page = client.get(reverse("audit:event_list"), {"verb": "task.claimed", "actor": "<b>Mallory</b>"})
    text = page.content.decode()
    assert "&lt;b&gt;Mallory&lt;/b&gt; claimed" in text
    assert "<b>Mallory" not in text
    assert len(page.context["lines"]) == 50
    older = client.get(reverse("audit:event_list") + page.context["older_url"])
    assert len(older.context["lines"]) == 10


@pytest.mark.parametrize(
    "query",
    [
        {"verb": "no.verb"},
        {"since": "yesterday"},
        {"subject": "\x00"},
        {"before": "x"},
        {"until": "9999-12-31"},
    ],
)
def test_a_strange_search_is_a_calm_page(house: House, query: dict[str, str]) -> None:
    client = Client()
    client.force_login(house.adam)
    assert client.get(reverse("audit:event_list"), query).status_code == 200


def test_an_unknown_proposal_has_no_story(house: House) -> None:
    client = Client()
    client.force_login(house.adam)
    assert client.get(reverse("audit:proposal_story", args=[uuid4()])).status_code == 404


def test_details_are_words_and_never_python(house: House, now: datetime) -> None:
    record(now, data={"told": ["Ana", "José"], "decisions": [{"by": "Ana"}], "holder": None})
    client = Client()
    client.force_login(house.adam)
    text = client.get(reverse("audit:event_list")).text
    assert "Ana, José" in text
    assert "[{&quot;by&quot;: &quot;Ana&quot;}]" in text
    assert "None" not in text
