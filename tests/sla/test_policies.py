"""SLA policies: versions that are never changed, refused when they cannot be meant or do not fit a calendar."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.sla.calendar_setup import save_calendar
from apps.sla.config import SlaPolicies, SlaPolicyEntry
from apps.sla.durations import DurationError
from apps.sla.hours import CalendarError
from apps.sla.models import Calendar, SlaPolicy, SlaPolicyVersion
from apps.sla.policy_setup import PolicyError, Targets, save_policy
from apps.sla.queries import current_policies, policy_versions
from tests import factories
from tests.together import at_once

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
URGENT = Targets(claim="1wh", decide="4wh", result="4h")
FILLED = {
    "name": "Urgent",
    "slug": "urgent",
    "claim": "1wh",
    "decide": "4wh",
    "result": "4h",
    "warn_at": "50, 75, 90",
    "longest_pause": "24h",
    "reason": "",
}


def save(now, slug="urgent", name="Urgent", targets=URGENT, **rest):
    return save_policy(slug=slug, name=name, targets=targets, now=now, **{"by": None, **rest})


@pytest.fixture
def page(client, house):
    client.force_login(house.adam, backend=BACKEND)
    return client


def text(response):
    return response.content.decode()


def test_a_policy_that_differs_gets_a_new_version_and_the_same_one_none(db, now):
    first = save(now)
    assert save(now) == first
    second = save(now, targets=Targets("1wh", "5wh", "4h"), reason="Too tight")
    assert (second.number, second.reason) == (2, "Too tight")
    save(now, name="Pressing", targets=Targets("1wh", "5wh", "4h"))
    assert SlaPolicy.objects.get().name == "Pressing"
    assert SlaPolicyVersion.objects.count() == 2
    assert Event.objects.filter(verb="sla_policy.saved").count() == 3
    assert current_policies(["urgent", "nothing"]) == {"urgent": second}
    assert policy_versions("nothing") == []


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"claim": "0h"}, DurationError, "leaves no time"),
        ({"decide": "876000h"}, DurationError, "longer than a year"),
        ({"result": "soon"}, DurationError, "is not a duration"),
        ({"longest_pause": "2bd"}, DurationError, "counted in hours"),
        ({"warn_at": ()}, PolicyError, "between one and 9"),
        ({"warn_at": tuple(range(1, 11))}, PolicyError, "between one and 9"),
        ({"warn_at": (0,)}, PolicyError, "from 1 to 99"),
        ({"warn_at": (100,)}, PolicyError, "from 1 to 99"),
    ],
)
def test_targets_that_cannot_be_meant_are_refused(change, error, says):
    with pytest.raises(error, match=says):
        Targets(**{"claim": "1h", "decide": "2h", "result": "1h"} | change)


@pytest.mark.parametrize(
    ("claim", "decide"), [("3h", "2h"), ("3wh", "2wh"), ("121wm", "2h"), ("2bd", "1bd"), ("2d", "1h")]
)
def test_nothing_is_claimed_later_than_it_is_decided(db, now, claim, decide):
    with pytest.raises(PolicyError, match="work is claimed before it is decided"):
        save(now, targets=Targets(claim, decide, "4h"))


@pytest.mark.parametrize(("claim", "decide"), [("2h", "2h"), ("9h", "2wh"), ("9wh", "1bd"), ("1bd", "2wh")])
def test_what_some_calendar_may_allow_is_saved(db, now, claim, decide):
    assert save(now, targets=Targets(claim, decide, "4h")).number == 1


def test_targets_are_written_one_way():
    assert Targets(" 1h ", "2h", "1h", warn_at=(90, 50, 50)) == Targets("1h", "2h", "1h", warn_at=(50, 90))


def test_a_policy_that_does_not_fit_a_calendar_is_refused(db, now):
    save_calendar(slug="rare", name="Rare", zone="UTC", weekly={"mon": ["09:00-09:15"]}, by=None, now=now)
    with pytest.raises(CalendarError, match="Calendar “Rare”: 300wh takes more than five years"):
        save(now, targets=Targets("1wh", "300wh", "4h"))
    assert not SlaPolicy.objects.exists()


def test_a_calendar_on_which_a_target_takes_too_long_is_refused(db, now):
    save(now, targets=Targets("1wh", "300wh", "4h"))
    with pytest.raises(CalendarError, match="The SLA policy “Urgent” does not fit: 300wh takes more"):
        save_calendar(slug="rare", name="Rare", zone="UTC", weekly={"mon": ["09:00-09:15"]}, by=None, now=now)
    assert not Calendar.objects.filter(slug="rare").exists()


@pytest.mark.django_db(transaction=True)
def test_a_policy_and_a_calendar_that_do_not_fit_are_never_both_saved_at_once(now):
    is_checked = threading.Event()

    def policy():
        with transaction.atomic():
            save(now, targets=Targets("1wh", "300wh", "4h"))
            is_checked.set()
            time.sleep(0.3)

    def calendar():
        is_checked.wait(timeout=30)
        save_calendar(slug="rare", name="Rare", zone="UTC", weekly={"mon": ["09:00-09:15"]}, by=None, now=now)

    saved, refused = at_once([policy, calendar])
    assert saved is None
    assert isinstance(refused, CalendarError)


@pytest.mark.parametrize("name", ["alice", "gina", "olga"])
def test_only_an_admin_saves_policies_and_calendars_through_any_door(house, name):
    by = getattr(house, name)
    with pytest.raises(NotAllowed):
        save(house.now, by=by)
    with pytest.raises(NotAllowed):
        save_calendar(
            slug="desk", name="Desk", zone="UTC", weekly={"mon": ["09:00-17:00"]}, by=by, now=house.now
        )
    assert save(house.now, by=house.adam).created_by_name == "Adam"


@pytest.mark.parametrize("table", ["sla_slapolicy", "sla_calendar"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET slug = slug || '-old'"])
def test_what_queues_cells_and_clocks_point_to_is_never_removed_or_renamed(db, now, table, change):
    save(now)
    save_calendar(slug="desk", name="Desk", zone="UTC", weekly={"mon": ["09:00-17:00"]}, by=None, now=now)
    with (
        connection.cursor() as cursor,
        pytest.raises(Exception, match=r"pgtrigger: Cannot|foreign key"),
        transaction.atomic(),
    ):
        cursor.execute(change.format(table))


@pytest.mark.parametrize(
    "sql", ["UPDATE sla_slapolicyversion SET claim_within = '9h'", "DELETE FROM sla_slapolicyversion"]
)
def test_a_version_stays_as_it_was(db, now, sql):
    save(now)
    with (
        connection.cursor() as cursor,
        pytest.raises(Exception, match="pgtrigger: Cannot"),
        transaction.atomic(),
    ):
        cursor.execute(sql)


def test_a_version_number_is_given_once(db, now):
    version = save(now)
    version.pk = None
    with pytest.raises(IntegrityError, match="version_number_once"), transaction.atomic():
        version.save(force_insert=True)


def test_an_export_imported_again_changes_nothing(db, now):
    entry = SlaPolicyEntry.model_validate(
        {"slug": "b", "name": "B", "claim": "30m", "decide": "1bd", "result": "2d"}
    )
    SlaPolicies.apply([entry], by=None, now=now)
    assert SlaPolicies.current() == [
        {
            "slug": "b",
            "name": "B",
            "claim": "30m",
            "decide": "1bd",
            "result": "2d",
            "warn_at": [50, 75, 90],
            "longest_pause": "24h",
        }
    ]
    SlaPolicies.apply([SlaPolicyEntry.model_validate(one) for one in SlaPolicies.current()], by=None, now=now)
    assert SlaPolicyVersion.objects.count() == 1


def test_only_an_admin_imports_policies(house):
    entry = SlaPolicyEntry.model_validate(
        {"slug": "b", "name": "B", "claim": "1h", "decide": "1h", "result": "1h"}
    )
    with pytest.raises(NotAllowed):
        SlaPolicies.apply([entry], by=house.alice, now=house.now)


def test_a_proposal_whose_policy_does_not_exist_is_refused_loudly(house):
    factories.publish_matrix(house.now, sla="nowhere")
    answer = factories.send(house)
    assert (answer.status_code, answer.problem) == (503, "not-configured")
    assert "SLA policy nowhere" in answer.detail


# The pages.


def test_an_admin_makes_a_policy_and_gives_it_a_new_version(page, house):
    assert page.post(reverse("sla:policy_add"), FILLED).status_code == 302
    url = reverse("sla:policy_edit", args=["urgent"])
    form = page.get(url).context["form"]
    assert page.post(url, form.initial).status_code == 302
    assert SlaPolicyVersion.objects.filter(policy__slug="urgent").count() == 1
    page.post(url, form.initial | {"decide": "6wh", "reason": "More <b>time</b>"})
    shown = text(page.get(reverse("sla:policy_read", args=["urgent"])))
    assert "6 working hours" in shown
    assert "4 working hours" in shown
    assert "More &lt;b&gt;time&lt;/b&gt;" in shown
    assert "Urgent" in text(page.get(reverse("sla:policy_list")))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"claim": "0m"}, "leaves no time"),
        ({"decide": "99999d"}, "longer than a year"),
        ({"warn_at": "half"}, "Write whole numbers"),
        ({"warn_at": "50, 100"}, "from 1 to 99"),
        ({"warn_at": ""}, "This field is required"),
        ({"longest_pause": "1bd"}, "counted in hours"),
        ({"claim": "5wh"}, "work is claimed before it is decided"),
        ({"slug": "standard"}, "This short name is taken"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(page, change, says):
    response = page.post(reverse("sla:policy_add"), FILLED | change)
    assert response.status_code == 422
    assert says in text(response)
    assert not SlaPolicy.objects.filter(slug="urgent").exists()


def test_applying_shows_old_and_new_due_times_first_and_then_changes_them(page, house):
    proposal = factories.pending(house)
    read, apply = (reverse(f"{name}", args=["standard"]) for name in ("sla:policy_read", "desk:policy_apply"))
    assert "Nothing to apply" in text(page.get(apply))
    save(house.now, slug="standard", name="Standard", targets=Targets("1h", "8h", "2h"))
    assert "2 open targets still count" in text(page.get(read))
    shown = text(page.get(apply))
    assert "Tue 17 Nov, 14:00" in shown
    assert "Tue 17 Nov, 18:00" in shown
    assert factories.Proposal.objects.get(pk=proposal.pk).due_at.hour == 14
    assert page.post(apply, {"number": "1"}).url == apply
    assert factories.Proposal.objects.get(pk=proposal.pk).due_at.hour == 14
    assert page.post(apply, {"number": "2"}).url == read
    assert factories.Proposal.objects.get(pk=proposal.pk).due_at.hour == 18
    assert "still count" not in text(page.get(read))


def test_a_button_without_a_number_applies_nothing(page, house):
    for number in ("", "x", "\u00b2", "-1"):
        assert (
            page.post(reverse("desk:policy_apply", args=["standard"]), {"number": number}).status_code == 302
        )
    assert not Event.objects.filter(verb="sla_policy.applied").exists()


@pytest.mark.parametrize("name", ["alice", "olga", "gina", "charlie"])
def test_only_admins_write_or_apply_policies(client, house, name):
    client.force_login(getattr(house, name), backend=BACKEND)
    for url in (
        reverse("sla:policy_add"),
        reverse("sla:policy_edit", args=["standard"]),
        reverse("desk:policy_apply", args=["standard"]),
    ):
        assert client.get(url).status_code == 403
        assert client.post(url, FILLED).status_code == 403
    shown = client.get(reverse("sla:policy_read", args=["standard"]))
    assert shown.status_code == 200
    assert reverse("sla:policy_edit", args=["standard"]) not in text(shown)


def test_an_unknown_policy_is_not_found(page):
    for name in ("sla:policy_read", "sla:policy_edit", "desk:policy_apply"):
        assert page.get(reverse(name, args=["nowhere"])).status_code == 404
