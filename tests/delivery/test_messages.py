import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.delivery.messages import UnreadableSecret, body_of, headers_of
from apps.delivery.models import OutboxEvent

OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
EVENT = OutboxEvent(
    id=UUID("01900000-0000-7000-8000-000000000001"),
    type="reviewhub.proposal.decided.v1",
    subject_id=UUID("01900000-0000-7000-8000-000000000002"),
    data={"status": "approved", "note": "Grüße </script> \u202e"},
    created_at=datetime(2026, 11, 17, 10, 0, 0, 5000, tzinfo=UTC),
)
BODY = body_of(EVENT, source="https://reviewhub.example")


def test_the_body_is_a_structured_cloudevent() -> None:
    assert json.loads(BODY) == {
        "specversion": "1.0",
        "id": "01900000-0000-7000-8000-000000000001",
        "source": "https://reviewhub.example",
        "type": "reviewhub.proposal.decided.v1",
        "subject": "01900000-0000-7000-8000-000000000002",
        "time": "2026-11-17T10:00:00.005000Z",
        "datacontenttype": "application/json",
        "data": {"status": "approved", "note": "Grüße </script> \u202e"},
    }


def test_every_live_secret_verifies_and_no_other() -> None:
    headers = headers_of(EVENT, BODY, secrets=[NEW, OLD], now=datetime.now(UTC))
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert headers["webhook-id"] == str(EVENT.id)
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(BODY, headers)["data"]["status"] == "approved"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "b3Ro" * 8).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY + b" ", headers)


def test_a_retry_has_the_same_id_and_a_new_time() -> None:
    first, second = (
        headers_of(EVENT, BODY, secrets=[NEW], now=datetime(2026, 11, 17, hour, tzinfo=UTC))
        for hour in (10, 15)
    )
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5 * 3600


def test_a_secret_that_could_not_be_decrypted_never_signs() -> None:
    with pytest.raises(UnreadableSecret):
        headers_of(EVENT, BODY, secrets=["gAAAAABlZ"], now=datetime.now(UTC))
