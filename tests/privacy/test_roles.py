"""ReviewHub as the role of docs/deployment/roles.sql: everything works, and what must not change cannot be changed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from apps.audit.models import Event
from apps.audit.sealing import seal_due
from apps.audit.verifying import verify
from tests.factories import House
from tests.privacy.conftest import NAME, erased, told_everywhere, where

# As a program that tries: the triggers that erasing passes are passed here as well.
PASSED = "SELECT set_config('pgtrigger.ignore', '{' || string_agg(tgname, ',') || '}', true) FROM pg_trigger"
KEPT = "audit_event", "audit_seal", "trust_ledgerentry", "trust_trustevent", "privacy_certificate"


@pytest.fixture
def application_role(house: House) -> Iterator[None]:
    """The session as this role: all rights on rows, less what the file takes away."""
    lines = (settings.BASE_DIR / "docs" / "deployment" / "roles.sql").read_text().splitlines()
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("the role of this database may not make the ordinary role this test needs")
        cursor.execute("CREATE ROLE reviewhub_app NOLOGIN")
        cursor.execute("GRANT USAGE ON SCHEMA public TO reviewhub_app")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reviewhub_app")
        cursor.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO reviewhub_app")
        for line in lines:
            if line.startswith(("REVOKE", "GRANT UPDATE")):
                cursor.execute(line)
        cursor.execute("SET LOCAL ROLE reviewhub_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("application_role")
def test_a_case_goes_the_whole_way_is_sealed_and_erased(house: House) -> None:
    told_everywhere(house)
    assert where(NAME)
    erasure = erased(house)
    assert erasure.status == "done"
    assert where(NAME) == []
    seal_due(now=house.now + timedelta(days=4))
    assert not verify().broken


@pytest.mark.usefixtures("application_role")
@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}"])
def test_nothing_of_these_is_ever_removed(house: House, table: str, change: str) -> None:
    told_everywhere(house)
    with pytest.raises(DatabaseError, match="permission denied"):
        _try(change.format(table))


@pytest.mark.usefixtures("application_role")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET verb = 'nothing.happened'",
        "UPDATE audit_event SET actor_name = 'somebody else'",
        "UPDATE audit_seal SET head = ''",
        "UPDATE trust_ledgerentry SET wrong = false",
        "UPDATE trust_trustevent SET reason = ''",
        "UPDATE privacy_certificate SET sha256 = ''",
    ],
)
def test_nothing_of_these_is_changed(house: House, change: str) -> None:
    told_everywhere(house)
    with pytest.raises(DatabaseError, match="permission denied"):
        _try(change)
    assert Event.objects.exists()


def _try(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PASSED)
        cursor.execute(statement)
