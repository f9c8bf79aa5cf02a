from datetime import timedelta
from uuid import uuid4

import pytest
from celery import current_app
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.delivery import actions
from apps.delivery.notifying import notify
from apps.escalation.models import AuditRun
from reviewhub import health
from tests.delivery.conftest import letter
from tests.factories import House, send

TOKEN = "a-token-for-metrics"


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that answers: kombu's in-memory transport."""
    monkeypatch.setattr(current_app.conf, "broker_url", "memory://")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "memory://", raising=False)


@pytest.fixture
def audited(db: None) -> None:
    """An auditor that has just found everything well."""
    AuditRun.objects.create(at=timezone.now(), took_ms=1, open_tasks=0, is_clean=True)


@pytest.mark.usefixtures("broker", "audited")
def test_all_well(db: None) -> None:
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
        "sweepers": "ok",
        "escalation": "ok",
        "auditor": "ok",
    }


@pytest.mark.usefixtures("audited")
def test_without_a_broker_it_is_degraded_but_not_down(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:9/0", raising=False)
    started = timezone.now()
    response = Client().get("/healthz")
    assert timezone.now() - started < timedelta(seconds=5)
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["broker"].startswith("failed")


@pytest.mark.usefixtures("broker")
def test_without_a_database_it_is_down_and_tells_no_secrets(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> str:
        raise DatabaseError("password authentication failed for user secret")

    monkeypatch.setattr(health, "_database", refuse)
    response = Client().get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "failing"
    assert response.json()["database"] == "failed: DatabaseError"


@pytest.mark.usefixtures("broker")
def test_missing_migrations_are_down(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_are_migrated", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [("one", False)])
    response = Client().get("/healthz")
    assert response.status_code == 503
    assert response.json()["migrations"] == "missing"


@pytest.mark.usefixtures("broker", "audited")
def test_a_sweeper_that_does_not_come_is_noticed(db: None) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    actions.emit(type="reviewhub.proposal.decided.v1", subject_id=uuid4(), now=long_ago, data={})
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert "behind" in response.json()["sweepers"]


@pytest.mark.usefixtures("broker", "audited")
def test_people_who_are_not_told_are_noticed(house: House) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    notify(people=[house.alice], kind="warning", title="t", text="", link="", tier=0, now=long_ago)
    assert "behind" in Client().get("/healthz").json()["sweepers"]


@pytest.mark.parametrize(
    ("token", "header", "status"),
    [
        ("", f"Bearer {TOKEN}", 404),
        ("", "Bearer ", 404),
        (TOKEN, "", 401),
        (TOKEN, "Bearer wrong", 401),
        (TOKEN, f"Basic {TOKEN}", 401),
        (TOKEN, f"Bearer {TOKEN}é", 401),
        (TOKEN, f"Bearer {TOKEN}", 200),
    ],
)
def test_metrics_need_their_token(db: None, settings: Settings, token: str, header: str, status: int) -> None:
    settings.REVIEWHUB_METRICS_TOKEN = token
    assert Client().get("/metrics", headers={"authorization": header}).status_code == status


def test_metrics_count_what_there_is_to_do(house: House, settings: Settings) -> None:
    settings.REVIEWHUB_METRICS_TOKEN = TOKEN
    for _ in range(3):
        send(house)
    letter(house.now)
    text = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()
    assert 'reviewhub_tasks{status="open"} 3.0' in text
    assert "reviewhub_tasks_overdue 3.0" in text
    assert 'reviewhub_deliveries{status="waiting"} 1.0' in text
    assert 'reviewhub_deliveries{status="dead"} 0.0' in text
    assert 'reviewhub_proposals_recent{status="pending"} 3.0' in text
    assert "reviewhub_delivery_oldest_waiting_seconds" in text


def test_metrics_cost_a_handful_of_queries(
    house: House, settings: Settings, django_assert_max_num_queries: object
) -> None:
    settings.REVIEWHUB_METRICS_TOKEN = TOKEN
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
