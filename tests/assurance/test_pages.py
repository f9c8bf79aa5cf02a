"""The pages about readiness: who reads them, who says what is ready, and what they show."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.roles import Role
from apps.assurance.models import TriggerRun
from apps.registry.states import Stage
from apps.trust.actions import move_stage
from apps.trust.models import ReadinessItem
from apps.trust.readiness import usual_end
from apps.trust.readying import reopen_item
from apps.trust.states import ReadyItem
from tests import factories
from tests.trust import earning

PAGE = reverse("assurance:readiness_read", args=["orders"])
LIST = reverse("assurance:readiness_list")


def _browser(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _text(client: Client, url: str) -> str:
    return " ".join(client.get(url).text.split())


def _set(item: ReadyItem) -> str:
    return reverse("assurance:item_set", args=["orders", item.value])


def _said(house: factories.House, item: ReadyItem, **changes: str) -> dict[str, str]:
    return {
        "evidence": "Looked at on Monday with everybody concerned.",
        "link": "",
        "owner": str(house.tina.pk),
        "expires_on": usual_end(item, timezone.localdate()).isoformat(),
        **changes,
    }


@pytest.mark.parametrize("name", ["alice", "olga", "petra", "tina", "gina", "adam"])
def test_whoever_has_a_part_in_the_workflow_reads_what_is_ready(house: factories.House, name: str) -> None:
    page = _text(_browser(getattr(house, name)), PAGE)
    assert "Everything is ready" in page
    for item in ReadyItem:
        assert str(item.label) in page
    assert ("Say that it is ready" in page or "Give newer evidence" in page) is (
        name not in ("alice", "olga")
    )


def test_an_outsider_reads_nothing(house: factories.House) -> None:
    client = _browser(house.charlie)
    assert client.get(PAGE).status_code == 403
    assert "No workflows" in _text(client, LIST)
    assert client.post(_set(ReadyItem.ROLLBACK), _said(house, ReadyItem.ROLLBACK)).status_code == 403


def test_an_auditor_reads_and_says_nothing(house: factories.House) -> None:
    factories.rights.appoint(role=Role.AUDITOR, to=house.charlie, by=None, now=house.now)
    client = _browser(house.charlie)
    assert client.get(PAGE).status_code == 200
    assert client.post(_set(ReadyItem.ROLLBACK), _said(house, ReadyItem.ROLLBACK)).status_code == 403


def test_an_item_is_said_to_be_ready_and_opened_again(house: factories.House) -> None:
    client = _browser(house.petra)
    url = reverse("assurance:item_reopen", args=["orders", "rollback"])
    assert client.post(url, {"reason": "It took two hours."}).status_code == 302
    page = _text(client, PAGE)
    assert "not ready for more: Rollback." in page
    assert "It took two hours." in page
    said = _said(house, ReadyItem.ROLLBACK, link="https://example.org/plan")
    assert client.post(_set(ReadyItem.ROLLBACK), said).status_code == 302
    row = ReadinessItem.objects.get(item=ReadyItem.ROLLBACK)
    assert (row.done_by, row.owner, row.link) == (house.petra, house.tina, "https://example.org/plan")
    assert "Everything is ready" in _text(client, PAGE)


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(house: factories.House) -> None:
    client = _browser(house.petra)
    short = client.post(_set(ReadyItem.ROLLBACK), _said(house, ReadyItem.ROLLBACK, evidence="done"))
    assert short.status_code == 422
    assert "write in 20 characters or more what was done" in short.text
    far = client.post(_set(ReadyItem.ROLLBACK), _said(house, ReadyItem.ROLLBACK, expires_on="2199-01-01"))
    assert far.status_code == 422
    assert "Its last day has to lie between" in far.text
    stranger = client.post(
        _set(ReadyItem.ROLLBACK), _said(house, ReadyItem.ROLLBACK, owner=str(house.charlie.pk))
    )
    assert stranger.status_code == 422
    reopened = client.post(reverse("assurance:item_reopen", args=["orders", "rollback"]), {"reason": ""})
    assert reopened.status_code == 422


def test_what_reviewhub_sees_is_false_is_not_offered_and_refused(house: factories.House) -> None:
    client = _browser(house.petra)
    page = _text(client, PAGE)
    assert "There is no cost model yet." in page
    assert "That is not what was said." in page
    refused = client.post(_set(ReadyItem.COST_MODEL), _said(house, ReadyItem.COST_MODEL))
    assert refused.status_code == 422
    assert "This cannot be done yet." in refused.text


def test_the_button_runs_the_trigger_and_its_outcome_can_be_read(house: factories.House) -> None:
    client = _browser(house.petra)
    answer = client.post(_set(ReadyItem.ESCALATION), _said(house, ReadyItem.ESCALATION))
    run = TriggerRun.objects.get()
    url = reverse("assurance:trigger_read", args=["orders", run.pk])
    assert answer.headers["Location"] == url
    page = _text(client, url)
    assert "people would be told" in page
    assert "Triage" in page
    assert "after" in page
    assert url in client.get(PAGE).text
    assert _browser(house.charlie).get(url).status_code == 403


def test_an_unknown_item_or_run_is_not_there(house: factories.House) -> None:
    client = _browser(house.petra)
    assert client.post(reverse("assurance:item_set", args=["orders", "nothing"])).status_code == 404
    assert client.get(reverse("assurance:trigger_read", args=["orders", 1])).status_code == 404
    assert client.get(_set(ReadyItem.ROLLBACK)).status_code == 405


def test_a_slice_says_what_its_workflow_misses_and_leads_there(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 3)
    reopen_item(
        workflow=house.workflow, item=ReadyItem.ON_CALL, reason="Tina left.", by=house.petra, now=house.now
    )
    for url in (reverse("trust:slice_detail", args=[row.pk]), reverse("trust:slice_list")):
        page = _text(_browser(house.olga), url)
        assert "not ready for more: On call." in page
        assert PAGE in page
    move_stage(slice_id=row.pk, to=Stage.SHADOW, by=house.adam, reason="back", now=house.now)
    url = reverse("trust:slice_move_stage", args=[row.pk])
    refused = _browser(house.adam).post(url, {"to": "assisted", "reason": "up"})
    assert refused.status_code == 403
    assert "not ready for more: On call." in refused.text


def test_the_list_shows_each_workflow_in_the_same_number_of_statements(
    house: factories.House, django_assert_max_num_queries: Any
) -> None:
    earning.a_slice(house)
    client = _browser(house.adam)
    with django_assert_max_num_queries(20) as few:
        assert "ready" in _text(client, LIST)
    for number in range(12):
        house.workflow.pk, house.workflow.slug = None, f"w{number}"
        house.workflow._state.adding = True
        house.workflow.save()
    with django_assert_max_num_queries(20) as many:
        assert _text(client, LIST).count("not ready") == 12
    assert len(few) == len(many)
