"""What is on record beside a version: validations with their scores, and who approved it."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.registry.actions.version_records import record_approval, record_validation
from apps.registry.models import AgentVersion, VersionRecord
from apps.registry.queries import newest_versions
from tests import factories
from tests.factories import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(house: House) -> AgentVersion:
    """The version of a proposal that came in."""
    return factories.pending(house).agent_version


def validated(house: House, version: AgentVersion, score: str = "0.931", **changes: Any) -> VersionRecord:
    given: dict[str, Any] = {"name": "golden set 12", "cases": 400, "by": house.tina, "now": house.now}
    return record_validation(version=version, score=Decimal(score), **given | changes)


def test_a_validation_is_kept_with_its_score_and_told(house: House, version: AgentVersion) -> None:
    row = validated(house, version)
    assert (row.percent, row.by_name) == (Decimal("93.1"), "Tina")
    event = Event.objects.get(verb="agent_version.validated")
    assert (event.data["score"], event.data["fingerprint"]) == ("0.931", version.fingerprint)
    record_approval(version=version, name="refunds up to 50", by=house.gina, now=house.now)
    shown = newest_versions(house.agent).get()
    assert (shown.validated, shown.approved) == (Decimal("93.1"), "Gina")


@pytest.mark.parametrize("short", ["alice", "olga", "petra", "charlie", "gina"])
def test_only_the_owner_or_an_admin_says_how_it_did(house: House, version: AgentVersion, short: str) -> None:
    with pytest.raises(NotAllowed, match="owner or an admin"):
        validated(house, version, by=getattr(house, short))


@pytest.mark.parametrize("short", ["tina", "alice", "olga", "petra"])
def test_only_admins_and_governance_approve(house: House, version: AgentVersion, short: str) -> None:
    with pytest.raises(NotAllowed, match="approves a version"):
        record_approval(version=version, name="all", by=getattr(house, short), now=house.now)


def test_an_owner_who_is_an_admin_does_not_approve_their_own(house: House, version: AgentVersion) -> None:
    version.agent.owner = house.adam
    with pytest.raises(NotAllowed, match="somebody else"):
        record_approval(version=version, name="all", by=house.adam, now=house.now)


@pytest.mark.parametrize(
    "changes", [{"score": "1.2"}, {"cases": 0}, {"name": ""}, {"link": "javascript:alert(1)"}]
)
def test_what_cannot_be_is_refused(house: House, version: AgentVersion, changes: dict[str, Any]) -> None:
    with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
        validated(house, version, **changes)
    assert not VersionRecord.objects.exists()


def test_a_record_is_never_changed_nor_removed(house: House, version: AgentVersion) -> None:
    validated(house, version)
    rows = VersionRecord.objects.all()
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        rows.update(score=1)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        rows.delete()


def browser(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_page_shows_what_is_on_record_and_takes_more(house: House, version: AgentVersion) -> None:
    args = [house.agent.slug, version.fingerprint]
    page, tinas, ginas = (
        reverse("registry:version_detail", args=args),
        browser(house.tina),
        browser(house.gina),
    )
    assert "Nothing yet" in tinas.get(page).text
    validate = reverse("registry:version_validate", args=args)
    for score in ("120", "much", ""):
        assert tinas.post(validate, {"name": "set", "score": score, "cases": "10"}).status_code == 422
    assert tinas.post(validate, {"name": "set", "score": "87.5", "cases": "16"}).status_code == 302
    approve = reverse("registry:version_approve", args=args)
    assert tinas.post(approve, {"name": "all"}).status_code == 403
    assert ginas.post(approve, {"name": ""}).status_code == 422
    assert ginas.post(approve, {"name": "small refunds"}).status_code == 302
    text = browser(house.alice).get(page).text
    assert "87.5 %" in text
    assert "small refunds" in text
    assert "Record a validation" not in text
    assert (
        "validated: 87.5 %" in browser(house.alice).get(reverse("registry:agent_detail", args=args[:1])).text
    )
    assert (
        browser(house.alice)
        .get(reverse("registry:version_detail", args=[house.agent.slug, "none"]))
        .status_code
        == 404
    )
